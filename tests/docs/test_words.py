# SPDX-License-Identifier: MIT
"""The words of CONTRIBUTING.md are used everywhere: no file contains a retired identifier, and no prose a
retired phrase. Prose is documents, man pages, comments and string literals. In documents, no sentence has a clause
with "what" or "who" as its subject."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import BUILD, SOURCE, check, check_equal

# Each word is in two halves, so that this file does not contain the word.
IDENTIFIERS = [first + second for first, second in (
    ('at_thread_', 'usage'), ('at_process_', 'usage'), ('at_is_', 'tracking'), ('at_', 'place'),
    ('at_', 'entry'), ('at_', 'beneath'), ('at_frame_', 'guard'), ('criterion_alloc_', 'board'),
    ('criterion_alloc_', 'slot'), ('tick', 'et'), ('dis', 'trusted'))]
RETIRED = re.compile('|'.join(rf'(?<![A-Za-z0-9_]){name}' if name.startswith(('at_', 'criterion_'))
                              else rf'(?<![a-z])(?i:{name})' for name in IDENTIFIERS))

PHRASES = re.compile('|'.join((
    r'\b(?:is|are|was|were|be|been|being) ' 'told' r'\b',
    r'\b' 'tel' r'ls? (?:the|which|how)\b',
    r'\bstan' r'ds? in\b',
    r'\bcharged ' 'to' r'\b',
    r'\bwhat (?:it|they) ' 'say' r's?\b',
    r'\bwho' 'ever' r'\b',
    r'\bmen' r'd(?:s|ed|ing)?\b',
    r'\bdea' r'r(?:er|est)?\b',
    r'\bfig' r'ures?\b')), re.IGNORECASE)

SUBJECT = re.compile(r'(?:^|[.!?:;]\s+|\|\s*|^\s*[-*]\s+|^#+ )(?:\*\*)?(?:What|Who(?:ever)?)\b[^.!?|]*[.!?|]?',
                     re.MULTILINE)

DOCUMENTS = ('.md',)
MANUALS = ('.1', '.3')
CODE = ('.c', '.h', '.cpp', '.S', '.py', '.sh', '.toml', '.build', '.supp', '.txt', '.yml')
NEVER = ('build', '.git', 'corpus', '__pycache__')

C_PROSE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"', re.DOTALL)
SCRIPT_PROSE = re.compile(r"#[^\n]*|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


def files():
    """Return (name, text) of each text file of the tree, without builds."""
    for path in sorted(SOURCE.rglob('*')):
        name = path.relative_to(SOURCE)
        if (path.is_file() and BUILD not in path.parents
                and not any(part.startswith(NEVER) for part in name.parts)):
            try:
                yield name, path.read_text()
            except UnicodeDecodeError:
                continue


def prose_of(name, text):
    """The prose of a file: each piece with its position."""
    if name.suffix in DOCUMENTS:
        text = re.sub(r'^```.*?^```$', lambda m: re.sub(r'[^\n]', ' ', m.group()), text,
                      flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r'`[^`\n]*`', lambda m: '`' + '_' * (len(m.group()) - 2) + '`', text)
        yield 0, text
    elif name.suffix in MANUALS:
        yield 0, text
    elif name.suffix in CODE:
        pattern = C_PROSE if name.suffix in ('.c', '.h', '.cpp', '.S') else SCRIPT_PROSE
        for match in pattern.finditer(text):
            yield match.start(), re.sub(r'\n\s*(?:\*|#)', lambda m: ' ' * len(m.group()), match.group())


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def retired_phrases(name, text):
    for start, piece in prose_of(name, text):
        for match in PHRASES.finditer(re.sub(r'\s', ' ', piece)):
            yield f'{name}:{line_of(text, start + match.start())}: {match.group()}'


def subjects(name, text):
    """The sentences whose subject is a clause with one of three words. A question may begin so."""
    if name.suffix in DOCUMENTS:
        [(_, piece)] = prose_of(name, text)
        for match in SUBJECT.finditer(piece):
            if not match.group().endswith('?'):
                yield f'{name}:{line_of(piece, match.start() + 1)}: {match.group()[:60]!r}'


def main():
    names, phrases, starts, n_files = [], [], [], 0
    for name, text in files():
        n_files += 1
        names += [f'{name}:{line_of(text, match.start())}: {match.group()}'
                  for match in RETIRED.finditer(text)]
        phrases += retired_phrases(name, text)
        starts += subjects(name, text)
    check(n_files > 300, 'the files of the tree are found', n_files)
    check_equal(names, [], 'no retired identifier')
    check_equal(phrases, [], 'no retired phrase')
    check_equal(starts, [], 'no sentence has "What" or "Who" as its subject')
    harness.finish()


main()
