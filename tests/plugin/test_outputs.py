# SPDX-License-Identifier: MIT
"""With each character in a message, Criterion's TAP, XML and JSON files are well-formed for strict parsers, and
contain the text. Crashes, time-outs, exits, --jobs, --filter and --fail-fast do not change the results of
other tests. A source path may contain characters outside ASCII."""

import json
import pathlib
import shutil
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

STATUS = {
    'quotes': 'FAILED', 'templates': 'FAILED', 'not_utf8': 'FAILED', 'foreign_message': 'FAILED',
    'skipped_with_quotes': 'SKIPPED', 'crashes': 'ERRORED', 'hangs': 'ERRORED', 'exits': 'PASSED',
    'passes': 'PASSED',
}


QUOTES = r"""allocate("\"quoted\" \\ <tag attr='x'> & ]]> \t tab")"""
TEMPLATES = 'a < b && c > "d" ]]> é'
FOREIGN = r"""criterion's own "message" with <xml> & ]]> \n"""


def check_json(text):
    suite = json.loads(text)['test_suites'][0]
    check_equal({t['name']: t['status'] for t in suite['tests']}, STATUS, 'JSON: every status')
    messages = {t['name']: ' '.join(t.get('messages', [])) for t in suite['tests']}
    check(QUOTES in messages['quotes'], 'JSON: the text is the same', messages['quotes'])
    check(TEMPLATES in messages['templates'], 'JSON: the user\'s message', messages['templates'])
    check('holder<' in messages['templates'], 'JSON: the C++ name', messages['templates'])
    check('�� is not UTF-8, \x01 is not text' in messages['not_utf8'],
          'JSON: bytes that are not UTF-8', messages['not_utf8'])
    check(FOREIGN in messages['foreign_message'], 'JSON: Criterion\'s own message',
          messages['foreign_message'])
    check_equal(messages['skipped_with_quotes'], 'because "of" <this> & that\nand another line',
                'JSON: the reason for skipping')
    check('é' in messages['quotes'].split(':')[0], 'JSON: the path', messages['quotes'])


def check_xml(text):
    root = xml.etree.ElementTree.fromstring(text)
    cases = {case.get('name'): case for case in root.iter('testcase')}
    check_equal({name: case.get('status') for name, case in cases.items()}, STATUS,
                'XML: every status')
    texts = {name: ''.join(case.find('failure').itertext()) for name, case in cases.items()
             if case.find('failure') is not None}
    check(QUOTES in texts['quotes'].split('\n', 1)[0], 'XML: the text of the statement is the same',
          texts['quotes'])
    check(TEMPLATES in texts['templates'], 'XML: the user\'s message', texts['templates'])
    check('�� is not UTF-8,   is not text' in texts['not_utf8'], 'XML: bytes that are not UTF-8',
          texts['not_utf8'])
    check(FOREIGN in texts['foreign_message'], 'XML: Criterion\'s own message',
          texts['foreign_message'])


def check_tap(text):
    lines = text.splitlines()
    plan = [line for line in lines if line.startswith('1..')]
    results = [line for line in lines if line.startswith(('ok - ', 'not ok - '))]
    check_equal(plan, [f'1..{len(STATUS)}'], 'TAP: the plan')
    check_equal(len(results), len(STATUS), 'TAP: one line for each test')
    for line in results:
        name = line.split('::')[1].split()[0]
        check_equal(line.startswith('ok'), STATUS[name] in ('PASSED', 'SKIPPED'), f'TAP: {name}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory) / 'é ñ & "<q>'
        directory.mkdir()
        source = directory / 'outputs.cpp'
        shutil.copy(SUITES / 'outputs.cpp', source)
        program = harness.compile_suite(directory, [source], 'g++',
                                        ['-std=c++17', '-g', *harness.NO_BUILTIN])
        files = {kind: directory / f'report.{kind}' for kind in ('tap', 'xml', 'json')}
        outputs = [f'--{kind}={path}' for kind, path in files.items()]
        for jobs in ('-j1', '-j8'):
            done = harness.run([program, jobs, *outputs])
            check_equal(done.returncode, 1, f'{jobs}: the run fails')
            check_json(files['json'].read_text())
            check_xml(files['xml'].read_text())
            check_tap(files['tap'].read_text(errors='replace'))
        one = harness.Run(program, ['--filter', 'outputs/passes'])
        check_equal((one.status, one.tests['outputs::passes'].status), (0, 'PASSED'),
                    '--filter: one test, exit status 0')
        quick = harness.Run(program, ['--fail-fast', '-j1', '--filter', 'outputs/quotes'])
        check_equal(quick.status, 1, '--fail-fast: exit status 1')
        bad = harness.run([program], ALLOC_TRACKER_BUDGET='allocs<3')
        check_equal(bad.returncode, 2, 'a wrong ALLOC_TRACKER_BUDGET: exit status 2')
        check('ALLOC_TRACKER_BUDGET:7: expected <=, >= or = in "allocs<3"' in bad.stderr,
              'a wrong ALLOC_TRACKER_BUDGET: the message has position and reason', bad.stderr)
        good = harness.Run(program, ['--filter', 'outputs/passes'],
                           ALLOC_TRACKER_BUDGET='allocs<=0,leaks=0')
        check_equal(good.tests['outputs::passes'].status, 'FAILED', 'the environment\'s budget')
        check('1 allocation, 8 bytes; expected none (ALLOC_TRACKER_BUDGET); 1 block leaked'
              in good.tests['outputs::passes'].messages[0][2], 'the message of the environment\'s budget',
              good.tests['outputs::passes'].messages)
        good = harness.Run(program, ['--filter', 'outputs/passes'],
                           ALLOC_TRACKER_BUDGET='allocs<=1')
        check_equal(good.tests['outputs::passes'].status, 'PASSED', 'the environment\'s budget holds')
    harness.finish()


main()
