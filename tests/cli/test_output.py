# SPDX-License-Identifier: MIT
"""If output cannot be written, the command prints the reason and returns 2, and the old file remains: a
full disk, a closed standard output, a directory without write access, an interruption."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import termios

import made
from harness import check, check_equal, finish


def check_streams(results, base):
    commands = {
        'show': ['show', results], 'check': ['check', '--baseline', base, results],
        'compare': ['compare', results, results], 'merge': ['merge', '-o', '-', results],
        '--help': ['--help'], '--version': ['--version'], 'show --help': ['show', '--help'],
        'show --format': ['show', '--format', 'json', results],
    }
    for name, arguments in commands.items():
        with open('/dev/full', 'w') as full:
            made.check_run(f'{name} > /dev/full', made.tool(*arguments, stdout=full), 2, None,
                           'alloc-tracker: standard output: No space left on device\n')
        done = made.tool(*arguments, stdout=None, preexec_fn=lambda: os.close(1))
        made.check_run(f'{name} >&-', done, 2, None,
                       'alloc-tracker: standard output: Bad file descriptor\n')
    for name, arguments in {'merge': ['-o', '/dev/full', results],
                            'show': ['--format', 'html', '-o', '/dev/full', results]}.items():
        done = made.tool(name, *arguments)
        made.check_run(f'{name} -o /dev/full', done, 2, '',
                       'alloc-tracker: /dev/full: No space left on device\n')
        arguments[arguments.index('/dev/full')] = '-'
        dashed, named = made.tool(name, *arguments), made.tool(name, *arguments[:-3], results)
        check(dashed.returncode == 0 and dashed.stdout, f'{name} -o -', dashed)
        if name == 'show':
            check_equal(dashed.stdout, named.stdout, 'show -o - is show without -o')


def check_input(directory, results, base):
    """The file "-" is standard input, and can be given once."""
    for arguments in (['show', '-'], ['merge', '-o', '-', '-'], ['compare', results, '-'],
                      ['check', '--baseline', base, '-'], ['check', '--baseline', '-', results],
                      ['update', '--baseline', directory / 'from', '-']):
        path = base if arguments[:3] == ['check', '--baseline', '-'] else results
        with open(path) as file:
            made.check_run(f'{arguments[0]} -', made.tool(*arguments, stdin=file), 0)
    with open(results) as file:
        made.check_run('- twice', made.tool('compare', '-', '-', stdin=file), 2, '',
                       'alloc-tracker: (standard input):1:1: "-" is given twice, but can be read only'
                       ' once; name a file\n')
    printed = made.tool('update', '--baseline', '-', results)
    made.check_run('update --baseline -', printed, 0, (directory / 'from').read_text())
    (directory / 'from').unlink()


def check_summary(results, base):
    """The command fails if the step summary cannot be written."""
    env = {'GITHUB_STEP_SUMMARY': '/dev/full'}
    done = made.tool('check', '--format', 'github', '--baseline', base, results, env=env)
    made.check_run('a full step summary', done, 2, '',
                   'alloc-tracker: /dev/full: No space left on device\n')


def check_unwritable(directory, results, base):
    locked = directory / 'locked'
    locked.mkdir()
    shutil.copy(base, locked / 'base')
    tool = directory / 'tool'
    shutil.copy(made.TOOL, tool)
    locked.chmod(0o555)
    directory.chmod(0o755)
    user = {'user': 'nobody', 'extra_groups': []} if os.geteuid() == 0 else {}
    for name, arguments in (('update', ['--baseline', locked / 'base']),
                            ('merge', ['-o', locked / 'new'])):
        done = subprocess.run([tool, name, *arguments, results], capture_output=True, text=True,
                              **user)
        check_equal(done.returncode, 2, f'{name} in a locked directory: exit status')
        check(done.stderr.endswith(f'alloc-tracker: {arguments[1]}: Permission denied\n'),
              f'{name} in a locked directory: the reason', done.stderr)
    check_equal((locked / 'base').read_text(), base.read_text(), 'the locked file is unchanged')
    check_equal([path.name for path in locked.iterdir()], ['base'], 'no other file is left')
    locked.chmod(0o755)


def check_interrupted(directory, content, base):
    """A signal arrives while the command waits for more input from a pipe."""
    before = base.read_text()
    for number in (signal.SIGINT, signal.SIGTERM):
        fifo = directory / f'fifo{number}'
        os.mkfifo(fifo)
        child = subprocess.Popen([made.TOOL, 'update', '--baseline', base, fifo],
                                 stderr=subprocess.DEVNULL)
        with open(fifo, 'w') as pipe:
            pipe.write(content[:len(content) // 2])
            pipe.flush()
            while struct.unpack('i', fcntl.ioctl(pipe, termios.FIONREAD, b'\0' * 4))[0]:
                os.sched_yield()
            child.send_signal(number)
            check_equal(child.wait(timeout=60), -number, f'signal {number} ends it')
        check_equal(base.read_text(), before, f'signal {number}: the old file is unchanged')
        check_equal(sorted(path.name for path in base.parent.iterdir()), ['base'],
                    f'signal {number}: no other file is left')


def check_interrupted_writing(directory, results, base):
    """An interrupt during the write takes effect when the new file is complete."""
    before = base.read_text()
    done = subprocess.run(['strace', '-qq', '-o', directory / 'trace', '-e', 'trace=fsync', '-e',
                           'inject=fsync:signal=SIGINT', made.TOOL, 'update', '--baseline', base,
                           results], stderr=subprocess.DEVNULL)
    check_equal(done.returncode, -signal.SIGINT, 'interrupted while writing: the signal ends the command')
    check('"allocs":1,' in base.read_text() and '"allocs":1,' not in before, 'the new file is whole',
          base.read_text())
    check_equal([path.name for path in base.parent.iterdir()], ['base'], 'no other file is left')
    fifo = directory / 'fifo'
    os.mkfifo(fifo)
    child = subprocess.Popen([made.TOOL, 'merge', '-o', fifo, results])
    with open(f'/proc/{child.pid}/stat') as state:
        while state.read().rsplit(')', 1)[1].split()[0] != 'S':
            state.seek(0)
    child.send_signal(signal.SIGINT)
    check_equal(child.wait(timeout=60), -signal.SIGINT, 'writing to a pipe without a reader can be interrupted')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        content = made.results(made.test('a::b', made.site('malloc', 2, 16, ('f', 'a.c', 3))))
        results = made.write(directory / 'results.json', content)
        (directory / 'kept').mkdir()
        base = directory / 'kept' / 'base'
        made.check_run('update', made.tool('update', '--baseline', base, results), 0, '',
                       'alloc-tracker: 1 updated, 0 removed\n')
        check_streams(results, base)
        check_input(directory, results, base)
        check_summary(results, base)
        check_unwritable(directory, results, base)
        content['tests'][0]['usage']['allocs'] = 1
        check_interrupted(directory, json.dumps(content), base)
        check_interrupted_writing(directory, made.write(results, content), base)
        link = directory / 'link'
        link.symlink_to(base)
        base.chmod(0o640)
        made.tool('update', '--baseline', link, made.write(results, content))
        check(link.is_symlink(), 'a symbolic link remains')
        check('"allocs":1,' in base.read_text(), 'and its target is replaced', base.read_text())
        check_equal(base.stat().st_mode & 0o777, 0o640, 'with its mode')
    finish()


main()
