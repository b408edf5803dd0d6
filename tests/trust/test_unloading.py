# SPDX-License-Identifier: MIT
"""Call sites in unloaded code have their own file and line, even if another object was loaded at the same
address. Call sites of the other object differ. The test covers the results of a program, and the message
of a test that opens and closes the object."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
PLUGIN = '''#include <stdlib.h>
void *plugin_get(size_t n);
{lines}static void *{name}(size_t n) {{ return malloc(n + 1); }}
void *plugin_get(size_t n) {{ void *block = {name}(n); *(char *) block = 1; return block; }}
'''
SUITE = '''#include <alloc_tracker/criterion.h>
#include <dlfcn.h>
#include <stdlib.h>
static void open_and_close(void)
{
    for (int i = 0; i < 2; i++) {
        void *plugin;
        cr_permit_alloc { plugin = dlopen(getenv(i ? "SECOND" : "FIRST"), RTLD_NOW); }
        void *(*get)(size_t) = (void *(*)(size_t)) dlsym(plugin, "plugin_get");
        free(get(10));
        cr_permit_alloc { dlclose(plugin); }
    }
}
Test(unloading, fails) { cr_assert_no_alloc(open_and_close()); }
'''


def compile_plugin(directory, name, n_lines):
    """Build an object that calls malloc at the same offset of its code, on a line of its own."""
    source, plugin = directory / f'{name}.c', directory / f'{name}.so'
    source.write_text(PLUGIN.format(name=name, lines='\n' * n_lines))
    done = harness.run(['cc', '-g', '-O0', '-shared', '-fPIC', *harness.NO_BUILTIN, source, '-o',
                        plugin])
    check_equal((done.returncode, done.stderr), (0, ''), f'{name} builds')
    return plugin


def check_program(directory, first, second):
    program, results = directory / 'program', directory / 'results.json'
    done = harness.run(['cc', '-g', *harness.NO_BUILTIN, HERE / 'unloading.c', '-o', program])
    check_equal(done.returncode, 0, 'the program builds')
    done = harness.run([COMMAND, 'run', '-q', '-o', results, program, first, second, first])
    places = done.stderr.split()
    check_equal((done.returncode, len(places)), (0, 3), 'the program runs')
    check(places[0] == places[1], 'the second was loaded where the first had been', places)
    test = json.loads(results.read_text())['tests'][0]
    seen = {}
    for site in test['sites']:
        frame = test['frames'][site['stack'][0]]
        if frame.get('function') in ('first', 'second'):
            seen[frame['function'], pathlib.Path(frame['file']).name, frame['line']] = (
                site['count'], site['bytes'])
    check_equal(seen, {('first', 'first.c', 8): (2, 4002), ('second', 'second.c', 12): (1, 2001)},
                'each call site has its line')


def check_suite(directory, first, second):
    source = directory / 'suite.c'
    source.write_text(SUITE)
    suite = harness.compile_suite(directory, [source], 'cc', ['-g', *harness.NO_BUILTIN])
    result = harness.Run(suite, FIRST=str(first), SECOND=str(second))
    message, = result.tests['unloading::fails'].messages
    check_equal((pathlib.Path(message[0]).name, message[1]), ('first.c', 8), 'the line that fails')
    for text in ('first.c:8', 'second.c:12', '2 allocations, 22 bytes'):
        check(text in message[2], f'the message has {text}', message[2])


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        first, second = (compile_plugin(directory, name, n)
                         for name, n in (('first', 5), ('second', 9)))
        check_program(directory, first, second)
        check_suite(directory, first, second)
    harness.finish()


main()
