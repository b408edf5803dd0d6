# SPDX-License-Identifier: MIT
"""The command line: every subcommand has help with an example, and every error a reason and a hint."""

import re

import made
from harness import check, check_equal, finish

COMMANDS = ['run', 'show', 'merge', 'compare', 'check', 'update']

# Arguments, and the first line of the error.
MISUSES = {
    (): 'a command is missing; `alloc-tracker --help` lists the commands',
    ('chekc',): 'no command "chekc"; `alloc-tracker --help` lists the commands',
    ('run',): 'no PROGRAM',
    ('show',): 'no FILE',
    ('show', '--formt', 'text', 'x'): 'unknown option --formt',
    ('show', '-z', 'x'): 'unknown option -z',
    ('show', 'x', '--format'): 'option --format needs a value',
    ('show', '--format', 'yaml', 'x'):
        '--format is one of text, markdown, json, folded, speedscope, html, bencher,'
        ' github-action-benchmark, not "yaml"',
    ('show', '--by', 'live', 'x'): '--by is one of bytes, allocs, peak, leaks, not "live"',
    **{('show', '--by', 'peak', '--format', name, 'x'):
       '--by needs a format with call sites: text, markdown, folded, speedscope, html'
       for name in ('json', 'bencher', 'github-action-benchmark')},
    ('merge', 'x'): 'no -o OUT',
    ('merge', '-o', 'x'): 'no FILE',
    ('compare', 'x'): 'expected two files, BASE and HEAD',
    ('compare', 'x', 'y', 'z'): 'expected two files, BASE and HEAD',
    ('check', 'x'): 'no --baseline FILE',
    ('check', '--baseline', 'x'): 'no RESULTS',
    ('check', '--baseline', 'x', '--allow', 'allocs', 'y'):
        '--allow expects allocs+2 or bytes+5%, not "allocs"',
    ('check', '--baseline', 'x', '--allow', 'frees+1', 'y'):
        '--allow expects allocs+2 or bytes+5%, not "frees+1"',
    ('check', '--baseline', 'x', '--format', 'folded', 'y'):
        '--format is one of text, markdown, json, github, bencher, github-action-benchmark,'
        ' not "folded"',
    ('update', 'x'): 'no --baseline FILE',
    ('update', '--baseline', 'x'): 'no RESULTS',
}


def main():
    help_text = made.tool('--help')
    check_equal((help_text.returncode, help_text.stderr), (0, ''), '--help')
    for command in COMMANDS:
        check(f'\n  {command:8}  ' in help_text.stdout, f'--help lists {command}', help_text.stdout)
        for option in ('--help', '-h'):
            done = made.tool(command, option)
            check_equal((done.returncode, done.stderr), (0, ''), f'{command} {option}')
            check(done.stdout.startswith(f'usage: alloc-tracker {command} '), f'{command}: usage')
            check(f'\n  alloc-tracker {command} ' in done.stdout, f'{command}: an example',
                  done.stdout)
    version = made.tool('--version')
    check(re.fullmatch(r'alloc-tracker \d+\.\d+\.\d+\n', version.stdout), '--version', version.stdout)
    check_equal((version.returncode, version.stderr), (0, ''), '--version: status')
    for arguments, reason in MISUSES.items():
        what = ' '.join(('alloc-tracker', *arguments))
        done = made.tool(*arguments)
        check_equal((done.returncode, done.stdout), (2, ''), what)
        check_equal(done.stderr.splitlines()[0], f'alloc-tracker: {reason}', f'{what}: the reason')
        if arguments and arguments[0] in COMMANDS:
            check_equal(done.stderr.splitlines()[2], f'Try `alloc-tracker {arguments[0]} --help`.',
                        f'{what}: the hint')
    finish()


main()
