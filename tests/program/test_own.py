# SPDX-License-Identifier: MIT
"""Programs with a malloc of their own. `alloc-tracker run` does not change their output, nor the verdicts of
a suite. If their malloc calls the next malloc, allocations are counted. Otherwise the exit status is 2.
The remedies of docs/faq.md work. The release functions of C23 work with an underlying allocator that has
them."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent / 'own'
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
FLAGS = ['-g', '-fPIC', *harness.NO_BUILTIN]
NAMES = ['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc']
SERVED = 'malloc is defined by the program, and does not call the next malloc'
TRUTH = 'counted 4 1 3 101'  # 10 + 20 + 21 + 50 bytes

# (the allocator's flags, its location, the expected usage or None if it is refused)
ROWS = [
    ([], 'executable', None),
    (['-DPARTIAL'], 'executable', None),
    (['-DWRAPS', '-DPARTIAL'], 'executable', 'counted 3 0 3 128'),  # each block has a header of 16 bytes
    (['-DWRAPS', '-DPARTIAL', '-DLIBC'], 'executable', None),
    ([], 'hidden', None),
    ([], 'shared library', TRUTH),
    (['-DSIZED'], 'shared library', TRUTH),
    (['-DWRAPS', '-DSIZED'], 'shared library', TRUTH),
]


def build(command, output):
    done = harness.run([*command, '-o', output])
    check(done.returncode == 0, f'{output.name} builds', done.stderr)
    return output


def program_of(directory, number, flags, place, *source):
    own = build(['cc', *FLAGS, *flags, '-c', HERE / 'own.c'], directory / f'own{number}.o')
    if place == 'shared library':
        own = build(['cc', '-shared', own], directory / f'libown{number}.so')
    if place == 'hidden':
        library = directory / f'libown{number}.a'
        harness.run(['ar', 'rcs', library, own])
        own = library
    return build(['cc', *FLAGS, *source, own, *(['-Wl,--exclude-libs,ALL'] * (place == 'hidden')),
                  '-ldl'], directory / f'program{number}')


def line_of(done):
    lines = [line for line in done.stderr.splitlines() if line.startswith(('coun', 'unob'))]
    return lines[0] if len(lines) == 1 else done.stderr


def check_program(directory, number, flags, place, seen):
    what = f'{" ".join(flags) or "an arena"}, {place}'
    # libc's calloc() and realloc() cannot use the blocks of a partial allocator.
    source = [HERE / 'program.c'] + (['-DNO_REALLOC'] if '-DPARTIAL' in flags else [])
    # A function that is not exported does not replace libc's function.
    source += ['-DNO_SIZED'] if place == 'hidden' else []
    program = program_of(directory, number, flags, place, *source)
    plain = harness.run([program])
    check_equal(plain.returncode, 0, f'{what}: it runs')
    done = harness.run([COMMAND, 'run', '-q', '-o', directory / 'r.json', program])
    check_equal(done.stdout, plain.stdout, f'{what}: the same output')
    check_equal(done.returncode, 0 if seen else 2, f'{what}: the status')
    if seen:
        check_equal(line_of(done), seen, f'{what}: exact')
    else:
        check(SERVED in done.stderr, f'{what}: the reason', done.stderr)


def run_suite(program, directory, **env):
    done = harness.run([COMMAND, 'run', '-o', directory / 'r.json', program], **env)
    return done, json.loads((directory / 'r.json').read_text())['tests']


def check_suite(directory):
    suite = program_of(directory, 100, [], 'executable', HERE / 'suite.c', '-lcriterion')
    plain = harness.run([suite])
    done, tests = run_suite(suite, directory)
    check_equal(plain.returncode, 0, 'the suite passes')
    check(plain.stderr in done.stderr, 'with the same output', done.stderr)
    check_equal(done.returncode, 2, 'a suite with a malloc of its own is not measured')
    check(SERVED in done.stderr and 'objcopy --redefine-sym' in done.stderr, 'with the reason',
          done.stderr)
    check_equal([(test['status'], test['verdict'], test['usage']) for test in tests],
                [('passed', 'unobserved', None)], 'its results')
    done, tests = run_suite(suite, directory, ALLOC_TRACKER_BUDGET='allocs<=100')
    check_equal((done.returncode, tests[0]['status']), (1, 'failed'),
                'a limit without usage fails')


def check_remedies(directory):
    """Check programs whose functions get other names, from the preprocessor or from objcopy."""
    other = [f'-D{name}=own_{name}' for name in NAMES]
    source = build(['cc', *FLAGS, *other, '-c', HERE / 'own.c'], directory / 'renamed.o')
    plain = build(['cc', *FLAGS, '-c', HERE / 'own.c'], directory / 'own.o')
    copied = directory / 'copied.o'
    redefine = [f'--redefine-sym={name}=own_{name}' for name in NAMES]
    done = harness.run(['objcopy', *redefine, plain, copied])
    check_equal(done.returncode, 0, f'objcopy renames: {done.stderr}')
    for how, own in (('-D', source), ('objcopy', copied)):
        suite = build(['cc', *FLAGS, *other, HERE / 'suite.c', own, '-lcriterion'],
                      directory / f'suite {how}')
        done, tests = run_suite(suite, directory)
        check_equal((done.returncode, tests[0]['usage'] is not None), (0, True),
                    f'renamed by {how}: measured')
        linked = harness.compile_suite(directory, [HERE / 'suite.c', own], 'cc',
                                       [*FLAGS, *other], name=f'linked {how}')
        check_equal(harness.run([linked]).returncode, 0, f'renamed by {how}: linked')
    noted = harness.compile_suite(directory, [HERE / 'noted.c', HERE / 'own.c'], 'cc',
                                  [*FLAGS, *other, '-DNOTED'])
    done = harness.run([noted])
    check_equal(done.returncode, 0, f'reported with at_note_alloc(): measured {done.stderr}')
    done = harness.run(['cc', *FLAGS, HERE / 'suite.c', plain, '-o', directory / 'clash',
                        *harness.pkg_config('--libs', 'alloc-tracker-criterion', 'criterion')])
    check('multiple definition' in done.stderr, 'without other names, the linker refuses', done.stderr)


# (a function of the family with memory of the program's own, a call of it)
MEMBERS = {
    'calloc': ('size_t n, size_t size', 'n * size', '(3, 5)'),
    'realloc': ('void *old, size_t size', 'size + !!old', '(NULL, 5)'),
    'reallocarray': ('void *old, size_t n, size_t size', 'n * size + !!old', '(NULL, 3, 5)'),
    'aligned_alloc': ('size_t a, size_t size', 'size + a - a', '(64, 64)'),
    'memalign': ('size_t a, size_t size', 'size + a - a', '(64, 64)'),
    'valloc': ('size_t size', 'size', '(5)'),
    'pvalloc': ('size_t size', 'size', '(5)'),
}


def check_members(directory):
    """Check that a program that defines only one function is refused if that function has other memory."""
    for name, (parameters, size, call) in MEMBERS.items():
        source = directory / f'own_{name}.c'
        source.write_text('#include <stddef.h>\n'
                          'static _Alignas(64) char heap[64 << 20];\nstatic size_t top;\n'
                          f'void *{name}({parameters})\n{{\n    void *block = heap + top;\n'
                          f'    top += ({size} + 63) & ~(size_t) 63;\n    return block;\n}}\n'
                          f'int main(void) {{ return !{name}{call}; }}\n')
        program = build(['cc', *FLAGS, f'-fno-builtin-{name}', source], directory / f'own_{name}')
        check_equal(harness.run([program]).returncode, 0, f'own {name}: it runs')
        done = harness.run([COMMAND, 'run', '-q', '-o', directory / 'r.json', program])
        check_equal(done.returncode, 2, f'own {name}: the status')
        check(SERVED.replace('malloc', name, 1) in done.stderr, f'own {name}: the reason',
              done.stderr)


def check_sized(directory):
    """Check free_sized() with a libc before C23: it counts once, as a free."""
    program = harness.compile_suite(directory, [HERE / 'program.c'], 'cc', FLAGS,
                                    packages=['alloc-tracker'], name='sized')
    check_equal(line_of(harness.run([program])), TRUTH, 'free_sized() over libc: exact')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        for number, row in enumerate(ROWS):
            check_program(directory, number, *row)
        check_suite(directory)
        check_remedies(directory)
        check_sized(directory)
        check_members(directory)
    harness.finish()


main()
