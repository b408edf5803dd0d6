# SPDX-License-Identifier: MIT
"""Public bug reports of similar tools, repeated here (docs/field-reports.md). Each program of reports/ is built
without the library, linked with it, and measured by `alloc-tracker run`. Output and status are the same, and the
counts are exact."""

import ctypes.util
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent / 'reports'
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
CORE = ['alloc-tracker']


def build(directory, source, *flags, name=None, packages=()):
    """Compile a source of reports/, with the packages or without this library; return the program's path."""
    source = HERE / source
    target = directory / (name or source.stem)
    options = harness.pkg_config('--cflags', '--libs', *packages) if packages else []
    done = harness.run(['c++' if source.suffix == '.cpp' else 'cc', '-g', '-Wall', '-Wextra', *harness.NO_BUILTIN,
                        source, '-o', target, *flags, *options])
    check_equal((done.returncode, done.stderr), (0, ''), f'{target.name} builds')
    return target


def share(directory, source, *flags, name=None):
    return build(directory, source, '-shared', '-fPIC', *flags, name=name or pathlib.Path(source).stem + '.so')


def measure(directory, what, *command, expected=0, **env):
    """Run the program under the command. Return the completed process, and the results by id."""
    results = directory / 'results.json'
    results.unlink(missing_ok=True)
    done = harness.run([COMMAND, 'run', '-q', '-o', results, *command], **env)
    check_equal(done.returncode, expected, f'{what}: the status under the command: {done.stderr}')
    return done, {test['id']: test for test in json.loads(results.read_text())['tests']}


def check_same(directory, source, *flags, arguments=(), **env):
    """Alone, linked and measured, a program prints the same and succeeds. Return the entry of its results."""
    alone = build(directory, source, *flags)
    linked = build(directory, source, *flags, name=alone.name + '_linked', packages=CORE)
    plain = harness.run([alone, *arguments], **env)
    check_equal(plain.returncode, 0, f'{source}, alone: {plain.stderr}')
    done = harness.run([linked, *arguments], **env)
    check_equal((done.returncode, done.stdout), (0, plain.stdout), f'{source}, linked: {done.stderr}')
    done, tests = measure(directory, source, alone, *arguments, **env)
    check_equal((done.stdout, done.stderr), (plain.stdout, plain.stderr), f'{source}, measured')
    return tests[alone.name]


def sites(test, function):
    """Count, bytes, and the functions and lines of the stack, of each call site of `function`."""
    return [(site['count'], site['bytes'], [(test['frames'][i].get('function', '').split('(')[0],
                                             test['frames'][i].get('line')) for i in site['stack']])
            for site in test['sites'] if site['function'] == function]


def check_site(test, function, expected, what):
    """The results have a call site with this count, these bytes, and these innermost frames."""
    found = sites(test, function)
    check(any((count, n_bytes, stack[:len(expected[2])]) == expected for count, n_bytes, stack in found), what, found)


def check_usage(test, what, **expected):
    check_equal({field: test['usage'][field] for field in expected}, expected, what)


def check_aligned(directory):
    test = check_same(directory, 'aligned.c')
    check_usage(test, 'aligned', allocs=15, reallocs=10, frees=5, leaks=0, bytes=528 + 5 * 100000 + 5 * 100)


def check_wrapper(directory):
    """A preloaded malloc without the rest of the family serves the program, as without the library. Its own call of
    calloc is part of the call that was counted."""
    wrapper = share(directory, 'wrapper.c', '-O1')
    test = check_same(directory, 'wrapped.c', LD_PRELOAD=str(wrapper))
    check_usage(test, 'wrapped', allocs=2, reallocs=1, frees=1, bytes=1999993 + 3000000, peak=3000000, leaks=0)


def check_memusage(directory):
    """libmemusage has no function for aligned blocks. libmemusage and the library both continue to count."""
    if not ctypes.util.find_library('memusage') and not list(pathlib.Path('/lib').glob('*/libmemusage.so')):
        print('libmemusage was not tried: not installed')
        return
    program = build(directory, 'own_jemalloc.c', name='memusage')
    done, tests = measure(directory, 'memusage', program, LD_PRELOAD='libmemusage.so')
    calls = re.search(r'realloc\|\S*\s+(\d+)', done.stderr)
    check_equal(calls and calls.group(1), '2', f'memusage counts: {done.stderr}')
    check_site(tests['memusage'], 'realloc', (1, 100000, [('main', 10)]), 'memusage: a site')


def check_atexit(directory):
    check_usage(check_same(directory, 'atexit.c'), 'atexit', leaks=0)


def check_opened(directory):
    """dlopen searches its caller's RUNPATH, and allocations of the opened library have their line."""
    (directory / 'below').mkdir()
    share(directory, 'plugin.c', name='below/libfieldplugin.so')
    share(directory, 'opener.c', '-Wl,--enable-new-dtags,-rpath,$ORIGIN/below', name='libopener.so')
    test = check_same(directory, 'opens.c', f'-L{directory}', '-lopener', f'-Wl,-rpath,{directory}')
    check_site(test, 'malloc', (1, 77, [('plugin_get', harness.marks(HERE / 'plugin.c')['plugin'][1])]), 'its line')


def check_vfork(directory):
    test = check_same(directory, 'vfork.c')
    check_usage(test, 'vfork', leaks=0)
    check_site(test, 'malloc', (1, 77, [('main', 26)]), 'vfork: the site')


def check_caller(directory):
    lines = harness.marks(HERE / 'caller.cpp')
    for flags in (['-O2', '-fomit-frame-pointer'], ['-O2', '-fno-omit-frame-pointer'], ['-O0']):
        test = check_same(directory, 'caller.cpp', *flags)
        check_site(test, 'operator new', (1, 4, [('foo', lines['new'][1]), ('main', lines['main'][1])]), f'{flags}: the caller')


def check_own_allocator(directory):
    """A program with jemalloc in it, and mimalloc preloaded: measured exactly, or refused with the reason."""
    static = list(pathlib.Path('/usr/lib').glob('*/libjemalloc.a'))
    if not static or not list(pathlib.Path('/usr/lib').glob('*/libmimalloc.so.2')):
        print('jemalloc and mimalloc were not tried: not installed')
        return
    inside = [static[0], '-lm', '-lpthread', '-lstdc++']
    program = build(directory, 'own_jemalloc.c', *inside)
    plain = harness.run([program], LD_PRELOAD='libmimalloc.so.2')
    for preloaded in ('', 'libmimalloc.so.2'):
        done, tests = measure(directory, f'own jemalloc, {preloaded}', program, expected=2, LD_PRELOAD=preloaded)
        check_equal(done.stdout, plain.stdout, 'own jemalloc: the output')
        check_equal([test['usage'] for test in tests.values()], [None], 'own jemalloc: no usage')
        check('malloc is defined by the program' in done.stderr, 'own jemalloc: the reason', done.stderr)
    linked = build(directory, 'own_jemalloc.c', '-ljemalloc', name='linked_jemalloc')
    done, tests = measure(directory, 'linked jemalloc', linked, LD_PRELOAD='libmimalloc.so.2')
    check_site(tests['linked_jemalloc'], 'realloc', (1, 100000, [('main', 10)]), 'linked jemalloc: a site')


def check_threads_at_exit(directory):
    for _ in range(3):
        check_usage(check_same(directory, 'exits.c'), 'threads that start at exit', leaks=0)


def check_loader_lock(directory):
    plugin = share(directory, 'plugin.c', name='libplugin.so')
    test = check_same(directory, 'loader_lock.c', '-pthread', arguments=[plugin])
    found = [(count >= 2 * 500 * 3, n_bytes - 10 * count) for count, n_bytes, stack in sites(test, 'malloc')
             if stack[:2] == [('allocate', 13), ('iterate', 20)]]
    check_equal(found, [(True, 0)], 'a callback of dl_iterate_phdr: one site')


def check_preloaded_functions(directory):
    """The loader's and the kernel's functions, replaced by ones that allocate themselves."""
    line = harness.marks(HERE / 'throws.cpp')['throws'][1]
    for name, variable in (('iterate', 'LD_PRELOAD'), ('mapper', 'LD_PRELOAD'), ('audit', 'LD_AUDIT')):
        library = share(directory, f'{name}.c')
        test = check_same(directory, 'throws.cpp', '-O2', **{variable: str(library)})
        check_site(test, 'malloc', (10, 770, [('main', line)]), f'{name}: the site')


def check_environment(directory):
    """An underlying allocator reads its options at its first call, which may come before libc's constructor."""
    early = share(directory, 'early.c', '-O1')
    program = build(directory, 'wrapped.c')
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    for libraries in (early, f'{preload}:{early}'):
        done = harness.run([program], LD_PRELOAD=str(libraries), FIELD_REPORTS='option')
        check_equal(done.stdout, 'option\n', f'{libraries}: the environment at the first call')
    jemalloc = list(pathlib.Path('/usr/lib').glob('*/libjemalloc.so.2'))
    for library in jemalloc:
        done = harness.run([program], LD_PRELOAD=f'{preload}:{library}', MALLOC_CONF='stats_print:true')
        check('Begin jemalloc statistics' in done.stderr + done.stdout, 'jemalloc has its options', done.stderr)


def check_injected(directory):
    program = build(directory, 'injected.cpp', packages=CORE)
    done = harness.run([program])
    check_equal((done.returncode, done.stdout), (0, ''), 'failure injection')


def read_verdicts(directory, what, *command):
    """The exit status, the line of each failed test, and each verdict. Criterion's own JSON may be damaged."""
    tap = directory / 'tap'
    done = harness.run([*command, '-j1', f'--tap={tap}'])
    lines = [re.sub(r'\d+\.\d+s', 's', line) for line in done.stderr.splitlines() if line.startswith('[FAIL]')]
    verdicts = sorted(harness.read_tap(tap))
    check(verdicts, f'{what}: there are verdicts', done.stderr)
    return done.returncode, lines, verdicts


def check_criterion(directory):
    """A suite's verdicts are Criterion's own, with the plugin linked, preloaded, and without it."""
    alone = build(directory, 'suite.c', name='suite', packages=['criterion'])
    linked = build(directory, 'suite.c', name='suite_linked', packages=['alloc-tracker-criterion', 'criterion'])
    plain = read_verdicts(directory, 'alone', alone)
    check_equal([line for line in plain[1] if 'Timed out' in line],
                [f'[FAIL] criterion_345::{name}: Timed out. (s)' for name in ('allocates', 'sleeps', 'spins')],
                'alone: tests with a timeout')
    check_equal(plain[2].count(('criterion_304::texts', True)), 60, 'alone: each parameter')
    check_equal(read_verdicts(directory, 'linked', linked), plain, 'linked: as without the plugin')
    results = directory / 'suite.json'
    check_equal(read_verdicts(directory, 'preloaded', COMMAND, 'run', '-q', '-o', results, alone), plain,
                'preloaded: as without the plugin')
    tests = json.loads(results.read_text())['tests']
    check_equal(sorted((test['id'], test['status'] == 'passed') for test in tests), plain[2], 'results: each verdict')


def check_assertions(directory):
    """The verdicts of suites with assertions about allocation."""
    packages = ['alloc-tracker-criterion', 'criterion']
    failing = {
        'suite.c': {'criterion_303::fails': ['the first message', 'the second message'],
                    'criterion_508::no_allocation': ['1 × 11 bytes  strdup'],
                    'llvm_145085::block': ['1 free; expected none']},
        'suite.cpp': {'cpputest_1043::first_use': ['static std::regex expression("wazaaaa");'],
                      'quamina_159::process': ['10 bytes  malloc']},
    }
    passing = {
        'suite.c': ['criterion_303::passes', 'criterion_501::passes', 'llvm_145085::null'],
        'suite.cpp': ['cpputest_1043::warm', 'heapusage_7::output', 'quamina_159::thread', 'seastar_51::sweep'],
    }
    for source, expected in failing.items():
        suite = build(directory, source, '-DPLUGIN', name=source.replace('.', '_'), packages=packages)
        run = harness.Run(suite)
        check_equal(run.status, 1, f'{source}: the status')
        for name, texts in expected.items():
            check_equal((run.tests[name].status, len(run.tests[name].messages)), ('FAILED', len(texts)), name)
            for (_, _, message), text in zip(run.tests[name].messages, texts):
                check(text in message, f'{name}: the message', message)
        check_equal({name: run.tests[name].status for name in passing[source]},
                    dict.fromkeys(passing[source], 'PASSED'), f'{source}: what holds')


def main():
    for report in (check_aligned, check_wrapper, check_memusage, check_atexit, check_opened, check_vfork,
                   check_caller, check_own_allocator, check_threads_at_exit, check_loader_lock,
                   check_preloaded_functions, check_environment, check_injected, check_criterion, check_assertions):
        with tempfile.TemporaryDirectory() as directory:
            report(pathlib.Path(directory))
    harness.finish()


main()
