# SPDX-License-Identifier: MIT
"""Replaced operators new and delete. Each program of the table runs without the library, linked with the core,
and under `alloc-tracker run`. Its output, its exit status and the called operators are the same. The
counters equal those of an oracle without the library. A program whose operators do not always call malloc is
refused with a reason."""

import concurrent.futures
import itertools
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent / 'operators'
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
ORACLE = None  # the path of the preload object

NEW, DELETE = 64, 32
SETS = {  # see operators.cpp
    'none': 0,
    'one object': NEW + DELETE + 1,
    'one object, sized': NEW + DELETE + 1 + 16,
    'arrays': NEW + DELETE + 2,
    'both': NEW + DELETE + 3,
    'both, sized': NEW + DELETE + 3 + 16,
    'both, nothrow': NEW + DELETE + 3 + 4,
    'aligned': NEW + DELETE + 128 + 8 + 3,
    'aligned arrays': NEW + DELETE + 128 + 8 + 2,
    'nothrow': NEW + DELETE + 256 + 4 + 3,
    'all': NEW + DELETE + 1 + 2 + 4 + 8 + 16,
    'only new': NEW + 3 + 4,
    'only delete': DELETE + 3 + 4 + 16,
}
WHOLE = ['one object', 'one object, sized', 'arrays', 'both', 'both, sized', 'aligned',
         'aligned arrays', 'all', 'both, nothrow']  # these operators release their own blocks
MEMORIES = {'malloc': list(SETS), 'rounded': list(SETS), 'header': WHOLE,
            'arena': WHOLE, 'slab': WHOLE, 'node': ['one object', 'all'],
            'large': ['both', 'aligned']}
STANDARDS = ['c++11', 'c++14', 'c++17', 'c++20']
PLACES = ['executable', 'static library', 'shared library', 'opened', 'opened globally']
RUNTIMES = {  # compiler and flags
    'libstdc++': ('g++', []),
    'libstdc++ kept': ('g++', ['-Wl,--no-as-needed']),
    'libstdc++ static': ('g++', ['-static-libstdc++']),
    'libc++': ('clang++', ['-stdlib=libc++']),
}
SOME = 'calls malloc for some blocks only'
FAULTS = {'arena': 'does not call malloc', 'slab': SOME, 'node': SOME, 'large': SOME}


def build(command, output, what):
    done = harness.run([*command, '-o', output])
    check(done.returncode == 0, f'{what}: it builds', done.stderr)
    return output


class Objects:
    """Compiled sources. Each source is compiled once."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.made = {}

    def compile(self, source, compiler, *flags):
        key = (source, compiler, *flags)
        if key not in self.made:
            output = self.directory / f'{len(self.made)}.o'
            self.made[key] = build([compiler, '-g', '-O1', '-fPIC', '-c', *flags,
                                    *harness.NO_BUILTIN, HERE / source], output, f'{key}')
        return self.made[key]


def cells():
    """Return each set of operators with each kind of memory. Locations, standards and C++ runtimes take
    turns. AT_WHOLE_TABLE=1 returns each location too, which takes half an hour."""
    whole = os.environ.get('AT_WHOLE_TABLE')
    places = itertools.cycle(PLACES)
    turns = itertools.cycle(itertools.product(reversed(STANDARDS), RUNTIMES))
    for memory, names in MEMORIES.items():
        for name in names:
            for place in PLACES if whole else itertools.islice(places, 2):
                standard, runtime = next(turns)
                if 'aligned' in name and standard < 'c++17':
                    standard = 'c++17'
                yield name, memory, place, standard, runtime
    for memory in ('header', 'arena'):
        for runtime in RUNTIMES:
            yield 'one object', memory, 'executable', 'c++17', runtime


class Cell:
    def __init__(self, directory, number, objects, name, memory, place, standard, runtime):
        self.what = f'{name} over {memory}, {place}, {standard}, {runtime}'
        self.memory = memory if name != 'none' else 'malloc'
        self.directory, self.number = directory, number
        compiler, self.link = RUNTIMES[runtime]
        flags = [f'-std={standard}', *[flag for flag in self.link if 'stdlib' in flag]]
        operators = objects.compile('operators.cpp', compiler, *flags, f'-DREPLACE={SETS[name]}',
                                    f'-DMEMORY_{memory}')
        use = objects.compile('use.cpp', compiler, *flags)
        self.main = objects.compile('main.c', 'gcc' if compiler == 'g++' else 'clang')
        self.compiler = compiler
        self.arguments = []
        self.parts = [self.main, use, operators]
        if place == 'static library':
            library = self.path('.a')
            harness.run(['ar', 'rcs', library, operators])
            self.parts = [self.main, use, library]
        elif place == 'shared library':
            library = build([compiler, '-shared', *self.link, operators], self.path('.so'),
                            self.what)
            # Before the C++ runtime, as its author would link it.
            self.parts = [self.main, use, library]
        elif place.startswith('opened'):
            library = build([compiler, '-shared', *self.link, use, operators], self.path('.so'),
                            self.what)
            self.parts = [self.main]
            self.arguments = [library, *(['global'] if 'globally' in place else [])]
        self.opened = place.startswith('opened')

    def path(self, suffix):
        return self.directory / f'cell{self.number}{suffix}'

    def program(self, suffix, *libraries):
        # A C program opens a C++ library at run time.
        compiler = 'gcc' if self.opened else self.compiler
        link = [] if self.opened else self.link
        return build([compiler, *link, *self.parts, *libraries, '-ldl'], self.path(suffix),
                     self.what)

    def run(self, program, *prefix, **env):
        done = harness.run([*prefix, program, *self.arguments], timeout=60, **env)
        lines = [line for line in done.stderr.splitlines()
                 if line.startswith(('counted', 'unobserved'))]
        return done, lines[0] if len(lines) == 1 else done.stderr

    def check_seen(self, mode, done, seen, plain, truth):
        check_equal(done.stdout, plain.stdout, f'{self.what}, {mode}: the same output')
        if self.memory in FAULTS:
            check(seen.startswith('unobserved operator new') and FAULTS[self.memory] in seen,
                  f'{self.what}, {mode}: refused', seen)
        else:
            check_equal(seen, truth, f'{self.what}, {mode}: exact')

    def check(self):
        alone = self.program('')
        plain, _ = self.run(alone)
        check_equal(plain.returncode, 0, f'{self.what}: it runs')
        _, truth = self.run(alone, LD_PRELOAD=str(ORACLE))
        linked = self.program('-linked', *harness.pkg_config('--libs', 'alloc-tracker'))
        done, seen = self.run(linked)
        check_equal(done.returncode, 0, f'{self.what}, linked: the status')
        self.check_seen('linked', done, seen, plain, truth)
        results = self.path('.json')
        done, seen = self.run(alone, COMMAND, 'run', '-q', '-o', results, '--')
        check_equal(done.returncode, 2 if self.memory in FAULTS else 0,
                    f'{self.what}, run: the status')
        self.check_seen('run', done, seen, plain, truth)


def check_matrix(directory):
    objects = Objects(directory)
    table = [Cell(directory, number, objects, *cell) for number, cell in enumerate(cells())]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(cell.check) for cell in table]:
            done.result()


def check_noted(directory):
    """Check the remedy for a program with an arena: it reports each block itself."""
    objects = Objects(directory)
    cell = Cell(directory, 'noted', objects, 'one object', 'noted', 'executable', 'c++11',
                'libstdc++')
    program = cell.program('', *harness.pkg_config('--libs', 'alloc-tracker'))
    done, seen = cell.run(program)
    calls = done.stdout.split()
    check_equal(seen.split()[:3], ['counted', calls[0], str(int(calls[8]) - 1)],
                'reported blocks are counted; one of the calls releases nullptr')


TRACED = '''#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
static int file = open("trace", O_CREAT | O_TRUNC | O_WRONLY, 0600);
static int *volatile sink;
void *operator new(std::size_t n) { return write(file, "+", 1) == 1 ? std::malloc(n) : nullptr; }
void operator delete(void *p) noexcept { if (write(file, "-", 1) == 1) std::free(p); }
void operator delete(void *p, std::size_t) noexcept { operator delete(p); }
int main() { sink = new int; delete sink; }
'''


def check_traced(directory):
    """Check that a trial of operators does not write to an open file of the program."""
    source = directory / 'traced.cpp'
    source.write_text(TRACED)
    program = build(['g++', source], directory / 'traced', 'traced operators')
    done = harness.run([COMMAND, 'run', '-q', '-o', directory / 'traced.json', program],
                       cwd=directory)
    check_equal((done.returncode, (directory / 'trace').read_text()), (0, '+-'),
                'operators that write to a file')


# Operators that have memory only during a part of the program. Without memory they abort.
GUARDED = '''#include <alloc_tracker/alloc_tracker.h>
#include <cstdio>
#include <cstdlib>
static char store[64];
static char *arena;
static int *volatile sink;
void *operator new(std::size_t) { if (!arena) std::abort(); return arena; }
void operator delete(void *) noexcept {}
void operator delete(void *, std::size_t) noexcept {}
int main()
{
    struct at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        return 1;
    arena = store;
    sink = new int;
    arena = nullptr;
    at_region_end(region);
    std::puts(at_region_usage(region).dropped ? "dropped" : "complete");
}
'''


def check_guarded(directory):
    """Check that a region is not trusted if the trial has no result."""
    source = directory / 'guarded.cpp'
    source.write_text(GUARDED)
    program = build(['g++', source, *harness.pkg_config('--cflags', '--libs', 'alloc-tracker')],
                    directory / 'guarded', 'guarded operators')
    done = harness.run([program])
    check_equal((done.returncode, done.stdout), (0, 'dropped\n'), 'operators that cannot be tried')


# The output of the compiled program, and its exit status.
EXHAUSTED = {
    'try { sink = new char[size]; } catch (const std::bad_alloc &) { std::puts("caught"); }':
        ('caught\n', 0),
    'try { sink = ::operator new(size); } catch (...) { std::puts("caught"); }': ('caught\n', 0),
    'sink = new (std::nothrow) char[size]; std::puts(sink ? "a block" : "none");': ('none\n', 0),
    'sink = ::operator new(size);': ('', -6),
}


def check_exhausted(directory):
    """Check that operator new throws without memory, also if the program has no C++ runtime or only the parts
    that it needs."""
    for i, (code, (output, status)) in enumerate(EXHAUSTED.items()):
        source = directory / f'exhausted{i}.cpp'
        source.write_text('#include <cstddef>\n#include <cstdio>\n#include <new>\n'
                          'static void *volatile sink;\nstatic volatile std::size_t size = '
                          f'~std::size_t(0) / 2 - 4096;\nint main() {{ {code} }}\n')
        for runtime, (compiler, link) in RUNTIMES.items():
            what = f'out of memory, {i}, {runtime}'
            program = build([compiler, *link, source,
                             *harness.pkg_config('--libs', 'alloc-tracker')],
                            directory / 'exhausted', what)
            done = harness.run([program])
            check_equal((done.stdout, done.returncode), (output, status), what)


def main():
    global ORACLE
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        ORACLE = build(['cc', '-shared', '-fPIC', '-O1', *harness.NO_BUILTIN, HERE / 'oracle.c'],
                       directory / 'oracle.so', 'the oracle')
        check_noted(directory)
        check_exhausted(directory)
        check_traced(directory)
        check_guarded(directory)
        check_matrix(directory)
    harness.finish()


main()
