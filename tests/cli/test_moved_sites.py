# SPDX-License-Identifier: MIT
"""compare matches call sites by what has not changed: each case is an edit of a program, the call sites
before and after it, and the differences that are listed."""

import pathlib
import tempfile

import made
from harness import check_equal, finish
from made import results, site, test, tool

BIG, SMALL = 'char *big = malloc(5000);', 'char *small = malloc(16);'
NODE, COPY = 'node = malloc(sizeof *node);', 'copy = malloc(length);'


def at(line, text, allocs=1, size=16, function='f', file='a.c', call='malloc'):
    """A call site: its line, the text of the line, and its metrics."""
    return site(call, allocs, size, (function, file, line, text))


# An edit: the call sites before, those after, the listed differences.
CASES = {
    'a line was added above': (
        [at(5, BIG, 1, 5000)], [at(5, SMALL), at(6, BIG, 1, 5000)],
        ['+1 alloc a.c:5 (new), +16 bytes, malloc in f']),
    'a line was added above, and the other one allocates more': (
        [at(5, BIG, 1, 5000)], [at(5, SMALL), at(6, BIG, 3, 15000)],
        ['+2 allocs a.c:6, +10,000 bytes, malloc in f',
         '+1 alloc a.c:5 (new), +16 bytes, malloc in f']),
    'the first line was removed': (
        [at(5, SMALL), at(6, BIG, 1, 5000)], [at(5, BIG, 1, 5000)],
        ['-1 alloc a.c:5 (removed), -16 bytes, malloc in f']),
    'two lines changed places': (
        [at(5, SMALL), at(6, BIG, 1, 5000)], [at(5, BIG, 2, 10000), at(6, SMALL)],
        ['+1 alloc a.c:5, +5,000 bytes, malloc in f']),
    'a block moved to another function of the file': (
        [at(5, NODE), at(6, BIG, 1, 5000), at(50, COPY, 2, 8, 'g')],
        [at(5, NODE), at(49, COPY, 2, 8, 'g'), at(53, BIG, 2, 10000, 'g')],
        ['+1 alloc a.c:53, +5,000 bytes, malloc in g']),
    'a function was renamed': (
        [at(5, NODE), at(6, BIG, 1, 5000), at(7, COPY, 1, 8)],
        [at(9, NODE, 1, 16, 'fill'), at(10, BIG, 2, 10000, 'fill'), at(11, COPY, 1, 8, 'fill')],
        ['+1 alloc a.c:10, +5,000 bytes, malloc in fill']),
    'two functions were renamed': (
        [at(5, NODE, 1, 16, 'a'), at(9, NODE, 2, 32, 'b')],
        [at(5, NODE, 1, 16, 'z'), at(9, NODE, 3, 48, 'y')],
        ['+1 alloc a.c:9, +16 bytes, malloc in y']),
    'a file was renamed': (
        [at(5, NODE), at(6, BIG, 1, 5000)],
        [at(7, NODE, file='b.c'), at(8, BIG, 2, 10000, file='b.c')],
        ['+1 alloc b.c:8, +5,000 bytes, malloc in f']),
    'a line moved to another function of another file': (
        [at(5, NODE), at(6, BIG, 1, 5000)],
        [at(5, NODE), at(90, BIG, 2, 10000, 'g', 'b.c')],
        ['+1 alloc b.c:90, +5,000 bytes, malloc in g']),
    'two calls on one line, one of which allocates more': (
        [at(5, 'f(strdup(a), malloc(2));', 1, 2), at(5, 'f(strdup(a), malloc(2));', 1, 9, call='strdup')],
        [at(6, 'f(strdup(a), malloc(2));', 2, 4), at(6, 'f(strdup(a), malloc(2));', 1, 9, call='strdup')],
        ['+1 alloc a.c:6, +2 bytes, malloc in f']),
    'two equal calls on one line': (
        [site('malloc', 1, 8, ('f', 'a.c', 5, 'g(h(), h());'), ('main', 'a.c', 20)),
         site('malloc', 1, 8, ('f', 'a.c', 5, 'g(h(), h());'), ('main', 'a.c', 21))],
        [site('malloc', 1, 8, ('f', 'a.c', 6, 'g(h(), h());'), ('main', 'a.c', 21)),
         site('malloc', 2, 16, ('f', 'a.c', 6, 'g(h(), h());'), ('main', 'a.c', 22))],
        ['+1 alloc a.c:6, +8 bytes, malloc in f']),
    'equal lines in a function keep their order': (
        [at(5, NODE, 1, 16), at(6, NODE, 2, 32), at(7, NODE, 3, 48)],
        [at(8, NODE, 1, 16), at(9, NODE, 5, 80), at(10, NODE, 3, 48)],
        ['+3 allocs a.c:9, +48 bytes, malloc in f']),
    'an equal line was added: metrics decide': (
        [at(5, NODE, 1, 16), at(6, NODE, 2, 32)],
        [at(5, NODE, 7, 112), at(6, NODE, 1, 16), at(7, NODE, 2, 32)],
        ['+7 allocs a.c:5 (new), +112 bytes, malloc in f']),
    'a line was edited': (
        [at(5, NODE), at(6, 'p = malloc(n);', 1, 8), at(7, BIG, 1, 5000)],
        [at(5, NODE), at(6, 'p = malloc(n + 1);', 1, 9), at(7, BIG, 1, 5000)],
        ['+1 byte a.c:6, malloc in f']),
    'a line was edited between lines that moved': (
        [at(5, NODE), at(6, 'p = malloc(n);', 1, 8), at(7, BIG, 1, 5000)],
        [at(3, SMALL, 4, 64), at(6, NODE), at(7, 'p = malloc(n + 1);', 1, 9), at(8, BIG, 1, 5000)],
        ['+4 allocs a.c:3 (new), +64 bytes, malloc in f', '+1 byte a.c:7, malloc in f']),
    'another call on an edited line': (
        [at(5, NODE), at(6, 'p = malloc(n);', 1, 8)],
        [at(5, NODE), at(6, 'p = calloc(2, n);', 1, 16, call='calloc')],
        ['+8 bytes a.c:6, calloc in f']),
    'another call on an edited line that moved': (
        [at(5, NODE), at(6, 'p = malloc(n);', 1, 8)],
        [at(7, NODE), at(8, 'p = calloc(1, n);', 1, 8, call='calloc')], []),
    'another name of the called function': (
        [at(5, 'v.push_back(i);', 3, 56, call='operator new'), at(6, BIG, 1, 5000)],
        [at(7, 'v.push_back(i);', 4, 120, call='std::vector<int>::push_back(int&&)'), at(8, BIG, 1, 5000)],
        ['+1 alloc a.c:7, +64 bytes, std::vector<int>::push_back(int&&) in f']),
    'other names of two functions that a line calls': (
        [at(5, 'f(a(), b());', 1, 8, call='a'), at(5, 'f(a(), b());', 2, 32, call='b')],
        [at(5, 'f(a(), b());', 1, 8, call='z'), at(5, 'f(a(), b());', 3, 48, call='y')],
        ['+1 alloc a.c:5, +16 bytes, y in f']),
    'two calls on a line became one': (
        [at(5, 'f(a(), b());', 1, 8, call='a'), at(5, 'f(a(), b());', 2, 32, call='b')],
        [at(5, 'f(a(), b());', 3, 48, call='y')],
        ['+3 allocs a.c:5 (new), +48 bytes, y in f', '-1 alloc a.c:5 (removed), -8 bytes, a in f',
         '-2 allocs a.c:5 (removed), -32 bytes, b in f']),
    'a type was renamed that both functions name': (
        [at(5, 'v.push_back(i);', 2, 56, 'fill(v<a>)', call='v<a>::push_back(a)'), at(9, BIG, 1, 5000)],
        [at(6, 'v.push_back(i);', 3, 120, 'fill(v<b>)', call='v<b>::push_back(b)'), at(10, BIG, 1, 5000)],
        ['+1 alloc a.c:6, +64 bytes, v<b>::push_back(b) in fill(v<b>)']),
    'another call in another function': (
        [at(5, 'p = malloc(n);', 1, 8)], [at(5, 'p = calloc(1, n);', 1, 8, 'g', call='calloc')],
        ['+1 alloc a.c:5 (new), +8 bytes, calloc in g', '-1 alloc a.c:5 (removed), -8 bytes, malloc in f']),
    'a line was replaced by one of another function': (
        [at(5, NODE)], [at(5, BIG, 1, 5000, 'g')],
        ['+1 alloc a.c:5 (new), +5,000 bytes, malloc in g',
         '-1 alloc a.c:5 (removed), -16 bytes, malloc in f']),
}

# The same without the text of lines, as older files have it.
WITHOUT_TEXT = {
    'a line was added above': (
        [at(5, None, 1, 5000)], [at(5, None), at(6, None, 1, 5000)],
        ['+1 alloc a.c:5 (new), +16 bytes, malloc in f']),
    'the function moved': (
        [at(5, None, 1, 16), at(6, None, 2, 32)], [at(8, None, 1, 16), at(9, None, 3, 48)],
        ['+1 alloc a.c:9, +16 bytes, malloc in f']),
    'the function was renamed': (
        [at(5, None)], [at(5, None, 2, 32, 'g')], ['+1 alloc a.c:5, +16 bytes, malloc in g']),
    'the file was renamed': (
        [at(5, None)], [at(9, None, 2, 32, file='b.c')], ['+1 alloc b.c:9, +16 bytes, malloc in f']),
    'another call': (
        [at(5, None)], [at(5, None, 2, 32, call='calloc')], ['+1 alloc a.c:5, +16 bytes, calloc in f']),
    'only one of the files has texts': (
        [at(5, None), at(9, None, 2, 32)], [at(6, NODE), at(10, COPY, 3, 48)],
        ['+1 alloc a.c:10, +16 bytes, malloc in f']),
}


def without_missing(sites):
    """Leave out texts that are None."""
    return [(call, count, size, tuple(tuple(v for v in frame if v is not None) for frame in stack), rest)
            for call, count, size, stack, rest in sites]


def check_case(directory, what, before, after, differences):
    base = made.write(directory / 'base.json', results(test('a::b', *without_missing(before))))
    head = made.write(directory / 'head.json', results(test('a::b', *without_missing(after))))
    entries = directory / 'entries'
    entries.unlink(missing_ok=True)
    tool('update', '--baseline', entries, base)
    for path in (base, entries):
        done = tool('compare', path, head)
        made.check_run(what, done, 0, None, '')
        seen = done.stdout.splitlines()
        check_equal([line.strip() for line in seen[1:]], differences, f'{what}: {path.name}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for what, case in CASES.items():
            check_case(pathlib.Path(directory), what, *case)
        for what, case in WITHOUT_TEXT.items():
            check_case(pathlib.Path(directory), f'without text: {what}', *case)
    finish()


main()
