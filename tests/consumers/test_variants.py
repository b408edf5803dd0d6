# SPDX-License-Identifier: MIT
"""With each option of the compiler, the linker and the parent Meson project, the usage of every test is
exact, and the failure names the right line."""

import concurrent.futures
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent / 'variants'
# Nothing refers to Criterion's tests. With --gc-sections a linker keeps them only for their exported names.
SECTIONS = ['-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections', '-rdynamic']
KEEP = [*SECTIONS, '-Wl,--gc-keep-exported'] # only GNU ld has this option; others keep names with -rdynamic

# Compilers and flags for a suite that links the installed library.
FLAGS = [
    ('gcc', ['-flto', '-O2']), ('clang', ['-flto', '-O2', '-fuse-ld=lld']),
    ('clang', ['-flto=thin', '-O2', '-fuse-ld=lld']), ('gcc', ['-flto', '-O2', '-fuse-ld=gold']),
    ('gcc', [*KEEP, '-O2']), ('clang', [*SECTIONS, '-O2', '-fuse-ld=lld']),
    ('gcc', ['-Wl,-z,pack-relative-relocs']), ('clang', ['-Wl,-z,pack-relative-relocs', '-fuse-ld=lld']),
    ('gcc', ['-Wl,-z,now', '-Wl,-z,relro']), ('gcc', ['-no-pie']), ('clang', ['-no-pie']),
    ('gcc', ['-Wl,--as-needed']), ('gcc', ['-Wl,-O1', '-Wl,--sort-common']),
    ('gcc', ['-Wl,--hash-style=sysv']), ('gcc', ['-Wl,--build-id=none', '-rdynamic']),
    ('gcc', ['-fuse-ld=gold', '-Wl,--icf=all', *SECTIONS]),
    ('clang', ['-fuse-ld=lld', '-Wl,--icf=all', *SECTIONS]),
    ('gcc', ['-O3', '-march=native']), ('clang', ['-O3', '-march=native']),
    ('gcc', ['-Os']), ('gcc', ['-Og', '-fvisibility=hidden']),
    ('gcc', ['-O2', '-D_FORTIFY_SOURCE=2', '-fstack-protector-all', '-fcf-protection=full']),
    ('gcc', ['--coverage']), ('gcc', ['-fPIC', '-shared-libgcc']),
    ('gcc', ['-O2', '-fomit-frame-pointer', '-fno-plt']), ('gcc', ['-gz=zlib', '-gdwarf-4']),
]
MOLD = [('clang', ['-fuse-ld=mold', *SECTIONS]), ('gcc', ['-fuse-ld=mold', '-Wl,--icf=all'])]

# Compilers and options of a Meson project that has alloc_tracker as a subproject.
OPTIONS = [
    ('gcc', ['-Db_lto=true', '--unity=on', '-Doptimization=3']),
    ('clang', ['-Db_lto=true', '-Db_lto_mode=thin', '-Db_ndebug=true']),
    ('gcc', ['-Db_coverage=true', '-Dbuildtype=debug', '--unity=subprojects']),
]


def check_suite(label, program, file):
    result = harness.Run(program)
    check('Tested: 3' in result.output, f'{label}: three tests', result.output)
    if len(result.tests) != 3:
        return
    here = harness.marks(HERE / 'suite.c')['take'][1]
    check_equal({name: test.status for name, test in result.tests.items()},
                {'variants::counts': 'PASSED', 'variants::fails': 'FAILED',
                 'variants::leaks': 'FAILED'}, f'{label}: verdicts')
    for name, text in (('fails', '1 allocation, 10 bytes; expected none'),
                       ('leaks', '1 block leaked, 20 bytes; expected none')):
        messages = result.tests[f'variants::{name}'].messages
        check_equal([(pathlib.Path(path).name, line) for path, line, _ in messages], [(file, here)],
                    f'{label}: {name} at the line that allocates')
        check(all(text in message for *_, message in messages), f'{label}: {name} reports {text}', messages)


def check_flags(directory, number, compiler, flags):
    folder = pathlib.Path(directory) / str(number)
    folder.mkdir()
    program = harness.compile_suite(folder, [HERE / 'suite.c'], compiler,
                                    ['-g', '-Wall', '-Werror', *harness.NO_BUILTIN, *flags])
    check_suite(f'{compiler} {" ".join(flags)}', program, 'suite.c')


def check_options(directory, compiler, options):
    label = f'{compiler}, meson {" ".join(options)}'
    project = pathlib.Path(directory) / f'{compiler}{len(options)}{options[0]}'
    (project / 'subprojects').mkdir(parents=True)
    for file in HERE.iterdir():
        (project / file.name).write_bytes(file.read_bytes())
    (project / 'subprojects' / 'alloc_tracker').symlink_to(SOURCE)
    env = {'CC': compiler, 'CXX': compiler, 'PKG_CONFIG_PATH': ''}
    if compiler == 'clang':
        env['CC_LD'] = 'lld'
    for command in (['meson', 'setup', 'build', '--wrap-mode=forcefallback', *options],
                    ['ninja', '-C', 'build', '-j2', 'suite']):
        done = harness.run(command, cwd=project, timeout=600, **env)
        check_equal(done.returncode, 0, f'{label}: {command}')
        if done.returncode != 0:
            print((done.stdout + done.stderr)[-3000:])
            return
    check_suite(label, project / 'build' / 'suite', 'suite.c')


def main():
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        has_mold = harness.run(['sh', '-c', 'command -v mold']).returncode == 0
        if not has_mold:
            print('mold is not installed')
        work = [pool.submit(check_flags, directory, number, *variant)
                for number, variant in enumerate([*FLAGS, *(MOLD if has_mold else [])])]
        work += [pool.submit(check_options, directory, *variant) for variant in OPTIONS]
        for each in work:
            each.result()
    harness.finish()


main()
