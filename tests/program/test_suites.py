# SPDX-License-Identifier: MIT
"""A Criterion suite without the plugin, with the preload object: its verdicts, output and exit status are
the same, and each test is measured. A suite that links the plugin is measured once."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))

# (status, allocs, frees, bytes, leaks); None if nothing was measured
FATES = {
    'allocates_nothing': ['passed', 0, 0, 0, 0],
    'crashes': ['crashed', 1, 1, 30, 0],
    'exits': ['passed', 1, 1, 40, 0],
    'fails': ['failed', 1, 1, 20, 0],
    'is_parameterized': [['passed', 1, 1, size, 0] for size in (100, 200, 300)],
    'is_skipped': ['skipped', None],
    'leaks': ['passed', 1, 0, 6, 1],
    'passes': ['passed', 3, 3, 30, 0],
    'starts_a_program': ['passed', 0, 0, 0, 0],
    'uses_a_fixture': ['passed', 1, 1, 60, 0],
}


def usage_of(test):
    usage = test['usage']
    if usage is None:
        return [test['status'], None]
    return [test['status'], usage['allocs'], usage['frees'], usage['bytes'], usage['leaks']]


def read(results):
    found = {}
    for test in json.loads(results.read_text())['tests']:
        if 'parameter' in test and '::' in test['id']:
            found.setdefault(test['id'], []).append(usage_of(test))
            check_equal(test['parameter'], len(found[test['id']]) - 1,
                        f"{test['id']}: the parameter")
        else:
            check(test['id'] not in found, f"{test['id']} has one record")
            found[test['id']] = usage_of(test)
    return found


def with_prefix(prefix):
    return {f'{prefix}fate::{name}': fate for name, fate in FATES.items()}


def normal(output):
    return re.sub(r'\(\d+\.\d+s\)', '(0.00s)', output)


def check_same(program, results, *arguments, **env):
    """Run without and with alloc_tracker. Return the results."""
    plain = harness.run([program, '-j1', *arguments], **env)
    done = harness.run([COMMAND, 'run', '-q', '-o', results, '--', program, '-j1', *arguments],
                       **env)
    what = f'{program.name} {" ".join(arguments)}'
    check_equal(done.returncode, plain.returncode, f'{what}: the status')
    check_equal(normal(done.stdout), normal(plain.stdout), f'{what}: standard output')
    check_equal(normal(done.stderr), normal(plain.stderr), f'{what}: standard error')
    return read(results)


def check_unlinked(directory, results):
    program = directory / 'unlinked'
    done = harness.run(['cc', '-g', '-O1', *harness.NO_BUILTIN, HERE / 'suite.c', '-o', program,
                        '-lcriterion'])
    check_equal(done.returncode, 0, f'suite.c builds: {done.stderr}')
    check_equal(check_same(program, results), with_prefix(''), 'each test is measured')
    site = next(test for test in json.loads(results.read_text())['tests']
                if test['id'] == 'fate::leaks')
    frame = site['frames'][site['sites'][0]['stack'][0]]
    check_equal([site['sites'][0]['function'], frame['function'], pathlib.Path(frame['file']).name],
                ['strdup', 'leaks', 'suite.c'], 'a leak is reported with its call site')
    harness.run([COMMAND, 'run', '-q', '-o', results, program, '-j4'])
    check_equal(read(results), with_prefix(''), 'the results of four jobs are the same')
    for arguments, expected in [
            (['--filter', 'fate/passes'], {'fate::passes': FATES['passes']}),
            (['--filter', 'none/*'], {}), (['--list'], {}), (['--help'], {})]:
        seen = check_same(program, results, *arguments)
        seen = {name: fate for name, fate in seen.items() if fate != ['skipped', None]}
        check_equal(seen, expected, f'{arguments}: the results')
    return program


def check_by_hand(program, results):
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    results.unlink()
    done = harness.run([program], LD_PRELOAD=str(preload), ALLOC_TRACKER_RESULTS=str(results))
    check_equal(done.returncode, 1, 'preloaded by hand: the status')
    check_equal(read(results), with_prefix(''), 'preloaded by hand: the results')


def check_nested(program, results):
    script = f'{program} >/dev/null 2>&1; {program} >/dev/null 2>&1; {program} --list >/dev/null'
    harness.run([COMMAND, 'run', '-q', '-o', results, 'sh', '-c', f'{script}; true'])
    expected = {**with_prefix('sh/unlinked/'), **with_prefix('sh/unlinked#2/')}
    seen = read(results)
    check_equal(seen.pop('sh')[0], 'passed', 'nested: the shell itself')
    check_equal(seen, expected, 'nested: each run has its own records')


def check_killed(directory, results):
    source = directory / 'killed.c'
    source.write_text('#include <criterion/criterion.h>\n#include <signal.h>\n#include <unistd.h>\n'
                      'Test(a, kills_the_runner) { kill(getppid(), SIGKILL); pause(); }\n')
    program = directory / 'killed'
    harness.run(['cc', source, '-o', program, '-lcriterion'])
    done = harness.run([COMMAND, 'run', '-q', '-o', results, program])
    check_equal(done.returncode, 128 + 9, 'a killed runner: the status')
    check('ended before the results of its tests were written' in done.stderr,
          'a killed runner is reported', done.stderr)
    test = json.loads(results.read_text())['tests'][0]
    check_equal([test['id'], test['status'], test['usage'], test['verdict']],
                ['killed', 'crashed', None, 'unobserved'], 'a killed runner: the record')
    source.unlink()
    program.unlink()


def check_linked(directory, results):
    suite = harness.SOURCE / 'examples' / '01_ring.c'
    both = harness.compile_suite(directory, [suite, harness.SOURCE / 'examples' / 'ring.c'],
                                 flags=['-g', '-O1', *harness.NO_BUILTIN], name='linked')
    seen = check_same(both, results)
    own = directory / 'own.json'
    harness.run([both, f'--output=alloc:{own}'])
    check_equal(seen, read(own), 'a suite that links the plugin counts once')
    check(any(usage[0] == 'failed' for usage in seen.values()), 'and compares with the budget', seen)


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        results = directory / 'results.json'
        program = check_unlinked(directory, results)
        check_by_hand(program, results)
        check_nested(program, results)
        check_killed(directory, results)
        check_linked(directory, results)
        check_equal(sorted(path.name for path in directory.iterdir()),
                    ['linked', 'own.json', 'results.json', 'unlinked'], 'no other file remains')
    harness.finish()


main()
