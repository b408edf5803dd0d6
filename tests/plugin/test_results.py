# SPDX-License-Identifier: MIT
"""--output=alloc:FILE writes every test once, with its status and usage, for each way to end and each number of
jobs. The file matches its schema. It is replaced as a whole or not at all."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, SUITES, check, check_equal

BUILDS = [('gcc', 'c', ['-std=gnu11', '-O1']), ('clang', 'c', ['-std=gnu2x', '-O0']),
          ('g++', 'cpp', ['-std=c++11', '-Os']), ('clang++', 'cpp', ['-std=c++20', '-O2'])]

# {(name, parameter): (status, allocs, bytes, verdict)}
EXPECTED = {
    'ends::returns': ('passed', 1, 11, 'none'),
    'ends::fails': ('failed', 1, 12, 'none'),
    'ends::expects': ('failed', 2, 13, 'none'),
    'ends::aborts': ('passed', 1, 13, 'none'),
    'ends::skips': ('skipped', 1, 14, 'none'),
    'ends::disabled': ('skipped', None, None, 'none'),
    'ends::exits': ('passed', 1, 16, 'none'),
    'ends::exits_at_once': ('passed', 1, 17, 'none'),
    'ends::exits_unexpectedly': ('failed', 1, 17, 'none'),
    'ends::crashes': ('crashed', 1, 18, 'none'),
    'ends::expects_signal': ('passed', 1, 19, 'none'),
    'ends::hangs': ('timed-out', 1, 20, 'none'),
    'ends::forks': ('passed', 1, 21, 'none'),
    'budgets::child_exits': ('passed', 1, 29, 'within'),
    'budgets::within': ('passed', 1, 22, 'within'),
    'budgets::over': ('failed', 2, 28, 'over'),
    'budgets::over_and_crashes': ('crashed', 1, 24, 'over'),
    'budgets::warned': ('passed', 1, 25, 'none'),
    'budgets::thread': ('passed', 1, 26, 'within'),
    'budgets::warm_and_repeated': ('passed', 1, 27, 'within'),
    'budgets::second_run_is_over': ('failed', 2, 57, 'over'),
    'budgets::permits': ('passed', 1, 31, 'none'),
    'budgets::leaks': ('passed', 3, 96, 'none'),
    'sets::parameters[0]': ('passed', 1, 40, 'none'),
    'sets::parameters[1]': ('failed', 1, 1, 'none'),
    'sets::parameters[2]': ('crashed', 1, 1, 'none'),
    'sets::parameters[3]': ('passed', 1, 43, 'none'),
    'sets::disabled': ('skipped', None, None, 'none'),
    'sets::owned[0]': ('passed', 1, 1, 'none'),
    'sets::owned[1]': ('passed', 1, 2, 'none'),
    'sets::owned[2]': ('passed', 1, 3, 'none'),
}
C_ONLY = {'sets::theory': ('passed', 6, 180, 'none')}
CPP_ONLY = {'ends::throws': ('failed', 2, 0, 'none')}


def key(test):
    return test['id'] + (f"[{test['parameter']}]" if 'parameter' in test else '')


def results(program, path, *arguments, **env):
    done = harness.run([program, f'--output=alloc:{path}', *arguments], **env)
    return done, json.loads(pathlib.Path(path).read_text())


def check_all(label, data, language):
    expected = EXPECTED | (C_ONLY if language == 'c' else CPP_ONLY)
    names = [key(test) for test in data['tests']]
    check_equal(sorted(names), sorted(expected), f'{label}: every test once')
    order = [(test['id'].split('::'), test.get('parameter', -1)) for test in data['tests']]
    check_equal(order, sorted(order), f'{label}: in order')
    for test in data['tests']:
        status, allocs, n_bytes, verdict = expected.get(key(test), (None,) * 4)
        check_equal(test['status'], status, f'{label}: {key(test)}: status')
        check_equal(test['verdict'], verdict, f'{label}: {key(test)}: verdict')
        if allocs is None:
            check_equal(test['usage'], None, f'{label}: {key(test)} was not measured')
        elif test['id'] != 'ends::throws':  # the size of an exception depends on the C++ runtime
            check_equal((test['usage']['allocs'], test['usage']['bytes']), (allocs, n_bytes),
                        f'{label}: {key(test)}: usage')


def check_details(label, data):
    tests = {key(test): test for test in data['tests']}
    check_equal(tests['ends::crashes']['signal'], 11, f'{label}: the signal')
    check_equal(tests['ends::exits']['exit'], 3, f'{label}: the exit status')
    check_equal(tests['budgets::permits']['usage']['permitted'], 1, f'{label}: permitted')
    check_equal(tests['budgets::thread']['budget'],
                [{'metric': 'peak', 'min': 26, 'scope': 'thread', 'from': 'test'},
                 {'metric': 'peak', 'max': 26, 'scope': 'thread', 'from': 'test'}],
                f'{label}: limits of a thread')
    check_equal(tests['budgets::warned']['budget'],
                [{'metric': 'allocs', 'max': 0, 'scope': 'process', 'from': 'test', 'warn': True}],
                f'{label}: a warning')
    check_equal(tests['ends::crashes']['sites'], None, f'{label}: a crashed test has no sites')
    file, line = harness.marks(SUITES / 'results.h')['leak']
    leaks = tests['budgets::leaks']
    site = leaks['sites'][0]
    frame = leaks['frames'][site['stack'][0]]
    check_equal((site['function'], site['count'], site['bytes'], site['leaks'],
                 site['leaked_bytes']), ('malloc', 3, 96, 3, 96), f'{label}: the site\'s numbers')
    check_equal((frame['function'], pathlib.Path(frame['file']).name, frame['line']),
                ('leaks', file, line), f'{label}: the site\'s line')
    check_equal([site['function'] for site in tests['budgets::over']['sites']],
                ['malloc', 'strdup'], f'{label}: sites, the largest first')
    for test in data['tests']:
        if test['sites'] is not None:
            check_equal(sum(site['count'] for site in test['sites']), test['usage']['allocs'],
                        f'{label}: {key(test)}: sites add up')
            check_equal(sum(site['bytes'] for site in test['sites']), test['usage']['bytes'],
                        f'{label}: {key(test)}: their bytes add up')
            check_equal(sum(site['peak_bytes'] for site in test['sites']), test['usage']['peak'],
                        f'{label}: {key(test)}: their parts of the peak add up')


def check_environment(label, environment, compiler, flags):
    name, version = environment['compiler'].split()
    check_equal(name, 'clang' if 'clang' in compiler else 'gcc', f'{label}: the compiler')
    printed = subprocess.run([compiler, '-dumpfullversion' if name == 'gcc' else '-dumpversion'],
                          stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    check_equal(version, printed, f'{label}: its version')
    check_equal(environment['optimization'], 'unknown' if name == 'clang' else  # which records none
                {'-O0': 'none', '-Os': 'size'}.get(flags[-1], 'speed'), f'{label}: optimisation')
    check_equal(environment['sanitizer'], 'none', f'{label}: no sanitizer')


def check_build(directory, compiler, language, flags):
    label = ' '.join([compiler, *flags])
    program = harness.compile_suite(directory, [SUITES / f'results.{language}'], compiler,
                                    [*flags, '-g', '-Wall', '-Wextra', '-Werror', *harness.NO_BUILTIN])
    path = pathlib.Path(directory) / 'results.json'
    texts = []
    for jobs in ('-j1', '-j8'):
        done, data = results(program, path, jobs)
        texts.append(path.read_text())
        check_equal(done.returncode, 1, f'{label} {jobs}: exit status')
        check_all(f'{label} {jobs}', data, language)
    check_equal(texts[0], texts[1], f'{label}: the same bytes with one job and with eight')
    harness.check_schema(path, 'results.schema.json', f'{label}: the file matches the schema')
    check_details(label, data)
    check_environment(label, data['environment'], compiler, flags)
    return program


def check_counts_of_asserts(program, directory):
    """Check that Criterion's reports do not contain the worker ids that workers send."""
    reports = []
    for arguments in ((), (f'--output=alloc:{directory}/results.json',)):
        path = pathlib.Path(directory) / 'criterion.json'
        harness.run([program, f'--json={path}', '-j1', *arguments])
        reports.append([[(test['name'], test['assertions'], test['status'], test.get('messages'))
                         for test in suite['tests']]
                        for suite in json.loads(path.read_text())['test_suites']])
    check_equal(reports[0], reports[1], 'Criterion\'s own report does not change')


def check_table(program):
    done = harness.run([program, '-j1', '--filter=sets/owned', ], ALLOC_TRACKER_SUMMARY='1')
    lines = [line.split() for line in done.stderr.splitlines() if line.startswith('sets::')]
    check_equal(lines, [[f'sets::owned[{i}]', '1', str(i + 1), str(i + 1), '1', '0', 'passed']
                        for i in range(3)], 'the table after a run')
    for arguments, env, seen in ((['--verbose'], {}, True), ([], {}, False),
                                 (['--verbose'], {'ALLOC_TRACKER_SUMMARY': '0'}, False)):
        done = harness.run([program, '--filter=sets/owned', *arguments], **env)
        check_equal('sets::owned[2]' in done.stderr, seen, f'a table: {arguments} {env}')


def check_outputs(program, directory):
    """Check each kind of output file, and outputs that cannot be written."""
    directory = pathlib.Path(directory)
    quick = '--filter=budgets/within'
    done = harness.run([program, quick, '--output=alloc:-'])
    check_equal([test['id'] for test in json.loads(done.stdout)['tests']], ['budgets::within'],
                'standard output; tests that a filter excludes are not in the results')
    folder = directory / 'folder'
    folder.mkdir()
    harness.run([program, quick], CRITERION_OUTPUTS=f'alloc:{folder}')
    check_equal([path.name for path in folder.iterdir()], [f'{program.name}.alloc.json'],
                'a directory gets a file with the program\'s name')
    link, target = directory / 'link', directory / 'target'
    target.write_text('old')
    target.chmod(0o640)
    link.symlink_to(target)
    results(program, link, quick)
    check(link.is_symlink() and target.read_text().startswith('{"schema"'), 'a link remains a link')
    check_equal(target.stat().st_mode & 0o777, 0o640, 'the mode of its target does not change')
    full = subprocess.run(f'{program} {quick} --output=alloc:- >/dev/full', shell=True, stderr=subprocess.PIPE,
                          env=harness.environment(), text=True, check=False)
    check_equal(full.returncode, 1, 'a full standard output fails the run')
    check('standard output: No space left' in full.stderr, 'a full standard output is reported', full.stderr)
    for unwritable in ('/dev/full', directory / 'none' / 'results.json'):
        done = harness.run([program, quick, f'--output=alloc:{unwritable}'])
        check_equal(done.returncode, 1, f'{unwritable}: the run fails')
        check(f'alloc_tracker: {unwritable}: ' in done.stderr, f'{unwritable}: the reason is reported', done.stderr)


def check_unobserved(program, directory):
    path = pathlib.Path(directory) / 'unobserved.json'
    harness.run(['valgrind', '-q', '--trace-children=yes', program, '--filter=budgets/within',
                 f'--output=alloc:{path}'])
    test = json.loads(path.read_text())['tests'][0]
    check_equal((test['status'], test['verdict'], test['usage'], test['sites']),
                ('failed', 'unobserved', None, None), 'a test that was not observed has no usage')


def check_killed(program, directory):
    """Check that the file is always complete, whenever the runner is killed."""
    directory = pathlib.Path(directory) / 'killed'
    directory.mkdir()
    path = directory / 'results.json'
    quick = '--filter=budgets/w*'
    results(program, path, quick)
    new = path.read_text()
    old = '{"old": true}\n'
    for call in ('openat', 'write', 'fsync', 'rename'):
        for nth in range(1, 4) if call in ('fsync', 'rename') else ():
            path.write_text(old)
            done = harness.run(['strace', '-qq', '-o', '/dev/null', '-e',
                                f'inject={call}:signal=KILL:when={nth}', program, quick,
                                f'--output=alloc:{path}'])
            killed = done.returncode in (-9, 137)
            check(killed or nth > 1, f'killed in {call}', done.stderr)
            check(path.read_text() in (old, new), f'killed in {call} {nth}', path.read_text()[:80])
    choice = random.Random(1)
    for _ in range(25):
        path.write_text(old)
        process = subprocess.Popen([program, f'--output=alloc:{path}', quick],
                                   env=harness.environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(choice.uniform(0, 0.15))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # otherwise a worker would wait for it without end
        process.wait()
        check(path.read_text() in (old, new), 'killed at random', path.read_text()[:80])


def write_many(path, n):
    lines = ['#include <alloc_tracker/criterion.h>', '#include <stdlib.h>',
             'static void *volatile block;']
    for i in range(n):
        lines.append(f'Test(many, t{i:04}) {{ block = malloc({i + 1}); free(block); }}')
    path.write_text('\n'.join(lines) + '\n')


def check_many(directory):
    """Check 1,000 tests with eight jobs."""
    source = pathlib.Path(directory) / 'many.c'
    write_many(source, 1000)
    program = harness.compile_suite(directory, [source], 'gcc', ['-g', *harness.NO_BUILTIN])
    path = pathlib.Path(directory) / 'many.json'
    done, data = results(program, path, '--jobs=8')
    check_equal(done.returncode, 0, 'a thousand tests pass')
    check_equal([(test['id'], test['status'], test['usage']['allocs'], test['usage']['bytes'],
                  len(test['sites'])) for test in data['tests']],
                [(f'many::t{i:04}', 'passed', 1, i + 1, 1) for i in range(1000)],
                'each test is there once, with its own usage')
    harness.check_schema(path, 'results.schema.json', 'a thousand tests: the file matches the schema')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for build in BUILDS:
            program = check_build(directory, *build)
            if build[0] == 'gcc':
                plain = shutil.copy(program, pathlib.Path(directory) / 'plain')
        check_counts_of_asserts(plain, directory)
        check_table(plain)
        check_outputs(plain, directory)
        check_unobserved(plain, directory)
        check_killed(plain, directory)
        check_many(directory)
    harness.finish()


main()
