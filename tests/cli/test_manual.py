# SPDX-License-Identifier: MIT
"""Man pages and completions have the subcommands, options and formats of the command. The pages are mdoc
without errors, and the completions run in their shells."""

import re
import subprocess

import made
from harness import STAGE, check, check_equal, finish
from made import tool

COMMANDS = ['run', 'show', 'merge', 'compare', 'check', 'update']
HELP = {command: tool(command, '--help').stdout for command in COMMANDS}


def options_of(command):
    return set(re.findall(r'--[a-z]+', HELP[command].split('\n\n')[2]))


def formats_of(command):
    found = re.search(r'--format FORMAT +(.*?)\n  -', HELP[command], re.DOTALL)
    words = re.sub(r'\(.*?\)', '', found.group(1)) if found else ''
    return [word.strip() for word in words.split(',') if word.strip() and '--' not in word]


def check_pages():
    pages = {page.name: page.read_text() for page in STAGE.glob('**/man1/*.1')}
    check_equal(set(pages), {'alloc-tracker.1', *(f'alloc-tracker-{c}.1' for c in COMMANDS)},
                'the pages that are installed')
    for name, text in pages.items():
        lint = subprocess.run(['mandoc', '-Tlint', '-Wwarning'], input=text, stdout=subprocess.PIPE,
                              text=True)
        check_equal(lint.stdout, '', f'{name}: mandoc finds nothing')
    for command in COMMANDS:
        text = pages[f'alloc-tracker-{command}.1']
        summary = HELP[command].split('\n\n')[1].rstrip('.')
        check(re.search(rf'^\.Nd {re.escape(summary)}$', text, re.MULTILINE | re.IGNORECASE)
              and f'\n{summary}; see\n' in pages['alloc-tracker.1'],
              f'{command}: the pages give the summary of --help', summary)
        tagged = set()
        for line in re.findall(r'^\.It (Fl .*)', text, re.MULTILINE):
            tagged |= {f'--{name}' for name in re.findall(r'Fl -([a-z]+)', line)}
        check_equal(tagged, options_of(command), f'{command}: the options of its page')
        for name in formats_of(command):
            check(re.search(rf'^\.(?:It )?Cm {name}\b', text, re.MULTILINE), f'{command}: format {name}')
    listed = re.findall(r'^\.It Cm (\w+)', pages['alloc-tracker.1'], re.MULTILINE)
    check_equal(listed, COMMANDS, 'alloc-tracker.1 lists the commands')


def complete_in_bash(*words):
    """Return the words that bash offers for the last word."""
    script = next(STAGE.glob('**/bash-completion/completions/alloc-tracker'))
    line = ' '.join(f"'{word}'" for word in words)
    code = (f'. {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _alloc_tracker; '
            'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(['bash', '-c', code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return done.stdout.split()


def check_bash():
    check_equal(complete_in_bash('alloc-tracker', ''), [*COMMANDS, '--help', '--version'], 'commands')
    for command in COMMANDS:
        check_equal(set(complete_in_bash('alloc-tracker', command, '--')), options_of(command),
                    f'bash: the options of {command}')
        if '--format' in options_of(command):
            check_equal(complete_in_bash('alloc-tracker', command, '--format', ''), formats_of(command),
                        f'bash: the formats of {command}')
    check_equal(complete_in_bash('alloc-tracker', 'check', '--allow', 'by'), ['bytes+'], 'bash: a metric')


def check_zsh():
    path = next(STAGE.glob('**/zsh/site-functions/_alloc-tracker'))
    done = subprocess.run(['zsh', '-n', path], stderr=subprocess.PIPE, text=True)
    check_equal((done.returncode, done.stderr), (0, ''), 'zsh: it parses')
    parts = re.split(r'^        (\w+)\)$', path.read_text(), flags=re.MULTILINE)
    check_equal(parts[1::2], COMMANDS, 'zsh: the commands')
    for command, text in zip(parts[1::2], parts[2::2]):
        check_equal(set(re.findall(r'(--[a-z]+)(?=[}\[])', text)), options_of(command),
                    f'zsh: the options of {command}')
        offered = re.search(r'format:\((.*?)\)', text)
        check_equal(offered.group(1).split() if offered else [], formats_of(command),
                    f'zsh: the formats of {command}')


def main():
    check_equal(formats_of('check')[3], 'github', 'the formats are read from the help')
    check_pages()
    check_bash()
    check_zsh()
    finish()


main()
