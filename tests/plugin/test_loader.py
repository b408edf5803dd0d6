# SPDX-License-Identifier: MIT
"""The message names the line in code that was opened at run time. Lazy binding is not counted for the test. The
first use of a thread-local variable and dlopen are counted."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        for name in ('loader_plugin', 'loader_helper'):
            done = harness.run(['cc', '-g', '-shared', '-fPIC', SUITES / f'{name}.c', '-Wl,-z,lazy',
                                '-o', directory / f'{name}.so', *harness.NO_BUILTIN])
            check_equal((done.returncode, done.stderr), (0, ''), f'{name} builds')
        program = harness.compile_suite(directory, [SUITES / 'loader.c'], 'cc',
                                        ['-g', *harness.NO_BUILTIN])
        result = harness.Run(program, PLUGIN=str(directory / 'loader_plugin.so'),
                             HELPER=str(directory / 'loader_helper.so'))
        marks = harness.marks(SUITES / 'loader.c', SUITES / 'loader_plugin.c')
        check_equal(len(result.tests), 5, 'the suite ran')
        for name, test in result.tests.items():
            name = name.split('::')[1]
            places = [(pathlib.Path(m[0]).name, m[1]) for m in test.messages]
            expected = [marks[name]] if name.startswith('fail_') else []
            check_equal(places, expected, f'{name}: {test.messages}')
        check('5,000 bytes' in str(result.tests['loader::fail_first_touch_of_a_thread_local']
                                   .messages), 'the block of the thread-local variable is listed')
    harness.finish()


main()
