# SPDX-License-Identifier: MIT
"""Leaks are compared with the limit after the fixtures' fini. The verdict is the same on the console, in TAP,
XML, JSON, in the results and in the exit status. Each output has each test once."""

import json
import pathlib
import re
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

BUILDS = [('gcc', 'c', ['-std=c11', '-O1']), ('clang++', 'cpp', ['-std=c++17', '-O0'])]
N_TESTS = 24


def verdicts(program, directory, *arguments):
    """Return {output: {test: passed}} of one run."""
    files = {kind: pathlib.Path(directory) / kind for kind in ('tap', 'xml', 'json', 'alloc')}
    done = harness.run([program, *arguments, *(f'--output={kind}:{path}'
                                               for kind, path in files.items())])
    said = {'json': {}, 'tap': {}, 'xml': {}, 'alloc': {}}
    for suite in json.loads(files['json'].read_text())['test_suites']:
        for test in suite['tests']:
            said['json'][f"{suite['name']}::{test['name']}"] = test['status'] == 'PASSED'
    for line in files['tap'].read_text().splitlines():
        match = re.match(r'(not )?ok - (\S+::\S+)', line)
        if match:
            said['tap'][match.group(2)] = not match.group(1)
    for suite in xml.etree.ElementTree.parse(files['xml']).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            said['xml'][f"{suite.get('name')}::{case.get('name')}"] = case.get('status') == 'PASSED'
    for test in json.loads(files['alloc'].read_text())['tests']:
        said['alloc'][test['id']] = test['status'] == 'passed'
    return done, said


def check_outputs(label, program, directory):
    for jobs in ('-j1', '-j8'):
        done, said = verdicts(program, directory, jobs, '--verbose')
        expected = {name: name.split('::')[1].startswith('pass') for name in said['json']}
        check_equal(len(expected), N_TESTS, f'{label} {jobs}: every test ran')
        for output, names in said.items():
            check_equal(names, expected, f'{label} {jobs}: {output}')
        printed = re.findall(r'^\[(PASS|FAIL)\] (\S+?):? ', done.stderr, re.MULTILINE)
        check_equal(sorted((name, word == 'PASS') for word, name in printed),
                    sorted(expected.items()), f'{label} {jobs}: one line for each test on the console')
        n_passed = sum(expected.values())
        check(f'Passing: {n_passed} | Failing: {N_TESTS - n_passed} |' in done.stderr,
              f'{label} {jobs}: the totals', done.stderr[-400:])
        check_equal(done.returncode, 1, f'{label} {jobs}: exit status')


def check_lines(label, result, marks):
    """Check the lines of the messages. A test that exceeds two limits has a message for each."""
    for name, (file, line) in marks.items():
        test = next(test for full, test in result.tests.items() if full.endswith('::' + name))
        places = [(pathlib.Path(place[0]).name, place[1]) for place in test.messages]
        check((file, line) in places, f'{label}: {name}: the message names the line', places)
        check_equal(len(places), {'fail_both': 2, 'fail_with_a_failing_fini': 2}.get(name, 1),
                    f'{label}: messages of {name}')


def main():
    marks = harness.marks(SUITES / 'late.h')
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, flags in BUILDS:
            label = ' '.join([compiler, *flags])
            program = harness.compile_suite(directory, [SUITES / f'late.{language}'], compiler,
                                            [*flags, '-g', *harness.NO_BUILTIN])
            check_outputs(label, program, directory)
            check_lines(label, harness.Run(program), marks)
            harness.check_output(harness.run_whole(program), f'late.{language}.txt', label)
            good = harness.run([program, '--filter=late_suite/*'])
            check_equal(good.returncode, 0, f'{label}: released in the suite\'s fini')
    harness.finish()


main()
