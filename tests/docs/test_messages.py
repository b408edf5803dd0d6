# SPDX-License-Identifier: MIT
"""docs/messages.md and the code have the same messages.

A message is a string literal of at least three words in the C code of the core, the plugin and the
command. Each fixed part of three words or more must be in the page, and each message of the page must be
made of literals of the code. Literals that no user reads are left out: assembler, static assertions, the
usage texts of subcommands, and the few of EXCEPTIONS."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

PAGE = SOURCE / 'docs' / 'messages.md'
EXCEPTIONS = {  # a literal's beginning, and why it is not a message
    'std::basic_string': 'a name that the demangler replaces',
    'trial_file:4102: trial': 'text of the trial of Criterion\'s writers',
    'terminate called after throwing': 'the text of libstdc++',
    'alloc_tracker probe 123': 'a string that the probe formats',
    'alloc_tracker: the stack cache': 'only in builds with -Dcheck_stacks=true',
    'alloc_tracker measures this test': 'a mark that no user reads',
    'usage: alloc-tracker': 'the usage text of the command',
    '`alloc-tracker COMMAND --help`': 'the usage text of the command',
}
LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
LITERALS = re.compile(rf'{LITERAL.pattern}(?:\s*(?:PRI\w+\s*)?{LITERAL.pattern})*')
NOT_READ = (r'/\*.*?\*/', r"'(?:[^'\\\n]|\\.)'", r'__asm__[^;]*;', r'_Static_assert\([^;]*;', r'#include [^\n]*',
            r'const struct cli_command \w+ = \{.*?\n\};')
DIRECTIVE = re.compile(r'%[-+ 0-9.*]*(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|\\n|\\t')


def without_unread(text):
    """The code without comments and without literals that no user reads."""
    return re.sub('|'.join([LITERAL.pattern, *NOT_READ]),
                  lambda m: m.group() if m.group()[0] == '"' else ' ', text, flags=re.DOTALL)


def plain(text):
    text = text.replace('\\"', '"').replace('\\\\', '\\').replace('%%', '%').replace('`', '')
    return ' '.join(text.split())


def n_words(text):
    return sum(bool(re.search(r'[a-z]{2}|^[A-Z]+$', word)) for word in text.split())


def literals():
    """(where, fixed parts) of each literal of the code."""
    for path in sorted([*SOURCE.glob('src/*/*.[ch]'), *SOURCE.glob('criterion-plugin/**/*.[ch]')]):
        for match in LITERALS.finditer(without_unread(path.read_text())):
            text = ''.join(piece[1:-1] for piece in LITERAL.findall(match.group()))
            if not plain(text.replace('\\n', ' ')).startswith(tuple(map(plain, EXCEPTIONS))):
                parts = [plain(part).strip(' :;,."()') for part in DIRECTIVE.split(text)]
                yield str(path.relative_to(SOURCE)), [part for part in parts if part]


def messages():
    """The messages of the page, several in a row's first cell."""
    for row in re.findall(r'^\| (`.*?`) \| ', PAGE.read_text(), re.MULTILINE):
        yield from (text for _, text in re.findall(r'(`+) ?(.+?) ?\1(?!`)', row))


def uncovered(message, parts):
    """The words of a message that are in no part of the code. `parts`: the longest first."""
    left = re.sub(r'<[^<>= ]*>|<\.\.\.>', '\0', message)
    for part in parts:
        if part in left:
            left = left.replace(part, '\0')
    return re.findall(r'[A-Za-z]{2,}', left)


def main():
    shown = [plain(message) for message in messages()]
    page = '\n'.join(shown)
    found = list(literals())
    check(len(found) > 500 and len(shown) > 100, 'literals and messages', (len(found), len(shown)))
    missing = sorted({f'{where}: {part}' for where, parts in found for part in parts
                      if n_words(part) >= 3 and part not in page})
    check_equal(missing, [], 'docs/messages.md has each message of the code')
    parts = sorted({part for _, parts in found for part in parts if re.search('[A-Za-z]', part)},
                   key=len, reverse=True)
    stale = [message for message in shown if uncovered(message, parts)]
    check_equal(stale, [], 'the code has each message of docs/messages.md')
    harness.finish()


main()
