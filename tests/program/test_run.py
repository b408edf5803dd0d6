# SPDX-License-Identifier: MIT
"""alloc-tracker run: exit status, signals and streams are those of the program. A program that cannot be
measured is refused with a reason before it runs. If nothing was measured, no file is written."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
DEFAULT = 'alloc-tracker-results.json'


def build(directory, name, text, *flags):
    source = directory / f'{name}.c'
    source.write_text(text)
    done = harness.run(['cc', source, '-o', directory / name, *flags])
    check_equal(done.returncode, 0, f'{name} builds: {done.stderr}')
    source.unlink()
    return directory / name


def check_statuses(directory):
    for script, status in [('exit 0', 0), ('exit 7', 7), ('exit 255', 255),
                           ('kill -KILL $$', 137), ('kill -TERM $$', 143)]:
        done = harness.run([COMMAND, 'run', 'sh', '-c', f'echo out; echo err >&2; {script}'],
                           cwd=directory)
        check_equal(done.returncode, status, f'{script}: the status')
        check_equal(done.stdout, 'out\n', f'{script}: standard output')
        lines = done.stderr.splitlines()
        check_equal(lines[0], 'err', f'{script}: standard error')
        check_equal(len(lines), 2, f'{script}: one line of summary')
        check(lines[-1].startswith('alloc-tracker: sh: ')
              and lines[-1].endswith(f'results in {DEFAULT}'), f'{script}: the summary', lines)
        check((directory / DEFAULT).exists(), f'{script}: the results')
        (directory / DEFAULT).unlink()


def check_gate(directory):
    """Check --baseline: if the program succeeds, its results are compared with the baseline."""
    program = build(directory, 'gated', '#include <stdlib.h>\nint main(int argc, char **argv) '
                    '{ void *volatile block;\n  for (int i = 0; i < argc; i++) { block = malloc(10); '
                    'free(block); }\n  return argc == 4; (void) argv; }', *harness.NO_BUILTIN)
    results, baseline = directory / 'gated.json', directory / 'gated.baseline'
    run = [COMMAND, 'run', '-q', '-o', results]
    harness.run([*run, program], cwd=directory)
    done = harness.run([COMMAND, 'update', '--baseline', baseline, results])
    check_equal(done.returncode, 0, f'a baseline of a program: {done.stderr}')
    for arguments, status, said in (([], 0, ''), (['more'], 1, '+1 alloc '),
                                    (['it', 'fails', 'itself'], 1, '')):
        done = harness.run([*run, '--baseline', baseline, program, *arguments], cwd=directory)
        check_equal(done.returncode, status, f'gate, {arguments}: the status')
        check(said in done.stdout, f'gate, {arguments}: the output of check', done.stdout)
        check_equal('gated' in done.stdout, bool(said), f'gate, {arguments}: check runs only if the program succeeds')
    done = harness.run([*run, '--baseline', directory / 'none', program], cwd=directory)
    check_equal(done.returncode, 2, 'gate, no such baseline')
    for path in (program, results, baseline):
        path.unlink()


def make_refused_programs(directory):
    build(directory, 'static', 'int main(void) { return 0; }', '-static')
    own = build(directory, 'own', 'int main(void) { return 0; }')
    foreign = bytearray(own.read_bytes())
    foreign[18:20] = (243).to_bytes(2, 'little')  # e_machine: RISC-V
    (directory / 'foreign').write_bytes(foreign)
    narrow = bytearray(own.read_bytes())
    narrow[4] = 1  # EI_CLASS: 32 bits
    (directory / 'narrow').write_bytes(narrow)
    other_libc = own.read_bytes().replace(b'/lib64/ld-linux-x86-64.so.2', b'/lib/ld-musl-x86_64.so.1\0\0\0')
    (directory / 'musl').write_bytes(other_libc)
    (directory / 'setuid').write_bytes(own.read_bytes())
    for name in ('foreign', 'narrow', 'musl', 'setuid'):
        (directory / name).chmod(0o755)
    (directory / 'script').write_text(f'#!{directory}/static\n')
    (directory / 'script').chmod(0o755)
    (directory / 'plain').write_text('no program')


def check_refusals(directory):
    make_refused_programs(directory)
    cases = [
        (['static'], 2, 'is linked statically'),
        (['script'], 2, f'{directory}/static is linked statically'),
        (['foreign'], 2, 'another machine or word size'),
        (['narrow'], 2, 'another machine or word size'),
        (['musl'], 2, 'another C library'),
        (['plain'], 126, 'cannot be executed: Permission denied'),
        (['.'], 126, 'cannot be executed: Permission denied'),
        (['no/such/program'], 127, 'not found'),
        (['no-such-program'], 127, 'not found'),
        ([], 2, 'no PROGRAM'),
        (['--no-such-option', 'ls'], 2, 'no-such-option'),
        (['-o', 'no/such/directory', 'ls'], 2, 'No such file or directory'),
        (['-o', '.', 'ls'], 2, 'Is a directory'),
        (['-o', '', 'ls'], 2, '-o needs the name of a FILE'),
        (['-o', '-', '-b', 'base', 'ls'], 2, 'standard output cannot be read again'),
        (['-b', 'no-baseline', 'ls'], 2, 'no-baseline: No such file or directory'),
    ]
    if os.getuid() == 0:  # only root can give the file another owner
        os.chown(directory / 'setuid', 65534, -1)
        (directory / 'setuid').chmod(0o4755)
        cases.append((['setuid'], 2, 'is set-user-ID'))
    before = sorted(path.name for path in directory.iterdir())
    for arguments, status, words in cases:
        name = arguments[0] if len(arguments) == 1 and not arguments[0].startswith('no') else None
        command = ['./' + name] if name else arguments
        done = harness.run([COMMAND, 'run', *command], cwd=directory)
        check_equal(done.returncode, status, f'{arguments}: the status')
        check(words in done.stderr, f'{arguments}: the reason is reported', done.stderr)
        check_equal(done.stdout, '', f'{arguments}: the program did not run')
        check_equal(sorted(path.name for path in directory.iterdir()), before,
                    f'{arguments}: no file is written')


def check_signals(directory):
    ending = 'import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); '
    waiting = 'print("ready", flush=True); signal.pause()'
    for what, program, sent, status in [
            ('a handler', ending + waiting, signal.SIGTERM, 9),
            ('no handler', 'import signal; ' + waiting, signal.SIGTERM, 128 + 15),
            ('an interrupt', 'import signal; signal.signal(2, signal.SIG_DFL); ' + waiting,
             signal.SIGINT, 128 + 2)]:
        with subprocess.Popen([COMMAND, 'run', '-q', '/usr/bin/python3', '-c', program],
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                              env=harness.environment(), cwd=directory) as running:
            check_equal(running.stdout.readline(), 'ready\n', f'{what}: it runs')
            running.send_signal(sent)
            check_equal(running.wait(timeout=60), status, f'{what}: the signal reaches the program')
        test = json.loads((directory / DEFAULT).read_text())['tests'][0]
        expected = {'status': 'failed', 'exit': 9} if status == 9 else \
                   {'status': 'crashed', 'signal': status - 128}
        check_equal({key: test.get(key) for key in expected}, expected, f'{what}: the record')
        check(test['usage']['allocs'] > 1000, f'{what}: the results have its usage', test['usage'])


def files_of(workspace):
    return sorted(path.name for path in workspace.iterdir())


def start(workspace, script, *options, start_new_session=False, **settings):
    """Start a run of a shell script. Return when the script prints "ready"."""
    running = subprocess.Popen([COMMAND, 'run', '-q', *options, 'sh', '-c', script], text=True,
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=workspace,
                               start_new_session=start_new_session,
                               env=harness.environment(**settings))
    check_equal(running.stdout.readline(), 'ready\n', f'{script}: it runs')
    return running


def check_removal_when_killed(workspace):
    """The command cannot act on SIGKILL, so another process removes the table."""
    for what, kill in (('alone', lambda run: run.kill()),
                       ('with its group', lambda run: os.killpg(run.pid, signal.SIGKILL))):
        running = start(workspace, 'echo ready; exec sleep 60 >&-', start_new_session=True)
        check_equal([name.split('.')[-1] for name in files_of(workspace)], ['run'], f'{what}: a table')
        child = int(open(f'/proc/{running.pid}/task/{running.pid}/children').read().split()[-1])
        kill(running)
        check_equal(running.wait(timeout=60), -signal.SIGKILL, f'{what}: the command was killed')
        while files_of(workspace):
            os.sched_yield()  # the test's time limit ends this
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


def check_removal(directory):
    """Check that no temporary file remains, whatever happens."""
    workspace = directory / 'removal'
    workspace.mkdir()
    for number in (1, 2):  # the process that removes the table, and the program's own
        done = harness.run(['strace', '-qq', '-o', '/dev/null', '-e', 'trace=clone,clone3', '-e',
                            f'inject=clone,clone3:error=EAGAIN:when={number}+', COMMAND, 'run',
                            'echo', 'ran'], cwd=workspace)
        check_equal((done.returncode, done.stdout, done.stderr), (
            2, '', 'alloc-tracker: echo: not run: cannot start a process: Resource temporarily '
            'unavailable\n'), f'fork {number} fails')
        check_equal(files_of(workspace), [], f'fork {number} fails: no file remains')
    busy = directory / 'busy'
    shutil.copy(shutil.which('true'), busy)
    with open(busy, 'r+b'):
        done = harness.run([COMMAND, 'run', busy], cwd=workspace)
    check_equal((done.returncode, done.stderr), (126, f'alloc-tracker: {busy}: Text file busy\n'),
                'exec fails')
    busy.unlink()
    check_equal(files_of(workspace), [], 'exec fails: no file remains')
    done = subprocess.run([COMMAND, 'run', 'echo', 'ran'], cwd=workspace, capture_output=True, text=True,
                          env=harness.environment(), preexec_fn=lambda: resource.setrlimit(
                              resource.RLIMIT_FSIZE, (0, 0)))
    check_equal((done.returncode, done.stdout, done.stderr), (
        2, '', f'alloc-tracker: not run: measuring needs a file of a few MiB beside {DEFAULT}, but '
        'the limit on the size of files (ulimit -f), or that of the file system, is too small; raise the '
        'limit\n'), 'no file may be written')
    check_equal(files_of(workspace), [], 'no file may be written: no file remains')
    done = subprocess.run([COMMAND, 'run', '-q', 'sh', '-c', 'exit 5'], cwd=workspace,
                          env=harness.environment(),
                          preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    check_equal((done.returncode, files_of(workspace)), (5, [DEFAULT]), 'SIGCHLD is ignored')
    (workspace / DEFAULT).unlink()
    check_removal_when_killed(workspace)
    workspace.rmdir()


def check_standard_output(directory):
    """Check "-" and /dev/stdout. A process that ends later is not added to a pipe."""
    workspace = directory / 'standard'
    workspace.mkdir()
    for name in ('-', '/dev/stdout'):
        done = harness.run([COMMAND, 'run', '-q', '-o', name, 'echo', 'first'], cwd=workspace,
                           TMPDIR=str(workspace))
        first, _, rest = done.stdout.partition('\n')
        check_equal((done.returncode, done.stderr, first), (0, '', 'first'), f'-o {name}')
        check_equal(json.loads(rest)['tests'][0]['id'], 'echo', f'-o {name}: the results')
        with open('/dev/full', 'w') as full:
            done = subprocess.run([COMMAND, 'run', '-q', '-o', name, 'true'], cwd=workspace, text=True,
                                  stdout=full, stderr=subprocess.PIPE,
                                  env=harness.environment(TMPDIR=str(workspace)))
        named = {'-': 'standard output'}.get(name, name)
        check_equal((done.returncode, done.stderr), (
            2, f'alloc-tracker: {named}: No space left on device\n'), f'-o {name}: a full disk')
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([COMMAND, 'run', '-q', '-o', name, 'true'], cwd=workspace, text=True,
                              stdout=writer, stderr=subprocess.PIPE,
                              env=harness.environment(TMPDIR=str(workspace)))
        os.close(writer)
        check_equal((done.returncode, done.stderr), (
            2, f'alloc-tracker: {named}: Broken pipe\n'), f'-o {name}: a pipe without a reader')
        check_equal(files_of(workspace), [], f'-o {name}: no file remains')
    os.mkfifo(workspace / 'fifo')
    running = start(workspace, '(read line) <fifo & echo ready', '-o', '-', TMPDIR=str(workspace))
    results = json.loads(running.stdout.readline() + running.stdout.readline()
                         + running.stdout.readline())
    check_equal([test['id'] for test in results['tests']], ['sh'], 'a process that ends later')
    check_equal(running.wait(timeout=60), 0, 'the command does not wait for a process that ends later')
    check_equal(files_of(workspace), ['fifo'], 'and the process writes no file')
    with open(workspace / 'fifo', 'w'):
        pass
    (workspace / 'fifo').unlink()
    workspace.rmdir()


def check_outputs(directory):
    (directory / 'target').mkdir()
    (directory / 'target' / 'real.json').touch()
    (directory / 'link').symlink_to('target/real.json')
    done = harness.run([COMMAND, 'run', '-q', '-o', 'link', 'true'], cwd=directory)
    check_equal([done.returncode, done.stderr], [0, ''], '-q prints nothing')
    check((directory / 'link').is_symlink() and (directory / 'target' / 'real.json').read_text(),
          'a symbolic link remains a link')
    done = harness.run([COMMAND, 'run', '-o', '/dev/null', 'true'], cwd=directory)
    check_equal(done.returncode, 0, 'results to a device')
    done = harness.run([COMMAND, 'run', '-q', '-o', '/dev/full', 'true'], cwd=directory)
    check_equal(done.returncode, 2, 'results that cannot be written fail the run')
    check('/dev/full: No space left on device' in done.stderr, 'and the reason is reported', done.stderr)
    done = harness.run([COMMAND, 'run', '-q', '-o', '/dev/full', 'sh', '-c', 'exit 3'],
                       cwd=directory)
    check_equal(done.returncode, 3, "the status of a failing program comes first")
    temporary = directory / 'temporary'
    temporary.mkdir()
    harness.run([COMMAND, 'run', '-q', '-o', '/dev/full', 'true'], TMPDIR=str(temporary))
    check_equal(list(temporary.iterdir()), [], 'the table is removed')
    done = harness.run([COMMAND, 'run', '--help'])
    check_equal([done.returncode, done.stderr], [0, ''], '--help')
    check('alloc-tracker run -- git log' in done.stdout, '--help has examples', done.stdout)
    with open('/dev/full', 'w') as full:
        done = subprocess.run([COMMAND, 'run', '--help'], stdout=full, env=harness.environment())
    check_equal(done.returncode, 2, '--help that cannot be written')


def check_documentation(directory):
    """Check that each command of docs/run.md works."""
    text = (harness.SOURCE / 'docs' / 'run.md').read_text()
    commands = [line for block in re.findall(r'```sh\n(.*?)```', text, re.S)
                for line in block.splitlines()]
    check_equal(len(commands), 4, 'docs/run.md has four commands')
    preload = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
    workspace = directory / 'documentation'
    workspace.mkdir()
    for command in commands:
        done = harness.run(['sh', '-c', command], cwd=workspace, preload=str(preload),
                           PATH=f"{COMMAND.parent}:{os.environ['PATH']}")
        check_equal(done.returncode, 0, f'{command}: {done.stderr}')
    ids = {path.name: [test['id'] for test in json.loads(path.read_text())['tests']]
           for path in workspace.iterdir()}
    check_equal(ids, {DEFAULT: ['git'], 'by-hand.json': ['git'],
                      'listing.json': ['sh', 'sh/date', 'sh/ls']}, 'docs/run.md: the results')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        check_statuses(directory)
        check_gate(directory)
        check_refusals(directory)
        check_signals(directory)
        check_removal(directory)
        check_standard_output(directory)
        check_outputs(directory)
        check_documentation(directory)
    harness.finish()


main()
