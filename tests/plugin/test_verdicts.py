# SPDX-License-Identifier: MIT
"""A test passes at each limit, and fails one above it, in each language and with each compiler. The headers
cause no warning. Each failed test has one failure, and the exit status is 1."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']
BUILDS = [('gcc', 'c', ['c11', 'c17', 'c2x']), ('clang', 'c', ['c11', 'c17', 'c2x']),
          ('g++', 'cpp', ['c++11', 'c++17', 'c++20']), ('clang++', 'cpp', ['c++11', 'c++17', 'c++20'])]



def check_verdicts(label, result):
    check(len(result.tests) > 60, f'{label}: the suite ran', result.output[-3000:])
    for name, test in result.tests.items():
        word = name.split('::')[1].split('_')[0]
        expected = {'pass': 'PASSED', 'fail': 'FAILED', 'skip': 'SKIPPED'}[word]
        check_equal(test.status, expected, f'{label}: {name}')
        dead = name in ('ending::fail_signal', 'ending::fail_underscore_exit',
                        'ending::fail_bare_abort', 'ending::fail_signal_in_statement',
                        'ending::fail_exec_in_statement',
                        'exceptions::fail_uncaught')
        if expected == 'FAILED' and not dead:
            n_budgets = 2 if name == 'named_budget::fail_two_budgets' else 1
            check_equal(len(test.messages), n_budgets, f'{label}: {name} has one verdict a budget')
    check_equal(result.status, 1, f'{label}: the run fails')


def check_texts(result):
    """Check the words of each kind of failure."""
    expected = {
        'statement::fail_one': 'cr_assert_no_alloc(take(1, 10)) at {0}: 1 allocation, 10 bytes; '
                               'expected none',
        'allocs::fail_most': '; expected at most 2',
        'allocs::fail_least': '3 allocations, 24 bytes; expected at least 4',
        'allocs::fail_exactly_over': '3 allocations, 24 bytes; expected exactly 2',
        'bytes::fail_most': '24 bytes; expected at most 23',
        'peak::fail_most': '24 bytes at peak; expected at most 23',
        'peak::fail_net_of_the_start': '4,900 bytes at peak; expected at most 4,899',
        'live::fail_most': '8 bytes live at the end; expected at most 7',
        'live::fail_negative': '-16 bytes live at the end; expected at most -17',
        'leaks::fail_most': '1 block leaked, 8 bytes; expected none',
        'frees::fail_most': '2 frees; expected at most 1',
        'reallocs::fail_most': '1 reallocation; expected none',
        'forbid_free::fail_expect': 'cr_expect_no_free(give(1)) at {1}: 1 free; expected none\n   \n'
                                    '  1 × free\n    give         {1}  free(kept[i]);',
        'forbid_leak::fail_expect': 'cr_expect_no_leak((take(3, 8), give(2))) at {1}: 1 block '
                                    'leaked, 8 bytes; expected none\n   \n  leaked: 1 × 8 bytes',
        'suite_budget::fail_beyond': "3 allocations, 24 bytes; expected at most 2 (the suite's "
                                     "budget)",
        'whole::fail_set': 'alloc budget of whole::fail_set, set at ',
        'zero::fail_plain_zero': '.allocs: a plain number is not a limit; write at_most(n), at_least(n) '
                                 'or at_exactly(n)',
        'zero::fail_unsigned_zero': '.frees: a plain number is not a limit;',
        'zero::fail_null': '.leaks: a plain number is not a limit;',
        'sizes::fail_least_of_all': '1 allocation, 8 bytes; expected at least '
                                    '18,446,744,073,709,551,615',
        'sizes::fail_negative_statement': '.bytes: the limit is negative; only a limit on .live can be '
                                          'negative',
        'sizes::fail_negative_block': '.allocs: the limit is negative;',
        'sizes::fail_negative_test': '.peak: the limit is negative;',
        'sizes::fail_live_out_of_range': '.live: the limit is out of range; a limit on .live has '
                                         'at most 63 bits and a sign',
        'sizes::fail_set_too_late': ".warmup: the test runs already; set it in the test's .data",
        'sizes::fail_set_another_scope': ".allocs: the test's .data limits it with another .scope or "
                                         '.warn, which cr_set_alloc_budget() cannot change',
        'named_budget::fail_own_after_set': 'alloc budget of named_budget::fail_own_after_set at ',
        'named_budget::fail_own_tighter': 'alloc budget of named_budget::fail_own_tighter at ',
        'named_budget::fail_first_set': 'alloc budget of named_budget::fail_first_set, set at ',
        'named_budget::fail_invalid_own': 'alloc budget of named_budget::fail_invalid_own at ',
        'scope_invalid::fail_suite': '.scope: the value is invalid; write AT_PROCESS or AT_THREAD '
                                     "(the suite's budget)",
        'sizes::fail_scope': '.scope: the value is invalid;',
        'sizes::fail_scope_set': '.scope: the value is invalid;',
        'sizes::fail_scope_statement': '.scope: the value is invalid;',
        'macros::fail_statement': 'cr_assert_alloc_budget((.allocs = at_most(2), .bytes = at_most(64)), '
                                  'take(1, 100)) at ',
        'macros::fail_through_three': 'cr_assert_alloc_budget((.allocs = at_least(2)), take(1, 100)) '
                                      'at ',
        'macros::fail_block': 'cr_alloc_scope(.allocs = at_exactly(2)) at ',
        'macros::fail_limit_in_statement': 'cr_expect_no_alloc(take_within((struct at_budget){ '
                                           '.allocs = at_most(3) })) at ',
        'named::fail_user_message': 'expected .frees = 0, not .bytes = 1\n  cr_assert_alloc_budget('
                                    '(.allocs = at_most(0)), take((size_t) last.peak + 1, 8)) at ',
    }
    lines = (SUITES / 'verdicts.h').read_text().splitlines()
    for name, text in expected.items():
        message = result.tests[name].messages[0][2]
        if '{0}' in text:
            line = next(i for i, l in enumerate(lines, 1) if 'cr_assert_no_alloc(take(1, 10));' in l)
            path = message.split(' at ')[1].split(':')[0]
            check(path.endswith('tests/plugin/suites/verdicts.h'), f'{name} names its file', path)
            text = text.format(f'{path}:{line}')
        message = re.sub(r'\S*verdicts\.h:\d+', '{1}', message) if '{1}' in text else message
        check(text in message, f'{name} has the text: {text}', message)
    message = result.tests['statement::fail_message'].messages[0][2]
    check(message.startswith('message 7 of many\n'), 'the user\'s message comes first', message)


def main():
    with tempfile.TemporaryDirectory() as directory:
        texts = None
        for compiler, language, standards in BUILDS:
            for standard in standards:
                label = f'{compiler} -std={standard}'
                program = harness.compile_suite(
                    directory, [SUITES / f'verdicts.{language}'], compiler,
                    [f'-std={standard}', '-g', '-O1', *WARNINGS, *harness.NO_BUILTIN],
                    packages=['criterion', 'alloc-tracker-criterion'])
                result = harness.Run(program)
                check_verdicts(label, result)
                if language == 'c':
                    texts = result
                if label in ('gcc -std=c11', 'g++ -std=c++17'):
                    harness.check_output(harness.run_whole(program), f'verdicts.{language}.txt',
                                         label)
        check_texts(texts)
    harness.finish()


main()
