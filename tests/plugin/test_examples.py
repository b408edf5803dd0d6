# SPDX-License-Identifier: MIT
"""Each example passes, except for the tests that fail on purpose. Their failures name the line that
allocates, and the whole output equals tests/expected/examples. The demo contains the examples on real
libraries."""

import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

BUILT = pathlib.Path(os.environ['AT_EXAMPLES'])

# {failing test: (file, part of the line, part of the message)}
FAILING = {
    'ring::growing_is_caught': ('ring.c', 'int *slots = malloc(', '1 allocation, 64 bytes'),
    'lz4::a_new_stream_is_caught': ('02_lz4.c', 'LZ4_freeStream(', '1 allocation, 16,416 bytes'),
    'zstd::first_use_is_caught': ('03_zstd.c', 'return ZSTD_compressCCtx(', '1 allocation, '),
    'sqlite::preparing_again_is_caught': ('04_sqlite.c', '&again, NULL);',
                                          '21 allocations, 6,224 bytes; expected at most 4'),
    'cpp::a_long_string_is_caught': ('05_cpp.cpp', 'longer than fifteen bytes',
                                     '1 allocation, 26 bytes'),
    'cpp::growth_is_caught': ('05_cpp.cpp', 'numbers.push_back(i);',
                              '8 allocations, 1,020 bytes; expected at most 3'),
}
N_TESTS = {'01_ring': 3, '02_lz4': 3, '03_zstd': 2, '04_sqlite': 2, '05_cpp': 4}
OTHERS = ['06_budgets', '07_criteria', '08_permit', '09_leaks', '10_sweep', '11_suppressions',
          '12_results']
ENVIRONMENT = {'11_suppressions': {'ALLOC_TRACKER_SUPPRESSIONS': 'examples/11_suppressions.txt'}}


def check_whole(name):
    """Compare the output as a user sees it. For 12_results, compare the results file too."""
    arguments = ['--verbose', '--output=alloc:-'] if name == '12_results' else []
    seen = harness.run_whole(BUILT / f'example_{name}', *arguments, **ENVIRONMENT.get(name, {}))
    seen = re.sub(r'"(compiler|libc|arch)":"[^"]*"', r'"\1":""', seen)
    harness.check_output(seen, f'examples/{name}.txt', name)


def check_failure(name, test):
    file, text, numbers = FAILING[name]
    lines = (SOURCE / 'examples' / file).read_text().splitlines()
    line = next(number for number, content in enumerate(lines, 1) if text in content)
    check_equal(len(test.messages), 1, f'{name} fails once')
    seen_file, seen_line, message = test.messages[0]
    check_equal((pathlib.Path(seen_file).name, seen_line), (file, line), f'{name} names the line that allocates')
    check(numbers in message, f'{name} reports {numbers}', message)
    check(lines[line - 1].strip() in message, f'{name} shows the source text', message)


def check_program(program, n_tests):
    result = harness.Run(program)
    check_equal(len(result.tests), n_tests, f'{program.name} runs its tests')
    for name, test in result.tests.items():
        check_equal(test.status, 'FAILED' if name in FAILING else 'PASSED', name)
        if name in FAILING:
            check_failure(name, test)
    check_equal(result.status, 1, f'{program.name} fails')


def main():
    for name, n_tests in N_TESTS.items():
        check_program(BUILT / f'example_{name}', n_tests)
    for name in [*N_TESTS, *OTHERS]:
        check_whole(name)
    check_program(BUILT / 'demo', sum(N_TESTS.values()))
    harness.finish()


main()
