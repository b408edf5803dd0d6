# SPDX-License-Identifier: MIT
"""Compiler and optimization in the results are those of the compile units that define the tests, or main. They
come from the debug information, in each of its forms. A suite that includes the plugin's header has the same
environment as a suite that only links the plugin."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check_equal

LINKING = '''
#include <criterion/criterion.h>
#include <stdlib.h>
static void *volatile block;
Test(build, NAME) { block = malloc(10); free(block); cr_assert(1); }
'''
PLAIN = 'int main(void) { return 0; }\n'
RECORD = '-grecord-command-line'

# (compiler, flags, optimization or None if the compiler is not known either)
BUILDS = {
    **{f'gcc -g -O{level}': facts for level, facts in
       {'0': 'none', '1': 'speed', '2': 'speed', '3': 'speed', 'fast': 'speed', 'g': 'speed',
        's': 'size'}.items()},
    'gcc -g': 'none',
    'gcc -g1 -O2': 'speed',
    'gcc -g -O0 -O2': 'speed',
    'g++ -g -O2': 'speed',
    **{f'gcc -gdwarf-{version} -O2': 'speed' for version in (2, 3, 4, 5)},
    'gcc -gdwarf64 -g -Os': 'size',
    'gcc -g -O2 -ffunction-sections -no-pie': 'speed',
    'gcc -g -O2 -gno-record-gcc-switches': 'unknown',
    'gcc -g -O2 -gsplit-dwarf': 'speed',
    'gcc -g -Os -gsplit-dwarf -gdwarf-4': 'size',
    'gcc -g -O2 -gz=zlib': 'speed',
    'gcc -g -Os -gz=zlib-gnu': 'size',
    'gcc -g -O2 -flto': 'speed',
    'gcc -g -O0 -flto': 'none',
    'gcc -g -O1 -fsanitize=undefined': 'speed',
    'gcc -O2': None,
    'gcc -g -O2 -s': None,
    'clang -g -O0': 'unknown',
    'clang -g -O2': 'unknown',
    f'clang -g {RECORD}': 'none',
    f'clang -g -O2 {RECORD}': 'speed',
    f'clang++ -g -O2 {RECORD}': 'speed',
    f'clang -g -Oz {RECORD} -ffunction-sections': 'size',
    f'clang -g -O2 {RECORD} -ffunction-sections -gdwarf-4': 'speed',
    f'clang -g -Os {RECORD} -gdwarf64': 'size',
    f'clang -g -O2 {RECORD} -gsplit-dwarf': 'speed',
    f'clang -g -Os {RECORD} -gsplit-dwarf -gdwarf-4 -ffunction-sections': 'size',
    f'clang -g -O2 {RECORD} -flto -fuse-ld=lld': 'speed',
}


def environment(path):
    found = json.loads(pathlib.Path(path).read_text())['environment']
    return found['compiler'], found['optimization']


def version(compiler):
    gcc = not compiler.startswith('clang')
    done = harness.run([compiler, '-dumpfullversion' if gcc else '-dumpversion'])
    return f"{'gcc' if gcc else 'clang'} {done.stdout.strip()}"


def facts_of(program, directory):
    path = directory / 'results.json'
    path.unlink(missing_ok=True)
    harness.run([program, f"--output=alloc:{path}"])
    return environment(path)


def check_builds(source, directory):
    for build, optimization in BUILDS.items():
        compiler, *flags = build.split()
        if compiler.endswith('++'):
            flags = ['-xc++', *flags]
        command = [compiler, *flags, '-DNAME=one', '-c', source, '-o', directory / 'one.o']
        done = harness.run([*command, *harness.pkg_config('--cflags', 'criterion')], cwd=directory)
        check_equal(done.returncode, 0, f'{build}: compiles')
        link = [flag for flag in flags if flag != '-xc++']
        program = harness.compile_suite(directory, [directory / 'one.o'], compiler, link, name='one')
        expected = (version(compiler), optimization) if optimization else ('unknown', 'unknown')
        check_equal(facts_of(program, directory), expected, build)


def check_several(source, directory):
    """Check a suite of two sources: facts that differ between them are "mixed"."""
    gcc = version('gcc')
    for flags, expected in (
            (('gcc -g -O2', 'gcc -g -O1'), (gcc, 'speed')),
            (('gcc -g -O2', 'gcc -g -O0'), (gcc, 'mixed')),
            (('gcc -g -O2', f'clang -g -O2 {RECORD}'), ('mixed', 'speed')),
            (('gcc -g -O2', 'gcc -O2'), ('mixed', 'mixed'))):
        objects = []
        for i, command in enumerate(flags):
            objects.append(directory / f'several_{i}.o')
            harness.run([*command.split(), f'-DNAME=t{i}', '-c', source, '-o', objects[-1],
                         *harness.pkg_config('--cflags', 'criterion')])
        program = harness.compile_suite(directory, objects, 'gcc', name='several')
        check_equal(facts_of(program, directory), expected, ', '.join(flags))
        done = harness.run([program, '--filter=build/t0', f'--output=alloc:{directory}/part.json'])
        check_equal((done.returncode, environment(directory / 'part.json')), (0, expected),
                    'a filter does not change the environment')


def check_library(source, directory):
    library = directory / 'libtests.so'
    harness.run(['gcc', '-g', '-Os', '-DNAME=one', '-fPIC', '-shared', source, '-o', library,
                 *harness.pkg_config('--cflags', 'criterion')])
    empty = directory / 'empty.c'
    empty.write_text('extern int nothing;\n')
    program = harness.compile_suite(
        directory, [empty], 'gcc', ['-g', '-O2'],
        link=['-Wl,--no-as-needed', str(library), f'-Wl,-rpath,{directory}'])
    check_equal(facts_of(program, directory), (version('gcc'), 'size'), 'tests in a library')


def check_including(directory):
    """Check that both suites have the same environment, and so the same section of a baseline."""
    including = directory / 'including.c'
    including.write_text('#include <alloc_tracker/criterion.h>\n' + LINKING)
    linking = directory / 'linking.c'
    linking.write_text(LINKING)
    for level in ('-O0', '-O2'):
        seen = [facts_of(harness.compile_suite(directory, [path], 'gcc', ['-g', level, '-DNAME=one']),
                         directory) for path in (linking, including)]
        check_equal(seen[0], seen[1], f'{level}: the header does not change the environment')
        check_equal(seen[0][1], {'-O0': 'none', '-O2': 'speed'}[level], f'{level}: the optimization')


def check_run(directory):
    """Check `alloc-tracker run`: the units of a suite's tests, or of another program's main."""
    command = next(harness.STAGE.glob('**/bin/alloc-tracker'), None)
    if not command:
        return
    source, plain = directory / 'linking.c', directory / 'plain.c'
    plain.write_text(PLAIN)
    path = directory / 'results.json'
    for flags, expected in ((['-g', '-Os'], (version('gcc'), 'size')),
                            (['-O2'], ('unknown', 'unknown'))):
        suite, program = directory / 'bare_suite', directory / 'plain'
        harness.run(['gcc', *flags, '-DNAME=one', source, '-o', suite,
                     *harness.pkg_config('--cflags', '--libs', 'criterion')])
        harness.run(['gcc', *flags, plain, '-o', program])
        for what in (suite, program):
            path.unlink(missing_ok=True)
            done = harness.run([command, 'run', '-o', path, '--', what])
            check_equal(done.returncode, 0, f'{what.name}: runs')
            check_equal(environment(path), expected, f'{what.name} {flags}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        source = directory / 'linking.c'
        source.write_text(LINKING)
        check_builds(source, directory)
        check_several(source, directory)
        check_library(source, directory)
        check_including(directory)
        check_run(directory)
    harness.finish()


main()
