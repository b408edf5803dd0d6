# SPDX-License-Identifier: MIT
"""A suite is tracked from before its tests' bodies only if one of its macros needs that, wherever the
macro is: the program, an inline function, an archive, a shared object, with LTO and with a linker that
collects garbage. An object that a test loads is too late for this, and its uses are unobserved."""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

USES = {1: 'cr_alloc_usage', 2: 'cr_set_alloc_budget', 3: 'a limit on live', 4: 'a limit on peak',
        5: 'the scope AT_THREAD', 6: 'a region', 7: 'a tracked span'}
NONE = 0
FLAGS = ['-O1', '-g', '-fPIC', *harness.NO_BUILTIN]
SOME = {NONE: 'no need', 3: USES[3]}
# The compiler of the use, its flags, and the uses that are tried.
VARIANTS = [('gcc', [], {NONE: 'no need', **USES}), ('g++', ['-DINLINE', '-O2'], {NONE: 'no need', **USES}),
            ('gcc', ['-DINLINE', '-O2'], SOME), ('g++', [], SOME), ('clang', [], SOME), ('clang++', [], SOME)]


def compile_use(directory, use, compiler, flags=()):
    language = ['-x', 'c++' if '++' in compiler else 'c']
    item = pathlib.Path(directory) / f'use{use}.o'
    done = harness.run([compiler, *FLAGS, *flags, f'-DUSE={use}', '-c', *language,
                        SUITES / 'marks_use.cpp', '-o', item,
                        *harness.pkg_config('--cflags', 'alloc-tracker-criterion')])
    check_equal((done.returncode, done.stderr), (0, ''), f'use {use} compiles, {compiler}')
    return item


def check_run(label, program, tracked, **env):
    if tracked:
        env['EXPECT_TRACKED'] = '1'
    result = harness.Run(program, **env)
    check_equal({name: test.messages for name, test in result.tests.items()
                 if test.status != 'PASSED'}, {}, label)
    check_equal(len(result.tests), 4, f'{label}: tests')


def link(directory, *objects, flags=()):
    return harness.compile_suite(directory, [SUITES / 'marks.c', *objects], 'gcc',
                                 [*FLAGS, *flags], link=['-ldl', '-lstdc++'])


def check_languages(directory):
    check_run('no use', link(directory), tracked=False)
    for compiler, flags, uses in VARIANTS:
        for use, name in uses.items():
            program = link(directory, compile_use(directory, use, compiler, flags))
            check_run(f'{compiler}, {name}, {flags}', program, tracked=use != NONE)
    program = link(directory, compile_use(directory, 3, 'gcc', ['-O0']))
    check_run('without optimisation, a limit on live', program, tracked=True)


def check_runs(directory):
    """The conditions of docs/semantics.md under which all tests of a run are tracked."""
    program = link(directory)
    file = pathlib.Path(directory) / 'suppressions'
    file.write_text('function:nothing_has_this_name\n')
    for name, env in {'a budget': {'ALLOC_TRACKER_BUDGET': 'allocs<=1000'},
                      'the table': {'ALLOC_TRACKER_SUMMARY': '1'},
                      'results': {'CRITERION_OUTPUTS': f'alloc:{directory}/results.json'},
                      'suppressions': {'ALLOC_TRACKER_SUPPRESSIONS': str(file)}}.items():
        check_run(name, program, tracked=True, **env)


def check_links(directory):
    sections = ['-ffunction-sections', '-fdata-sections']
    item = compile_use(directory, 2, 'g++', sections)
    archive = pathlib.Path(directory) / 'libuse.a'
    for command in [['rm', '-f', archive], ['ar', 'rcs', archive, item]]:
        subprocess.run(command, check=True)
    pull = ['-Wl,-u,use_macro']
    check_run('an archive', link(directory, archive, flags=pull), tracked=True)
    gc = [*pull, *sections, '-Wl,--gc-sections', '-rdynamic']  # Criterion's tests must be exported
    check_run('a linker that collects garbage', link(directory, archive, flags=gc), tracked=True)
    if harness.run(['ld.lld', '--version']).returncode == 0:
        check_run('lld', link(directory, archive, flags=[*gc, '-fuse-ld=lld']), tracked=True)
    item = compile_use(directory, 2, 'gcc', ['-flto'])
    check_run('LTO', link(directory, item, flags=['-flto', '-O2']), tracked=True)


def make_shared(directory, use):
    item = compile_use(directory, use, 'gcc')
    shared = pathlib.Path(directory) / f'libuse{use}.so'
    subprocess.run(['gcc', '-shared', '-o', shared, item], check=True)
    return shared


def check_shared(directory):
    shared = make_shared(directory, 1)
    check_run('a shared object', link(directory, shared, flags=['-Wl,--no-as-needed', f'-Wl,-rpath,{directory}']),
              tracked=True)
    program = link(directory, flags=['-rdynamic'])
    for use, name in {NONE: 'no need', 1: USES[1], 2: USES[2], 3: USES[3]}.items():
        result = harness.Run(program, LOAD=str(make_shared(directory, use)))
        failed = {name: test for name, test in result.tests.items() if test.status != 'PASSED'}
        check_equal(list(failed), ['marks::use'] if use else [], f'loaded by a test: {name}')
        text = '\n'.join(text for test in failed.values() for _, _, text in test.messages)
        check(not use or 'not observed: the code that contains it was loaded after the test had begun'
              in text, f'loaded by a test: {name}: the reason', text)
        check(not use or 'or give the test a limit in .data' in text,
              f'loaded by a test: {name}: the remedy', text)


def check_invalid(directory):
    """A test whose only limit is invalid fails, also if nothing in the suite has a mark."""
    source = pathlib.Path(directory) / 'invalid.c'
    source.write_text('#include <alloc_tracker/criterion.h>\n'
                      'Test(marks, invalid, .data = cr_alloc_budget(.allocs = at_most(-1))) {}\n')
    test = harness.Run(harness.compile_suite(directory, [source])).tests['marks::invalid']
    check('.allocs: the limit is negative;' in test.messages[0][2] if test.messages else False,
          'an invalid budget fails without a mark', test.messages)


def main():
    with tempfile.TemporaryDirectory() as directory:
        check_languages(directory)
        check_runs(directory)
        check_links(directory)
        check_shared(directory)
        check_invalid(directory)
    harness.finish()


main()
