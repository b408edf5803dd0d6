# SPDX-License-Identifier: MIT
"""The house of docs/architecture.md: a room takes headers and names only from rooms before it,
no two rooms take from each other, and files and functions keep their sizes.

Which names a room takes is read from its object files, so a name that a macro makes counts too. A
name that libc defines as well, `free` say, is libc's to all but the room that defines it anew."""

import collections
import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import BUILD, SOURCE, check, check_equal

# From the bottom up. A room may take from those on lower floors only: `shared` may not take from
# `worker`, and rooms on the same floor, `runner` and `worker`, may not take from each other.
FLOORS = [['include'], ['base'], ['unwind'], ['attribution'], ['symbols'], ['track'], ['guard'],
          ['interpose'], ['session'], ['verdict'], ['results'], ['preload'],
          ['criterion-plugin/include'], ['criterion-plugin/shared'],
          ['criterion-plugin/runner', 'criterion-plugin/worker'], ['criterion-plugin/sweep'],
          ['cli']]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ROOMS = ['criterion-plugin', 'include', 'src']
LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def room_of(path):
    parts = path.relative_to(SOURCE).parts
    if parts[0] == 'criterion-plugin':
        return '/'.join(parts[:2])
    return parts[1] if parts[0] == 'src' else parts[0]


def sources(*folders):
    return [path for folder in folders for path in sorted((SOURCE / folder).rglob('*'))
            if path.suffix in ('.c', '.h', '.cpp', '.py', '.sh')]


def arrows_of_headers():
    """(taking room, giving room, what) for each #include."""
    for path in sources(*ROOMS):
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE):
            for root in ('src', 'include', 'criterion-plugin', 'criterion-plugin/include'):
                header = SOURCE / root / name
                if header.exists():
                    yield room_of(path), room_of(header), f'{path.name} includes {name}'


def symbols_of_objects():
    """{name: rooms}: who defines it, who takes it and in which file."""
    defined, taken = collections.defaultdict(set), collections.defaultdict(set)
    for entry in json.loads((BUILD / 'compile_commands.json').read_text()):
        source = pathlib.Path(os.path.normpath(BUILD / entry['file']))
        item = BUILD / entry['output']
        if SOURCE not in source.parents or BUILD in source.parents or not item.exists():
            continue
        room = room_of(source)
        if room not in FLOOR:
            continue
        listed = subprocess.run(['nm', '-P', item], check=True, stdout=subprocess.PIPE, text=True)
        for line in listed.stdout.splitlines():
            name, kind = line.split()[:2]
            if kind in 'Uw':
                taken[name].add((room, source.name))
            elif kind.isupper():
                defined[name].add(room)
    return defined, taken


def arrows_of_names():
    libc = ctypes.CDLL(None)
    defined, taken = symbols_of_objects()
    check(len(defined) > 300, 'the objects of this build were found', len(defined))
    for name, rooms in defined.items():
        if name.startswith('_Z') or hasattr(libc, name):
            continue
        for room, source in taken[name]:
            if room not in rooms:
                for giving in rooms:
                    yield room, giving, f'{source} takes {name}'


def check_floors():
    arrows = list(arrows_of_headers()) + list(arrows_of_names())
    check(len({arrow[:2] for arrow in arrows}) > 20, 'the rooms take from each other', arrows[:5])
    upward = sorted({f'{taking} -> {giving}: {what}' for taking, giving, what in arrows
                     if taking != giving and FLOOR[giving] >= FLOOR[taking]})
    check_equal(upward, [], 'no arrow points up or sideways')
    described = (SOURCE / 'docs' / 'architecture.md').read_text()
    for room in FLOOR:
        check(re.search(rf'^\| `(src/)?{room}/', described, re.MULTILINE),
              f'docs/architecture.md lists the contents of {room}/')


def functions_of(path):
    """(name, lines) of each function: clang-format puts its braces into the first column."""
    lines = path.read_text().splitlines()
    begin = None
    for number, line in enumerate(lines):
        if line == '{':
            begin = number
        elif line == '}' and begin is not None:
            yield lines[begin - 1].strip(), number - begin + 1
            begin = None


def check_sizes():
    for path in sources(*ROOMS, 'bench', 'examples', 'scripts', 'tests'):
        name = path.relative_to(SOURCE)
        lines = path.read_text().splitlines()
        reason = any('One file, since' in line for line in lines[:12])
        check(len(lines) <= LONGEST_FILE or reason, f'{name}: at most {LONGEST_FILE} lines',
              f'{len(lines)}; a longer file begins with its reason, "One file, since ..."')
        if path.suffix in ('.c', '.cpp'):
            for head, length in functions_of(path):
                check(length <= LONGEST_FUNCTION, f'{name}: {head}', f'{length} lines')


def main():
    check_floors()
    check_sizes()
    harness.finish()


main()
