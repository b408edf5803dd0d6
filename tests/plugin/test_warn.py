# SPDX-License-Identifier: MIT
"""ALLOC_TRACKER_BUDGET with the term "warn" reports each test that exceeds a limit, once. It changes no verdict,
no exit status and no file of Criterion."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

BUDGET = 'allocs<=0, warn, leaks=0'
ENVIRONMENT = ' (ALLOC_TRACKER_BUDGET)'

# The warnings of each test, as the text after its location.
ALLOCATED = f'1 allocation, 10 bytes; expected none{ENVIRONMENT}'
LEAKED = f'1 block leaked, 10 bytes; expected none{ENVIRONMENT}'
BOTH = f'{ALLOCATED}; {LEAKED}'
WARNINGS = {
    'allocates': [ALLOCATED],
    'leaks': [BOTH],
    'leaks_after_fini': [ALLOCATED, LEAKED],
    'gives_in_fini': [ALLOCATED],
    'ends_in_fini': [ALLOCATED],
    'redirects': [ALLOCATED],
    'closes_stderr': [ALLOCATED],
    'exits': [ALLOCATED],
    'parameter[1]': [ALLOCATED],
    'child': [],
}


def without_times(text):
    return re.sub(r'\(\d+\.\d+s\)|time="[^"]*"|"time": [0-9.]+|\[PID \d+\]', '', text)


def seen(program, budget, *arguments):
    """Run the suite. Return its status, standard output, standard error, and its files."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {kind: pathlib.Path(directory) / kind for kind in ('tap', 'xml', 'json')}
        env = {'ALLOC_TRACKER_BUDGET': budget} if budget else {}
        done = harness.run([program, *[f'--{kind}={path}' for kind, path in paths.items()], *arguments],
                           **env)
        files = {kind: without_times(path.read_text()) for kind, path in paths.items()}
        return {'status': done.returncode, 'stdout': done.stdout, **files}, done.stderr


def reports(stderr):
    """Return the first line of each warning, and check its frame."""
    blocks = re.findall(r'^\[----\] (\S+:\d+): Warning\n((?:\[----\]   .*\n)+)', stderr, re.MULTILINE)
    for location, block in blocks:
        lines = block.split('\n')
        check(lines[0] == '[----]   ' and lines[-2] == '[----]   ', f'{location}: a frame', block)
        check('warn.c' in block, f'{location}: the call sites', block)
    return [block.split('\n')[1].removeprefix('[----]   ') for _, block in blocks]


def check_reports(label, stderr):
    first_lines = reports(stderr)
    found = {}
    for line in first_lines:
        match = re.match(r'alloc budget of warn::(\S+) at \S+: (.*)', line)
        check(match is not None, f'{label}: a warning names its test', line)
        if match:
            found.setdefault(match.group(1), []).append(match.group(2))
    thread = found.pop('thread', [])
    check_equal(len(thread), 1, f'{label}: a thread')
    check_equal(found, {name: texts for name, texts in WARNINGS.items() if texts},
                f'{label}: the warnings')
    check('[----] Warning: warn::dies: alloc budget at' in stderr, f'{label}: a process that ended',
          stderr)
    check_equal(len(re.findall('^cr_assert_alloc_budget.*warn = true.* at .*: 1 allocation', stderr,
                               re.MULTILINE)), 1, f'{label}: a forked child prints its warning')


def main():
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITES / 'warn.c'], 'gcc',
                                        ['-g', '-Wall', *harness.NO_BUILTIN], link=['-pthread'])
        for arguments in (['-j1'], ['-j4'], ['-j1', '--full-stats'], ['-j1', '--verbose=2']):
            label = ' '.join(arguments)
            left, _ = seen(program, None, *arguments)
            right, stderr = seen(program, BUDGET, *arguments)
            for key in left:
                if arguments != ['-j4'] or key == 'status':
                    check_equal(right[key], left[key], f'{label}: {key} is unchanged')
            check_reports(label, stderr)
        _, stderr = seen(program, BUDGET, '--quiet')
        check('Warning' not in stderr, '--quiet: no warning', stderr)
        path = pathlib.Path(directory) / 'results.json'
        harness.run([program, f'--output=alloc:{path}'], ALLOC_TRACKER_BUDGET=BUDGET)
        tests = {test['id']: test for test in json.loads(path.read_text())['tests']}
        budgets = {name: [(limit['metric'], limit['from'], limit.get('warn', False))
                          for limit in tests[f'warn::{name}']['budget'] if 'max' in limit]
                   for name in ('allocates', 'fail_own_limit', 'fail_set_limit')}
        environment = ('leaks', 'environment', True)
        check_equal(budgets, {
            'allocates': [('allocs', 'environment', True), environment],
            'fail_own_limit': [('allocs', 'test', False), environment],
            'fail_set_limit': [('allocs', 'test', False), environment]}, 'the budgets in results')
    harness.finish()


main()
