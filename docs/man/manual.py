# SPDX-License-Identifier: MIT
"""Writes the section 3 manual page of a public header, in mdoc. The text is that of the header's
comments, so the page and the header cannot differ. The example is that of the header's page in
docs/reference, which a test compiles and runs.

    manual.py PAGE ALL,PAGES HEADER [REFERENCE.md] >PAGE.3
"""

import pathlib
import re
import string
import sys
import textwrap

VERSION = re.search(r"^    version: '(.*)',$", (pathlib.Path(__file__).parents[2] / 'meson.build').read_text(),
                    re.MULTILINE)[1]
DATE = 'November 29, 2026'
# The space between two sentences, but not the space after an initial ("J. Doe").
SENTENCES = re.compile(r'(?<=[.!?])(?<! [A-Z]\.)(?<!\([A-Z]\.) +(?=[A-Z"(`])')
INTERNAL = 'not for direct use'
PRIVATE_MEMBER = re.compile(r'^    [^;\n]*\bcri_\w+;.*\n', re.MULTILINE)
DECLARATION = re.compile(r'^#define (?:[^\n]*\\\n)*[^\n]*'
                         r'|^(?:struct|enum) \w+ \{\n.*?^\};'
                         r'|^(?:AT_API|typedef)\b[^;]*;', re.MULTILINE | re.DOTALL)


class Group:
    """Declarations between two empty lines, and the comment above them."""

    def __init__(self, block):
        found = re.match(r'\s*(/\*.*?\*/)\n?', block, re.DOTALL)
        self.comment = plain(found[1]) if found else ''
        self.declarations = DECLARATION.findall(block[found.end():] if found else block)

    def is_public(self):
        hidden = INTERNAL in ' '.join(self.comment.lower().split())
        return not hidden and (any(self.functions()) or any(self.types()))

    def functions(self):
        """Yield (type, name, parameters) of each function and macro. The type of a macro is None."""
        for text in self.declarations:
            macro = re.match(r'#define (?:CRI_ASSERT_SPECIFIER_)?(\w+)(?:\((.*?)\))?', text)
            function = re.match(r'AT_API\s+(.*?)(\w+)\((.*)\)', text, re.DOTALL)
            if macro and macro[1].islower():
                yield None, macro[1], macro[2]
            elif function:
                yield function[1].strip(), function[2], ' '.join(function[3].split())

    def types(self):
        return [text for text in self.declarations if not text.startswith(('AT_API', '#'))]


def plain(comment):
    """Return the text of a comment without its markers. Indentation inside it remains."""
    first, *rest = comment.removeprefix('/*').removesuffix('*/').split('\n')
    lines = [re.sub(r'^ \* ?|^   ', '', line).rstrip() for line in rest]
    return '\n'.join(filter(None, [first.strip(), '\n'.join(lines).strip('\n')]))


def escape(text):
    return text.replace('\\', '\\e').replace('-', '\\-')


def guard(line):
    """Return the line, escaped if it begins like a macro."""
    return '\\&' + line if line.startswith(('.', "'")) else line


def wrap(text):
    """Yield lines of at most 78 bytes. mandoc counts a character outside ASCII as an escape."""
    line = ''
    for word in re.sub(r'`([^`]+)`', r'\\fI\1\\fR', escape(text)).split():
        if line and len(re.sub(r'[^\0-~]', r'\\[u0000]', f'{line} {word}')) > 78:
            yield line
            line = ''
        line = f'{line} {word}' if line else guard(word)
    if line:
        yield line


def words(sentence):
    """Yield the lines of a sentence. Each name of a function has a line of its own."""
    parts = re.split(r'(?:^| )(\w+)\(\)(\S*)', sentence)
    for text, name, after in zip(parts[::3], [*parts[1::3], ''], [*parts[2::3], '']):
        yield from wrap(text)
        if name:
            yield ' '.join(['.Fn', name, *after])


def paragraph(text):
    """Yield the sentences of a paragraph. mdoc requires that each begins on a new line."""
    for sentence in SENTENCES.split(' '.join(text.split())):
        yield from words(sentence)


def literal(text):
    return ['.Bd -literal -offset indent', *map(guard, escape(text).split('\n')), '.Ed']


def prose(comment):
    """Yield a comment as paragraphs, and its indented parts as examples."""
    for number, part in enumerate(re.split(r'\n\s*\n', comment)):
        if all(line.startswith('    ') for line in part.split('\n')):
            yield from literal(textwrap.dedent(part))
            continue
        if number:
            yield '.Pp'
        yield from paragraph(part)


def synopsis(group):
    for kind, name, parameters in group.functions():
        if kind:
            yield f'.Ft {kind}'
        if parameters is None:
            yield from ('.Pp', f'.Ic {name} {{ ... }}', '.Pp')
            continue
        names = re.split(r', *', parameters) if parameters else []
        yield ' '.join([f'.Fn {name}', *(f'"{escape(each)}"' for each in names)])


def described(group):
    names = [name for _, name, _ in group.functions()]
    if names:
        yield '.Ss ' + ' , '.join(names)
    elif group.types():
        found = re.match(r'typedef [^;]*?(\w+);|((?:struct|enum) \w+)', group.types()[0])
        yield '.Ss ' + (found[1] or found[2])
    yield from prose(group.comment)
    for text in group.types():
        yield from literal(PRIVATE_MEMBER.sub('', text))


def page(title, others, header, reference):
    licence, text = header.read_text().split('/* ---- what the macros call')[0].split('\n', 1)
    head = re.match(r'/\*.*?\*/', text, re.DOTALL)[0]
    groups = [each for each in map(Group, text[len(head):].split('\n\n')) if each.is_public()]
    intro = plain(head)
    summary = re.match(r'(.*?)[.?](\s|$)', intro, re.DOTALL)[1]
    yield '.\\" ' + licence.strip('/* ')
    yield from (f'.Dd {DATE}', f'.Dt {title.upper()} 3', f'.Os alloc_tracker {VERSION}', '.Sh NAME')
    names = [name for group in groups for _, name, _ in group.functions()] or [title]
    yield from (f'.Nm {name}{" ," if name != names[-1] else ""}' for name in names)
    yield f'.Nd {" ".join(summary.split())[0].lower() + " ".join(summary.split())[1:]}'
    yield from ('.Sh SYNOPSIS', f'.In alloc_tracker/{header.name}')
    for group in groups:
        yield from synopsis(group)
    yield '.Sh DESCRIPTION'
    first, _, rest = intro.partition('\n\n')
    is_repeated = first.rstrip('.?') == summary and rest.startswith(tuple(string.ascii_letters))
    yield from prose(rest if is_repeated else intro)
    for group in groups:
        if group.comment or group.types():
            yield from described(group)
    if reference:
        example = re.search(r'^```c\n(.*?)^```$', reference.read_text(), re.MULTILINE | re.DOTALL)
        yield from ('.Sh EXAMPLES', *literal(example[1].strip('\n')))
    others = sorted(set(others) - {title})
    yield '.Sh SEE ALSO'
    yield from (f'.Xr {name} 3{" ," if name != others[-1] else ""}' for name in others)


def main():
    title, others, header, *reference = sys.argv[1:]
    paths = [pathlib.Path(each) for each in (header, *reference)]
    print('\n'.join(page(title, others.split(','), paths[0], *(paths[1:] or [None]))))


main()
