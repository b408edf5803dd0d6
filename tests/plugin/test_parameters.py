# SPDX-License-Identifier: MIT
"""A failure of a parameterised test names the index of its parameter, in each kind of message, as the results
and the table do. Each parameter has the verdict of its own usage, also if its process ends by _exit()."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

ZERO = {'ALLOC_TRACKER_BUDGET': 'allocs<=0'}

# The indices of the parameters that fail, and the words before the location.
KINDS = {
    'of_suite::body': ([0, 2], 'alloc budget of {} at'),
    'p::environment': ([0, 2], 'alloc budget of {} at'),
    'p::data': ([2], 'alloc budget of {} at'),
    'p::set': ([0, 2], 'alloc budget of {}, set at'),
    'p::invalid': ([2], 'alloc budget of {}, set at'),
    'p::statement': ([0, 2], 'cr_assert_no_alloc(take(*n)) in {} at'),
    'p::block': ([0, 2], 'cr_no_alloc_scope in {} at'),
    'p::criterion': ([0, 2], 'no_alloc(take(*n)) in {} at'),
    'p::negated': ([1], 'no_alloc(take(*n)) in {} at'),
    'p::leak': ([0, 2], 'alloc budget of {} at'),
    'p::late': ([0, 2], 'alloc budget of {} at'),
    'p::sweep': ([0, 2], 'cr_alloc_failure_sweep in {} at'),
    'p::exits': ([0, 2], 'alloc budget of {} at'),
}
DEAD = {'p::dead': [0, 2], 'p::dead_without_code': [0, 2], 'p::dead_set': [0, 2]}


def name_of(test):
    return test['id'] + (f"[{test['parameter']}]" if 'parameter' in test else '')


def check_messages(label, program, name, indices, words):
    """Run one parameterised test. Its messages name the parameters that fail."""
    env = ZERO if name == 'p::environment' else {}
    result = harness.Run(program, ['-j1', f"--filter={name.replace('::', '/')}"], **env)
    seen = sorted(message[2].splitlines()[0] for _, test in result.all_tests
                  for message in test.messages)
    check_equal(len(seen), len(indices), f'{label}: {name}: failures')
    for message, index in zip(seen, indices):
        start = words.format(f'{name}[{index}]')
        check(message.startswith(start + ' '), f'{label}: {name}: {start}', message)


def check_dead(label, program, name, indices):
    result = harness.Run(program, ['-j1', f"--filter={name.replace('::', '/')}"])
    seen = sorted(re.findall(r'^\[FAIL\] (\S+): alloc budget at', result.output, re.MULTILINE))
    check_equal(seen, [f'{name}[{index}]' for index in indices], f'{label}: {name}: the lines')
    statuses = sorted(test.status for full, test in result.all_tests if full == name)
    check_equal(statuses, ['FAILED', 'FAILED', 'PASSED'],
                f'{label}: {name}: each parameter has its own verdict')


def check_results(label, program, directory):
    """The results and the table have the indices of the messages."""
    path = pathlib.Path(directory) / 'results.json'
    result = harness.Run(program, [f'--output=alloc:{path}'], ALLOC_TRACKER_SUMMARY='1')
    tests = json.loads(path.read_text())['tests']
    failed = sorted(name_of(test) for test in tests if test['status'] == 'failed')
    expected = [f'{name}[{index}]' for name, (indices, _) in KINDS.items() for index in indices
                if name != 'p::environment']
    expected += [f'{name}[{index}]' for name, indices in DEAD.items() for index in indices]
    check_equal(failed, sorted([*expected, 'p::theory']), f'{label}: the results')
    table = re.findall(r'^(\S+::\S+) .* failed$', result.output, re.MULTILINE)
    check_equal(sorted(table), failed, f'{label}: the table')


def check_others(label, program):
    """A theory is one test. A warning and a breakpoint name the parameter too."""
    result = harness.Run(program, ['--filter=p/theory'])
    check(result.tests['p::theory'].messages[0][2].startswith('alloc budget of p::theory at '),
          f'{label}: a theory has no index', result.output)
    result = harness.Run(program, ['-j1', '--filter=p/warned'])
    seen = re.findall(r'alloc budget of (\S+) at', result.output)
    check_equal(seen, ['p::warned[0]', 'p::warned[2]'], f'{label}: warnings')
    result = harness.Run(program, ['-j1', '--filter=p/environment'], ALLOC_TRACKER_TRAP='1', **ZERO)
    seen = re.findall(r'stopped by ALLOC_TRACKER_TRAP in (\S+): malloc of 10 bytes', result.output)
    check_equal(sorted(seen), ['p::environment[0]', 'p::environment[2]'], f'{label}: breakpoints')


def check_unobserved(directory):
    """The failure of a test that was not observed names the parameter."""
    program = harness.compile_suite(directory, [SUITES / 'parameters.c'], 'gcc', ['-g'],
                                    name='unobserved', link=['-Wl,--exclude-libs,ALL'])
    result = harness.Run(program, ['-j1', '--filter=p/environment'], **ZERO)
    seen = sorted(message[2].split(': ')[0] for _, test in result.all_tests
                  for message in test.messages)
    check_equal(seen, [f'p::environment[{index}]' for index in range(3)], 'not observed')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language in (('gcc', 'c'), ('g++', 'cpp')):
            program = harness.compile_suite(
                directory, [SUITES / f'parameters.{language}'], compiler,
                ['-g', '-Wall', '-Wextra', *harness.NO_BUILTIN])
            for name, (indices, words) in KINDS.items():
                check_messages(compiler, program, name, indices, words)
            for name, indices in DEAD.items():
                check_dead(compiler, program, name, indices)
            check_results(compiler, program, directory)
            check_others(compiler, program)
        check_unobserved(directory)
    harness.finish()


main()
