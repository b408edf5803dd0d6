# SPDX-License-Identifier: MIT
"""With ALLOC_TRACKER=off no test and no program is measured or fails because of a limit, one line says so, and
each subcommand refuses the results. "on" and an empty value are the default; every other
value is an error."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
PRELOAD = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
OFF = {'ALLOC_TRACKER': 'off'}
REASON = ('ALLOC_TRACKER=off: nothing is measured, and no limit is checked; unset ALLOC_TRACKER to '
          'measure')
INVALID = ('ALLOC_TRACKER: the value is invalid; write ALLOC_TRACKER=off or ALLOC_TRACKER=on, or '
           'unset ALLOC_TRACKER\n')
REFUSED = ': nothing was measured, because ALLOC_TRACKER switched the measurement off; unset it, and run the tests again\n'
ERRORS = ('0', '1', 'of', 'OFF', 'off ', 'yes')


def check_refused(label, path, place):
    """Check that no subcommand reads the results."""
    output, baseline = path.with_name('out'), path.with_name('baseline')
    baseline.write_text('{"schema":"alloc-tracker-baseline/1","sections":[]}')
    for command in (['check', '--baseline', baseline, path], ['show', path],
                    ['update', '--baseline', output, path], ['merge', '-o', output, path],
                    ['compare', path, path]):
        done = harness.run([COMMAND, *command])
        check_equal((done.returncode, done.stderr), (2, f'alloc-tracker: {path}:{place}{REFUSED}'),
                    f'{label}: {command[0]} refuses the results')
        check(not output.exists(), f'{label}: {command[0]} writes nothing')


def check_results(label, path, ids):
    tests = json.loads(path.read_text())['tests']
    check_equal(sorted({test['id'] for test in tests}), ids, f'{label}: the tests in the results')
    for test in tests:
        check_equal((test['usage'], test['sites'], test['budget'], test['verdict'], test['reason']),
                    (None, None, [], 'unobserved', REASON), f"{label}: {test['id']}: not measured")
    harness.check_schema(path, 'results.schema.json', f'{label}: the schema')


def check_suite(directory, label, program, names):
    """No test of the suite fails, whatever its limits, its sweeps and the environment are."""
    path = directory / 'suite.json'
    result = harness.Run(program, [f'--output=alloc:{path}', '--verbose'],
                         ALLOC_TRACKER_BUDGET='not a budget', ALLOC_TRACKER_SUPPRESSIONS='/none',
                         ALLOC_TRACKER_TRAP='1', **OFF)
    check_equal(result.status, 0, f'{label}: the status: {result.output[-2000:]}')
    check_equal({test.status for _, test in result.all_tests if test.status != 'SKIPPED'}, {'PASSED'},
                f'{label}: every test passes')
    check_equal([line for line in result.output.splitlines() if 'lloc_tracker' in line or 'LLOC_' in line],
                [f'alloc_tracker: {REASON}'], f'{label}: one line says so')
    check_results(label, path, names)
    check_refused(label, path, '2:7')
    return path


def check_values(program):
    for value in ERRORS:
        done = harness.run([program], ALLOC_TRACKER=value)
        check_equal((done.returncode, done.stdout, done.stderr), (2, '', f'alloc_tracker: {INVALID}'),
                    f'a suite with ALLOC_TRACKER={value!r}')
        done = harness.run([COMMAND, 'run', '-o', '/dev/null', 'true'], ALLOC_TRACKER=value)
        check_equal((done.returncode, done.stderr), (2, f'alloc-tracker: {INVALID}'),
                    f'run with ALLOC_TRACKER={value!r}')
    unset = harness.run([program, '-j1', '--quiet'])
    for value in ('on', ''):
        done = harness.run([program, '-j1', '--quiet'], ALLOC_TRACKER=value)
        check_equal((done.returncode, done.stdout, done.stderr),
                    (unset.returncode, unset.stdout, unset.stderr), f'{value!r} is the default')
    check_equal(unset.returncode, 1, 'without the variable the suite fails')


def check_run(directory, suite):
    path = directory / 'run.json'
    run = [COMMAND, 'run', '-o', path]
    path.write_text('results of an earlier run')
    done = harness.run([*run, 'sh', '-c', 'echo out; echo ${LD_PRELOAD-none}; exit 5'], **OFF)
    check_equal((done.returncode, done.stdout, done.stderr),
                (5, 'out\nnone\n', f'alloc-tracker: sh: {REASON}\n'), 'run: the program runs alone')
    check_results('run', path, ['sh'])
    check_refused('run', path, '1:43')
    done = harness.run([*run, '-b', directory / 'baseline', 'sh', '-c', 'echo out'], **OFF)
    check_equal((done.returncode, done.stdout, done.stderr),
                (2, '', f'alloc-tracker: not run: --baseline needs a measurement; {REASON}\n'),
                'run --baseline is not green')
    done = harness.run([*run, suite], **OFF)
    check_equal(done.returncode, 0, f'run: a suite passes: {done.stderr}')
    done = harness.run([*run, directory / 'none'], **OFF)
    check_equal(done.returncode, 127, 'run: no such program')


def check_preloaded(directory):
    """A program into which the user loads the library."""
    for value, reason in (('off', REASON), ('of', INVALID[:-1])):
        path = directory / f'{value}.json'
        done = harness.run(['sh', '-c', 'sh -c "exit 0"; cd /; echo ${ALLOC_TRACKER_RESULTS-none}; exit 6'],
                           LD_PRELOAD=str(PRELOAD), ALLOC_TRACKER_RESULTS=str(path), ALLOC_TRACKER=value)
        check_equal((done.returncode, done.stdout, done.stderr), (6, '\n', f'alloc_tracker: {reason}\n'),
                    f'preloaded, {value}: the program runs, and one line says so')
        check_equal(json.loads(path.read_text())['tests'][0]['reason'], reason, f'preloaded, {value}')
        check_refused(f'preloaded, {value}', path, '1:43')


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        flags = ['-g', '-Wall', *harness.NO_BUILTIN]
        suite = harness.compile_suite(directory, [SUITES / 'parameters.c'], 'gcc', flags)
        unobserved = harness.compile_suite(directory, [SUITES / 'parameters.c'], 'gcc', flags, name='unobserved',
                                           link=['-Wl,--exclude-libs,ALL'])
        harness.run([suite, '--filter=p/z', f"--output=alloc:{directory / 'measured.json'}"])
        harness.run([COMMAND, 'update', '--baseline', directory / 'baseline', directory / 'measured.json'])
        done = harness.run([suite, '--list'])
        names = sorted({f'{suite}::{test}' for suite, test in listed(done.stdout)})
        check_suite(directory, 'a suite', suite, names)
        check_suite(directory, 'a suite that cannot be observed', unobserved, names)
        check_values(suite)
        check_run(directory, suite)
        check_preloaded(directory)
    harness.finish()


def listed(text):
    """Return (suite, test) of each line of --list."""
    suite = None
    for line in text.splitlines():
        word = line.replace('├', '').replace('└', '').replace('──', '').replace('│', '').strip().split(':')[0]
        if line and line[0].isalpha():
            suite = word
        elif word:
            yield suite, word


main()
