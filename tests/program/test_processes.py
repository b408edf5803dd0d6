# SPDX-License-Identifier: MIT
"""For each way to start and to end a process: the results have a record with the exact usage, the exit
status and output of the process do not change, and a process that was not observed is reported."""

import json
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))


def measured(allocs, frees=0, status='passed', sites=True, **more):
    return {'status': status, 'allocs': allocs, 'bytes': allocs * 100, 'frees': frees,
            'sites': sites, **more}


AGAIN = measured(5, 1)

# (way, exit status, {name: record or list of records})
WAYS = [
    ('exit', 7, {'': measured(8, 2, 'failed', exit=7)}),
    ('return', 0, {'': measured(5, 1)}),
    ('_exit', 3, {'': measured(5, 0, 'failed', exit=3)}),
    ('quick_exit', 4, {'': measured(8, 1, 'failed', exit=4)}),
    ('abort', 128 + signal.SIGABRT, {'': measured(5, 0, 'crashed', False, signal=6)}),
    ('kill', 128 + signal.SIGKILL, {'': measured(5, 0, 'crashed', False, signal=9)}),
    ('fault', 128 + signal.SIGSEGV, {'': measured(5, 0, 'crashed', False, signal=11)}),
    ('fork', 2, {'': measured(6, 1, 'failed', exit=2),
                 '/processes': [measured(10, 1, 'failed', exit=2)]}),
    ('fork_of_fork', 0, {'': measured(0), '/processes': [measured(2)],
                         '/processes/processes': [measured(4)]}),
    ('many', 0, {'': measured(0), '/processes': [measured(3)] * 100}),
    ('killed_child', 0, {'': measured(0), '/processes': [measured(8, 0, 'crashed', False)]}),
    ('vfork', 0, {'': measured(1), '/again': [AGAIN]}),
    ('vfork_without_exec', 0, {'': measured(3)}),
    ('spawn', 0, {'': measured(1), '/again': [AGAIN]}),
    ('spawn_that_fails', 0, {'': measured(1)}),
    ('exec', 0, {'': measured(1), '/again': [AGAIN]}),
    ('exec_with_environment', 0, {'': measured(1), '/again': [AGAIN]}),
    ('exec_of_descriptor', 0, {'': measured(1), '/again': [AGAIN]}),
    ('exec_that_fails', 0, {'': measured(2)}),
    ('exec_that_fails_and_kill', 128 + signal.SIGKILL,
     {'': measured(2, 0, 'crashed', False, signal=9)}),
    ('exec_in_fork', 0, {'': measured(0), '/again': [AGAIN]}),
    ('exec_after_take_in_fork', 0, {'': measured(0), '/processes': [measured(2)],
                                    '/again': [AGAIN]}),
    ('exec_without_environment', 0, {'': measured(0), '/again': [None]}),
    ('closing_everything', 0, {'': measured(2)}),
]


def record_of(test):
    usage = test['usage']
    if usage is None:
        return None if test['verdict'] == 'unobserved' else test
    record = {'status': test['status'], 'allocs': usage['allocs'], 'bytes': usage['bytes'],
              'frees': usage['frees'], 'sites': test['sites'] is not None}
    record.update((name, test[name]) for name in ('exit', 'signal') if name in test)
    if test['sites'] is not None:
        record['allocs'] = sum(site['count'] for site in test['sites'])
        check_equal(sum(site['leaks'] for site in test['sites']), usage['leaks'],
                    f"{test['id']}: each leak has a call site")
    return record


def read(path, name='processes'):
    """Return {id without the program's name: records}."""
    found = {}
    for test in json.loads(path.read_text())['tests']:
        key = test['id'].removeprefix(name)
        check_equal(test.get('parameter'), len(found.get(key, [])) if key else None,
                    f"{test['id']} has a number")
        found.setdefault(key, []).append(record_of(test))
    return found


def check_records(results, expected, what):
    records = read(results)
    wanted = {key: value if isinstance(value, list) else [value]
              for key, value in expected.items()}
    check_equal(records, wanted, f'{what}: the records')


def check_no_other_file(results, what):
    left = sorted(path.name for path in results.parent.iterdir() if path != results)
    check_equal(left, ['none', 'processes'], f'{what}: no other file remains')


def check_ways(program, results):
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    none = str(program.parent / 'none')
    for way, status, expected in WAYS:
        plain = harness.run([program, way], NOT_A_PROGRAM=none)
        done = harness.run([COMMAND, 'run', '-q', '-o', results, '--', program, way],
                           NOT_A_PROGRAM=none)
        check_equal(done.returncode, status, f'{way}: the exit status')
        check_equal(done.stdout, plain.stdout, f'{way}: the output')
        check_equal('not measured completely' in done.stderr, [None] in expected.values(),
                    f'{way}: a process that was not measured is reported')
        check_records(results, expected, way)
        check_no_other_file(results, way)
        results.unlink()
        if status >= 128:
            continue  # without a supervisor no process can write the results
        done = harness.run([program, way], NOT_A_PROGRAM=none, LD_PRELOAD=str(preload),
                           ALLOC_TRACKER_RESULTS=str(results))
        check_equal(done.returncode, status, f'{way}, preloaded by hand: the exit status')
        check_records(results, expected, f'{way}, preloaded by hand')
        check_no_other_file(results, f'{way}, preloaded by hand')
        results.unlink()


def check_stragglers(program, results):
    """Check that a process that outlives the root is in the results: it keeps the output open."""
    for way, parent, child, name in [
            ('leaving_a_child', measured(1), measured(6), '/processes'),
            ('daemon', measured(1), measured(6), '/processes'),
            ('spawn_and_leave', measured(0), AGAIN, '/again')]:
        for _ in range(5):
            done = harness.run([COMMAND, 'run', '-q', '-o', results, program, way])
            check_equal(done.returncode, 0, f'{way}: the exit status')
            check_records(results, {'': parent, name: [child]}, way)
            check_no_other_file(results, way)
            results.unlink()


def check_threads(program, results):
    run = [COMMAND, 'run', '-q', '-o', results, program]
    check_equal(harness.run([*run, 'last_thread']).returncode, 0, 'last_thread: the exit status')
    test = json.loads(results.read_text())['tests'][0]
    sites = test['sites'] or []
    taken = [site['count'] for site in sites if site['function'] == 'malloc']
    check_equal(sum(taken), 7, 'last_thread: allocations of a thread after main are counted')
    check_equal(harness.run([*run, 'exit_among_threads']).returncode, 0,
                'exit_among_threads: the exit status')
    test = json.loads(results.read_text())['tests'][0]
    check_equal([test['status'], test['dropped'], test['sites'] is not None], ['passed', 0, True],
                'exit_among_threads: the record')
    check_equal(harness.run([*run, 'many_threads']).returncode, 0, 'many_threads: the exit status')
    check_equal(read(results)['/processes'], [measured(3)] * 100,
                'many_threads: each child of each thread has one record')
    for _ in range(30):
        done = harness.run([*run, 'signal_handler'], timeout=60)
        check_equal(done.returncode, 5, 'signal_handler: the exit status')
        test = json.loads(results.read_text())['tests'][0]
        check_equal([test['status'], test['exit'], test['dropped']], ['failed', 5, 0],
                    'signal_handler: the record')
        check(test['usage']['allocs'] - test['usage']['frees'] in (0, 1),
              'signal_handler: the usage is consistent', test['usage'])
    results.unlink()


def check_unobserved(program, results):
    """Check that a process that was not observed is reported, with the reason."""
    directory = program.parent
    (directory / 'gone.c').write_text('int gone(void) { return 0; }\n')
    (directory / 'mute.c').write_text('int gone(void);\nint main(void) { return gone(); }\n')
    harness.run(['cc', '-shared', '-fPIC', 'gone.c', '-o', 'libgone.so'], cwd=directory)
    harness.run(['cc', 'mute.c', 'libgone.so', '-o', 'mute'], cwd=directory)
    harness.run(['cc', '-static', 'gone.c', '-Wl,--defsym=main=gone', '-o', 'static'],
                cwd=directory)
    for name in ('gone.c', 'mute.c', 'libgone.so'):
        (directory / name).unlink()
    cases = [('./mute', 'mute', 'it ended without results'),
             ('./static', 'static', 'is linked statically'),
             ('env -i ./processes return', 'processes',
              'its parent started it without LD_PRELOAD or ALLOC_TRACKER_RESULTS in the environment')]
    for command, name, words in cases:
        done = harness.run([COMMAND, 'run', '-q', '-o', results, 'sh', '-c', f'{command}; true'],
                           cwd=directory)
        tests = [test for test in json.loads(results.read_text())['tests']
                 if test['id'].endswith('/' + name)]
        check_equal([[test['usage'], test['verdict']] for test in tests], [[None, 'unobserved']],
                    f'{command}: it has no usage')
        check(words in done.stderr, f'{command}: the reason is reported', done.stderr)
        results.unlink()
    (directory / 'mute').unlink()
    (directory / 'static').unlink()


def check_copies(program, results):
    """Check processes that share memory with their parent, and programs that were replaced."""
    harness.run([COMMAND, 'run', '-q', '-o', results, program, 'writing_nothing_more'])
    test = json.loads(results.read_text())['tests'][0]
    check_equal([test['usage']['allocs'], sum(site['count'] for site in test['sites']),
                 test['verdict']], [2, 2, 'none'], 'writing_nothing_more: call sites need no open file')
    results.unlink()
    for name in ('vforked_child', 'cloned_child', 'bare_fork'):
        done = harness.run([COMMAND, 'run', '-q', '-o', results, program, name])
        tests = json.loads(results.read_text())['tests']
        check_equal([(test['status'], test.get('signal'), test['usage']['allocs']) for test in tests],
                    [('crashed', 9, 2)], f'{name}: its status is not that of its parent')
        check_equal(done.returncode, 137, f'{name}: the status')
        results.unlink()
    # A file that was replaced during the run is not read for lines.
    copy = results.parent / 'copied'
    script = 'cp "$0" "$1" && "$1" many_sites && cp -f /bin/true "$1.new" && mv "$1.new" "$1"'
    harness.run([COMMAND, 'run', '-q', '-o', results, 'sh', '-c', script, program, copy])
    test = next(test for test in json.loads(results.read_text())['tests'] if 'copied' in test['id'])
    check_equal([test['usage']['allocs'], {(frame['module'], 'function' in frame, 'line' in frame)
                                           for frame in test['frames']}],
                [1000, {('copied', False, False)}], 'a program that was replaced has offsets')
    copy.unlink()
    results.unlink()


def check_small_disks(program, results):
    for limit, sites, verdict in (('unlimited', 48, 'none'), ('6000', None, 'incomplete')):
        done = harness.run(['sh', '-c', f'ulimit -f {limit}; exec "$@"', 'sh', COMMAND, 'run', '-q',
                            '-o', results, program, 'many_sites'])
        test = json.loads(results.read_text())['tests'][0]
        check_equal([test['usage']['allocs'], test['sites'] and len(test['sites']),
                     test['verdict']], [1000, sites, verdict], f'many_sites, ulimit -f {limit}')
        check_equal('there was no room for the call sites' in done.stderr, sites is None,
                    f'many_sites, ulimit -f {limit}: the reason is reported')
        results.unlink()
    if harness.run(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).returncode == 0:
        script = 'mount -t tmpfs -o size=1M none /mnt && cd /mnt && exec "$0" run true'
        done = harness.run(['unshare', '-m', 'sh', '-c', script, COMMAND])
        check_equal([done.returncode, 'No space left on device' in done.stderr], [2, True],
                    f'a full disk is reported: {done.stderr}')
    done = harness.run(['sh', '-c', 'ulimit -f 100; exec "$@"', 'sh', COMMAND, 'run', '-o', results,
                        program, 'exit'])
    check_equal([done.returncode, done.stdout], [2, ''], 'too small a limit on files: the program did not run')
    check('not run: measuring needs a file of a few MiB' in done.stderr and 'ulimit -f' in done.stderr,
          'too small a limit on files is reported', done.stderr)
    check(not results.exists(), 'too small a limit on files: no file is written')


def check_around(program, results):
    done = harness.run([COMMAND, 'run', '-q', '-o', results, program, 'exit'], TAKE_AROUND='1')
    check_equal(done.returncode, 7, 'around main: the exit status')
    check_equal(read(results)[''], [measured(14, 4, 'failed', exit=7)],
                "around main: allocations of constructors and destructors are counted")
    results.unlink()


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        program = directory / 'processes'
        done = harness.run(['cc', '-g', '-O0', *harness.NO_BUILTIN, HERE / 'processes.c',
                            HERE / 'processes_start.c', '-o', program, '-pthread'])
        check_equal(done.returncode, 0, f'the program builds: {done.stderr}')
        (directory / 'none').write_bytes(b'\x7fELF no program')
        (directory / 'none').chmod(0o755)
        results = directory / 'results.json'
        check_ways(program, results)
        check_stragglers(program, results)
        check_threads(program, results)
        check_around(program, results)
        check_unobserved(program, results)
        check_copies(program, results)
        check_small_disks(program, results)
    harness.finish()


main()
