# SPDX-License-Identifier: MIT
"""C++ names are readable with each C++ runtime in the process, and without one. Suppressions match the names
as they are shown. The code is in a plugin that a C program opens with RTLD_LOCAL, with a static libstdc++,
with and without debug information."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

# {test: (name of the function in the results, its short form in the message)}. The names are the same with
# and without debug information.
NAMES = {
    'log': ('ns::Logger::log(int)',) * 2,
    'put': ('void ns::Logger::put<double>(double const&, '
            'std::map<std::string, std::vector<double>, std::less<std::string>> const&)',
            'ns::Logger::put<double>(...)'),
    'call': ('ns::Logger::operator()(int)',) * 2,
    'less': ('ns::Logger::operator<(int)',) * 2,
    'hidden': ('(anonymous namespace)::hidden(int)',) * 2,
}

# {pattern: tests that pass with it, if there is debug information}
SUPPRESSIONS = {
    'function:ns::Logger::*': {'log', 'put', 'call', 'less'},
    'function:ns::Logger::log': {'log'},
    'function:ns::Logger::log(int)': {'log'},
    'function:ns::Logger::put<double>': {'put'},
    'function:ns::Logger::operator()': {'call'},
    'function:ns::Logger::operator<': {'less'},
    'function:*hidden*': {'hidden'},
}

SUFFIXES = r'''
#include <alloc_tracker/criterion.h>
#include <stdlib.h>
static void *volatile block;
void part(void) __asm__("vendor_log.part.0.constprop.1");
__attribute__((noinline)) void part(void) { block = malloc(5); free(block); }
void cold(void) __asm__("_ZN6vendor5traceEi.cold");
__attribute__((noinline)) void cold(void) { block = malloc(5); free(block); }
Test(s, part) { cr_assert_no_alloc({ part(); part(); }); }
Test(s, cold) { cr_assert_no_alloc({ cold(); cold(); }); }
'''


def builds(directory):
    """Yield (label, program, the plugin has debug information)."""
    suite, plugin = SUITES / 'names.c', SUITES / 'names_plugin.cpp'
    for debug in (True, False):
        flags = ['-g'] if debug else []
        for compiler in ('g++', 'clang++'):
            library = directory / f'plugin_{compiler}_{debug}.so'
            done = harness.run([compiler, *flags, '-fPIC', '-shared', plugin, '-o', library])
            check_equal(done.returncode, 0, f'{compiler}: the plugin builds')
            name = library.stem
            program = harness.compile_suite(directory, [suite], 'gcc',
                                            ['-g', f'-DPLUGIN="{library}"'], name=name)
            yield f'RTLD_LOCAL, {compiler} {flags}', program, debug
        objects = directory / f'objects_{debug}.o'
        harness.run(['g++', *flags, '-c', plugin, '-o', objects])
        suite_object = directory / 'suite.o'
        harness.run(['gcc', '-g', '-DLINKED', '-c', suite, '-o', suite_object,
                     *harness.pkg_config('--cflags', 'alloc-tracker-criterion', 'criterion')])
        for name, extra in (('static', ['-static-libstdc++', '-static-libgcc']), ('shared', [])):
            program = harness.compile_suite(directory, [suite_object, objects], 'g++', extra,
                                            name=f'{name}_{debug}')
            yield f'{name} libstdc++ {flags}', program, debug


def check_names(label, program, debug, directory):
    path = directory / 'results.json'
    result = harness.Run(program, [f'--output=alloc:{path}'])
    text = path.read_text()
    check('_ZN' not in text and 'ZNS' not in text, f'{label}: no name in the results is mangled', text)
    functions = {test['id'].split('::')[1]: [frame.get('function') for frame in test['frames']]
                 for test in json.loads(text)['tests']}
    for name, (full, short) in NAMES.items():
        if name == 'log' and not debug and 'RTLD_LOCAL' in label:
            continue  # of a library without lines, the message shows the outermost function
        messages = result.tests[f'names::{name}'].messages
        check_equal(len(messages), 1, f'{label}: {name} fails')
        check(short in messages[0][2] and '_Z' not in messages[0][2],
              f'{label}: {name} in the message', messages[0][2])
        check(full in functions[name], f'{label}: {name} in the results', functions[name])


def check_suppressions(label, program, directory):
    path = directory / 'names.supp'
    for pattern, passing in SUPPRESSIONS.items():
        path.write_text(pattern + '\n')
        result = harness.Run(program, ALLOC_TRACKER_SUPPRESSIONS=str(path))
        check_equal({name.split('::')[1] for name, test in result.tests.items()
                     if test.status == 'PASSED'}, passing, f'{label}: {pattern}')
        check('unused' not in result.output, f'{label}: {pattern} is used', result.output)


def check_suffixes(directory):
    source = directory / 'suffixes.c'
    source.write_text(SUFFIXES)
    path = directory / 'suffixes.supp'
    path.write_text('function:vendor_log\nfunction:vendor::trace\n')
    for flags in (['-g'], []):
        program = harness.compile_suite(directory, [source], 'gcc', [*flags, '-O1'])
        plain = harness.Run(program)
        result = harness.Run(program, ALLOC_TRACKER_SUPPRESSIONS=str(path))
        if not flags:  # debug information has the names of the source
            for name, shown in (('part', 'vendor_log'), ('cold', 'vendor::trace(int)')):
                text = plain.tests[f's::{name}'].messages[0][2]
                check(f'  {shown} ' in text and '.part' not in text and '.cold' not in text,
                      f'{name}: the name without its suffix', text)
            check_equal([test.status for test in result.tests.values()], ['PASSED'] * 2,
                        'a suppression without the suffix')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        for label, program, debug in builds(directory):
            check_names(label, program, debug, directory)
            check_suppressions(label, program, directory)
        check_suffixes(directory)
    harness.finish()


main()
