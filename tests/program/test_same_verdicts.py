# SPDX-License-Identifier: MIT
"""same_verdicts.py finds each verdict that differs under `alloc-tracker run`, and reports nothing if none
differs."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
SUITE = '''
#include <criterion/criterion.h>
#include <stdlib.h>
Test(same, one) { free(malloc(10)); cr_assert(1); }
Test(same, two) { cr_assert(0); }
'''
# This suite reads the environment that a measured program has.
NOTICES = SUITE + '''
Test(notices, preload) { cr_assert_null(getenv("LD_PRELOAD")); }
'''


def build(directory, name, text):
    source = directory / f'{name}.c'
    source.write_text(text)
    done = harness.run(['gcc', '-g', source, '-lcriterion', '-o', directory / name])
    check_equal(done.returncode, 0, f'{name} builds')
    return directory / name


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        same = build(directory, 'same', SUITE)
        notices = build(directory, 'notices', NOTICES)
        compare = [HERE / 'same_verdicts.py', '--command', COMMAND]
        done = harness.run([*compare, same])
        check_equal((done.returncode, done.stdout.splitlines()[-1]),
                    (0, '1 programs, 2 tests, 0 differ, 0 of unsettled verdict; 2 tests measured, '
                        '1 allocations'), 'nothing differs')
        done = harness.run([*compare, same, notices])
        check_equal(done.returncode, 1, 'one differs')
        check("notices::preload: [('PASSED', 1)] is [('FAILED', 1)]" in done.stdout,
              'the output names the test that differs', done.stdout)
        check('2 programs, 5 tests, 1 differ' in done.stdout, 'the last line has the number', done.stdout)
    harness.finish()


main()
