# SPDX-License-Identifier: MIT
"""A change that a program makes to itself (changes.h) changes no verdict, no message and no result. Each
change runs in tests of a suite, linked and preloaded, in a program under `alloc-tracker run`, and in a
region. The table of docs/trust.md names each change."""

import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
CHANGES = re.findall(r'CHANGE\((\w+)\)', (HERE / 'changes.h').read_text().split('#define CHANGES')[1])
OF_PROGRAMS = ['descriptors', 'all_descriptors']  # Criterion itself needs them
IMPOSSIBLE = 77
# The text of docs/trust.md for each change.
NAMES = {
    'nothing': 'exact', 'clearenv': 'clearenv()', 'environ': 'environ = NULL', 'setenv': 'an environment of its own',
    'setuid': 'setuid()', 'setresuid': 'setresuid()', 'chroot': 'chroot()', 'chdir': 'chdir()',
    'user_namespace': 'of users', 'pid_namespace': 'of process numbers', 'proc_unmounted': '`/proc` unmounted',
    'proc_covered': 'or covered', 'sources_covered': '`/tmp` and `/usr` covered', 'file_size': 'RLIMIT_FSIZE',
    'file_size_handler': 'a handler for SIGXFSZ', 'n_files': 'RLIMIT_NOFILE', 'address_space': 'RLIMIT_AS',
    'data': 'RLIMIT_DATA', 'core': 'PR_SET_DUMPABLE', 'locale': 'another locale', 'seccomp_kill': 'it kills the process',
    'seccomp_errno': 'returns an error', 'seccomp_trap': 'sends SIGSYS', 'descriptors': 'each descriptor closed',
    'all_descriptors': 'the standard ones too', 'thread': 'thread,', 'alternate': 'signal handler,',
    'coroutine': 'coroutine;', 'deep': 'a recursion of 100,000 calls',
}
AS_ROOT = ('setuid', 'setresuid', 'chroot', 'proc_unmounted', 'proc_covered', 'sources_covered',
           'pid_namespace')
MOUNTS = ('proc_unmounted', 'proc_covered', 'sources_covered')


def can_mount():
    """Can this process hide its mounts from others? It cannot in a chroot() without a mount point as root."""
    mounts = pathlib.Path('/proc/self/mountinfo').read_text().splitlines()
    return any(mount.split()[4] == '/' for mount in mounts)


# A process of two threads cannot create a user namespace; a locale may not be installed.
MAY_BE_SKIPPED = {'user_namespace', 'locale', *(AS_ROOT if os.getuid() else ()),
                  *(MOUNTS if not can_mount() else ())}


def sites(test):
    """Return for each call site its function, its count, and the functions and lines of its stack."""
    return [(site['function'], site['count'],
             [(test['frames'][i].get('function'), 'line' in test['frames'][i])
              for i in site['stack']]) for site in test['sites'] or []]


def totals(test):
    return (test['usage']['allocs'], test['usage']['bytes'])


def check_tests(label, data, kinds):
    """`kinds` has the status and verdict of each test of a change."""
    tests = {test['id']: test for test in data['tests']}
    check_equal(sorted(tests), sorted(f'{change}::{kind}' for change in CHANGES for kind in kinds),
                f'{label}: every test')
    skipped = set()
    for name, test in tests.items():
        change, kind = name.split('::')
        if test['status'] == 'skipped' and change in MAY_BE_SKIPPED:
            skipped.add(change)
            continue
        check_equal((test['status'], test['verdict']), kinds[kind], f'{label}: {name}')
        more = (3, 61) if change == 'setenv' else (0, 0)  # the variable itself
        if change != 'locale':
            check_equal(totals(test), (1 + more[0], 77 + more[1]), f'{label}: {name}: usage')
        check(('malloc', 1, [(kind, True)]) in sites(test), f'{label}: {name}: its call site', test)
        check_equal(test.get('reason'), None, f'{label}: {name}: no reason')
    for change in sorted(skipped):
        print(f'{label}: {change} was not tried: not possible here, or not without root')


def check_messages(label, run, linked):
    """Each failed test has its message, with the line of the allocation."""
    failing = {'statement': 'cr_expect_no_alloc(kept = malloc(77)) at',
               'budget': 'alloc budget of {}::budget at'}
    for name, test in run.tests.items():
        change, kind = name.split('::')
        if kind not in failing or test.status == 'SKIPPED' or change == 'locale' or not linked:
            continue
        check_equal(test.status, 'FAILED', f'{label}: {name} fails')
        check_equal(len(test.messages), 1, f'{label}: {name}: one message')
        file, line, text = test.messages[0]
        check_equal(pathlib.Path(file).name, 'changed.c', f'{label}: {name}: the file')
        check(text.strip().startswith(failing[kind].format(change)), f'{label}: {name}: the words', text)
        check(re.search(rf'1 × 77 bytes\s+malloc\s+{kind}\s+\S*changed.c:{line}\s+CHANGES', text),
              f'{label}: {name}: the call site with its line', text)


def check_suite(directory):
    kinds = {'passes': ('passed', 'none'), 'within': ('passed', 'none'),
             'statement': ('failed', 'none'), 'budget': ('failed', 'over')}
    path = directory / 'suite.json'
    linked = harness.compile_suite(directory, [HERE / 'changed.c'], 'cc',
                                   ['-g', '-DPLUGIN', *harness.NO_BUILTIN], name='linked')
    run = harness.Run(linked, [f'--output=alloc:{path}'])
    check_equal(run.status, 1, 'linked: the exit status')
    check_messages('linked', run, True)
    check_tests('linked', json.loads(path.read_text()), kinds)
    harness.check_schema(path, 'results.schema.json', 'linked: the schema')

    alone = harness.compile_suite(directory, [HERE / 'changed.c'], 'cc',
                                  ['-g', *harness.NO_BUILTIN], ['criterion'], name='alone')
    before = harness.Run(alone)
    done = harness.run([COMMAND, 'run', '-q', '-o', path, alone])
    check_equal((done.returncode, done.stdout), (before.status, ''), 'preloaded: as without')
    statuses = {test['id']: test['status'].upper() for test in json.loads(path.read_text())['tests']}
    check_equal(statuses, {name: test.status for name, test in before.tests.items()},
                'preloaded: each status as without')
    check_tests('preloaded', json.loads(path.read_text()), {'passes': ('passed', 'none')})
    done = harness.run([COMMAND, 'run', '-q', '-o', path, alone], ALLOC_TRACKER_BUDGET='bytes<=76')
    check_equal(done.returncode, 1, 'preloaded, with a budget: it fails')
    check_tests('preloaded, with a budget', json.loads(path.read_text()),
                {'passes': ('failed', 'over')})


def check_programs(directory):
    build = ['cc', '-g', *harness.NO_BUILTIN, HERE / 'changed_program.c', '-o']
    plain, regions = directory / 'plain', directory / 'regions'
    for command in ([*build, plain],
                    [*build, regions, '-DREGIONS', *harness.pkg_config('--cflags', '--libs',
                                                                      'alloc-tracker')]):
        done = harness.run(command)
        check_equal(done.returncode, 0, f'it builds: {done.stderr}')
    names = harness.run([plain]).stdout.split()
    check_equal(names, CHANGES + OF_PROGRAMS, 'every change of a program')
    path = directory / 'program.json'
    for name in names:
        alone = harness.run([plain, name]).returncode
        if alone == IMPOSSIBLE:
            check(name in MAY_BE_SKIPPED, f'program: {name} is possible')
            print(f'program: {name} was not tried: not possible here, or not without root')
            continue
        check_equal(alone, 0, f'program: {name}, alone')
        check_equal(harness.run([regions, name]).returncode, 0, f'program: {name}, with a region')
        done = harness.run([COMMAND, 'run', '-q', '-o', path, plain, name])
        check_equal((done.returncode, done.stderr), (0, ''), f'program: {name}, run')
        test = json.loads(path.read_text())['tests'][0]
        check_equal((test['status'], test['verdict']), ('passed', 'none'), f'program: {name}: verdict')
        check(('malloc', 1, [('measure', True), ('main', True)]) in sites(test),
              f'program: {name}: its call site', test)
        path.unlink()


def check_suppressions(directory):
    """Suppressions look up call sites while the test runs; the library reads the tables before it begins."""
    patterns = directory / 'suppressions'
    patterns.write_text('function:within\n')
    run = harness.Run(directory / 'linked', ['--filter=seccomp*/*'],
                      ALLOC_TRACKER_SUPPRESSIONS=str(patterns))
    # `within` must allocate exactly once, and this allocation is suppressed.
    expected = {'passes': 'PASSED', 'within': 'FAILED', 'statement': 'FAILED', 'budget': 'FAILED'}
    seen = {name: test.status for name, test in run.tests.items() if name.startswith('seccomp')}
    check_equal(seen, {name: expected[name.split('::')[1]] for name in seen}, 'suppressions')
    check_equal(len(seen), 12, 'suppressions: every test')


def check_stacks(directory):
    """An assertion that fails on a small stack, or at the end of a deep one, is reported."""
    for flags in (['-O0'], ['-O2']):
        program = harness.compile_suite(directory, [HERE / 'small_stacks.c'], 'cc',
                                        ['-g', *flags, *harness.NO_BUILTIN])
        run = harness.Run(program)
        check_equal(sorted(run.tests), [f'stacks::{name}' for name in
                                        ('alternate', 'coroutine', 'deep', 'thread')], 'stacks: all')
        for name, test in run.tests.items():
            check_equal((test.status, len(test.messages)), ('FAILED', 1), f'{name} {flags}')
            check(re.search(r'1 × 77 bytes\s+malloc\s+allocate\s+\S*small_stacks.c:\d+',
                            ''.join(message[2] for message in test.messages)),
                  f'{name} {flags}: the call site', test.messages)


def check_by_hand(directory):
    """A preloaded program that writes its results itself keeps its status, and reports a failure to write."""
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    path = directory / 'by-hand.json'
    for name, written in (('nothing', True), ('clearenv', True), ('all_descriptors', True),
                          ('chdir', True), ('n_files', False), ('seccomp_errno', False)):
        path.unlink(missing_ok=True)
        done = harness.run([directory / 'plain', name], LD_PRELOAD=str(preload),
                           ALLOC_TRACKER_RESULTS=str(path))
        check_equal(done.returncode, 0, f'by hand: {name}: the exit status')
        check_equal(path.exists(), written, f'by hand: {name}: results')
        check_equal('the results of this run were not written; measure it with `alloc-tracker run`' in done.stderr,
                    not written, f'by hand: {name}: is said')


def check_by_hand_limited(directory):
    """The limit on the size of files applies to the shared file, and causes no signal."""
    path = directory / 'by-hand.json'
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    done = subprocess.run([directory / 'plain', 'nothing'], capture_output=True, text=True,
                          env=harness.environment(LD_PRELOAD=str(preload), ALLOC_TRACKER_RESULTS=str(path)),
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20)))
    check_equal((done.returncode, done.stderr), (0, ''), 'by hand, under a limit on files')
    check_equal(totals(json.loads(path.read_text())['tests'][0]), (1, 77),
                'by hand, under a limit on files: results')


def check_dropped_rights(directory):
    """The runner itself gives up its rights. Only root may read its /proc then."""
    if os.getuid() != 0:
        print('rights that main() gives up were not tried: not without root')
        return
    program = harness.compile_suite(directory, [HERE / 'dropped_rights.c'], 'cc', ['-g', *harness.NO_BUILTIN])
    directory.chmod(0o777)
    path = directory / 'dropped.json'
    done = harness.run([program, '-j1', f'--output=alloc:{path}'], cwd=directory)
    check_equal(done.returncode, 1, 'rights that main() gives up: the exit status')
    check_equal(done.stderr.count('1 × 77 bytes  malloc'), 2, 'rights that main() gives up: messages')
    check_equal([(test['id'], totals(test), len(sites(test)))
                 for test in json.loads(path.read_text())['tests']],
                [('dropped::budget', (1, 77), 1), ('dropped::statement', (1, 77), 1)],
                'rights that main() gives up: results')
    left = [file.name for file in pathlib.Path('/dev/shm').glob('alloc_tracker.*')]
    check_equal(left, [], 'rights that main() gives up: nothing is left')


def check_documentation():
    table = (harness.SOURCE / 'docs' / 'trust.md').read_text().split('## Changes that a program makes to itself')[1]
    table = ' '.join(line for line in table.split('\n## ')[0].splitlines() if line.startswith('| '))
    for name in [*CHANGES, *OF_PROGRAMS, 'thread', 'alternate', 'coroutine', 'deep']:
        check(NAMES[name] in table, f'docs/trust.md names {name}')


def make_locale(directory):
    """Build the Turkish locale for LOCPATH: i is not the lower case of I, and the decimal sign is a comma."""
    made = directory / 'locales'
    made.mkdir()
    os.environ['LOCPATH'] = str(made)
    try:
        done = harness.run(['localedef', '-i', 'tr_TR', '-f', 'UTF-8', made / 'tr_TR.UTF-8'])
    except FileNotFoundError:
        return
    if done.returncode == 0:
        MAY_BE_SKIPPED.remove('locale')


def run_limited(linked, path, n_bytes):
    path.unlink(missing_ok=True)
    return harness.run(['sh', '-c', f'ulimit -f {n_bytes // 512}; exec "$@"', 'sh', linked, '-j1',
                        '--filter=nothing/*', f'--output=alloc:{path}'])


def check_limits_of_the_runner(directory):
    """The runner itself has a limit on files: the results have the call sites that fit, or the reason.
    Criterion needs files of 128 KiB. Only the state of a suite with many tests needs a larger one."""
    path = directory / 'limited.json'
    linked = directory / 'linked'
    source = directory / 'many.c'
    source.write_text('#include <alloc_tracker/criterion.h>\n'
                      + ''.join(f'Test(many, t{i}) {{}}\n' for i in range(1000)))
    done = run_limited(harness.compile_suite(directory, [source], 'cc', name='many'), path, 250 << 10)
    check_equal(done.returncode, 2, 'a limit that is too small: the exit status')
    check('the limit on the size of files (ulimit -f)' in done.stderr,
          'a limit that is too small is reported', done.stderr)
    for n_bytes in (1 << 20, 32 << 20):
        check_equal(run_limited(linked, path, n_bytes).returncode, 1, f'{n_bytes}: the exit status')
        tests = json.loads(path.read_text())['tests']
        check_equal([(len(sites(test)), test.get('reason')) for test in tests], [(1, None)] * 4,
                    f'{n_bytes}: results')
    # The smallest limit: no worker has room of its own.
    for n in range(2, 64):
        done = run_limited(linked, path, n * 65536 + 32768)
        if done.returncode != 2:
            break
    check_equal(done.returncode, 1, 'no room: the exit status')
    check(all('changed.c' in line for line in done.stderr.splitlines() if ' kept = malloc' in line)
          and done.stderr.count('1 × 77 bytes  malloc') == 2, 'no room: the messages', done.stderr)
    for test in json.loads(path.read_text())['tests']:
        check_equal((totals(test), test['sites'], 'had no room' in test.get('reason', '')),
                    ((1, 77), None, True), f"no room: {test['id']}")


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        check_documentation()
        make_locale(directory)
        check_suite(directory)
        check_programs(directory)
        check_suppressions(directory)
        check_stacks(directory)
        check_by_hand(directory)
        check_by_hand_limited(directory)
        check_dropped_rights(directory)
        check_limits_of_the_runner(directory)
    harness.finish()


main()
