# SPDX-License-Identifier: MIT
"""Functions that the port tests share: they build the core for another libc or machine, run programs
with it, and compare the counters with an oracle of the same libc, or with the values that every port
must have."""

import pathlib
import re
import shlex
import sys
from itertools import zip_longest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import BUILD, SOURCE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COUNTS = HERE.parent / 'interpose'
FLAGS = ['-g', '-O1', '-I', COUNTS, *harness.NO_BUILTIN]
# The functions that the oracle counts. The test programs call no other function of the family.
ORACLE = [f'-Wl,--wrap={name}' for name in (
    'malloc', 'calloc', 'aligned_alloc', 'memalign', 'valloc', 'posix_memalign', 'free', 'realloc',
    'reallocarray')]
WRONG_LIBRARY = (
    'alloc_tracker: this program is static, but is linked with the library for dynamic programs; link it '
    'with `pkg-config --libs alloc-tracker-static`\n')
UNOBSERVED = 'blocks: allocations cannot be observed in this process: '
NO_TABLE = UNOBSERVED + (
    "the program has no table of its functions' frames, so stacks cannot be read; link it with "
    '-Wl,--eh-frame-hdr')


def compile(output, compiler, *arguments):
    done = harness.run([*shlex.split(compiler), *arguments, '-o', output])
    if done.returncode != 0:
        raise SystemExit(f'FAILED: {output.name} does not build\n{done.stderr}')
    return output


class Port:
    """A staged installation of the core, and the way to compile and run programs with it."""

    def __init__(self, name, stage, compiler, runner=()):
        self.name, self.compiler, self.runner = name, compiler, runner
        self.out = BUILD / 'tests' / 'ports' / name
        self.out.mkdir(parents=True, exist_ok=True)
        self.env = {'PKG_CONFIG_PATH': str(next(stage.glob('**/alloc-tracker.pc')).parent)}

    def flags(self, package):
        done = harness.run(['pkg-config', '--cflags', '--libs', package], **self.env)
        return shlex.split(done.stdout)

    def program(self, source, package, *arguments):
        name = f'{pathlib.Path(source).stem}-{package}' + ''.join(
            argument for argument in arguments if str(argument).startswith('-static'))
        return compile(self.out / name, self.compiler, *FLAGS, source, *arguments,
                       *self.flags(package))

    def run(self, program, *arguments):
        return harness.run([*self.runner, program, *arguments], cwd=HERE)


def build_oracle(port, table, *arguments, compiler=None):
    """Build the oracle as a fully static program. Dynamic programs run the same libc code."""
    known = compile(port.out / 'oracle.o', port.compiler, *FLAGS, '-c', HERE / 'oracle.c')
    return compile(port.out / 'oracle', compiler or port.compiler, *FLAGS, table, known, *arguments,
                   *ORACLE)


def build(name, *options, **env):
    """Build the core in a directory of its own. Return its staged installation."""
    directory = BUILD / 'tests' / 'ports' / name / 'build'
    stage = directory.parent / 'stage'
    if not (directory / 'build.ninja').exists():
        done = harness.run(['meson', 'setup', directory, SOURCE, '-Dwerror=true',
                            '-Dcli=disabled', '-Dcriterion=disabled', '-Dtests=disabled',
                            '-Dexamples=disabled', *options], **env)
        check(done.returncode == 0, f'{name} configures', done.stdout + done.stderr)
    done = harness.run(['ninja', '-C', directory], timeout=600)
    check(done.returncode == 0, f'{name} builds without a warning', done.stdout + done.stderr)
    done = harness.run(['meson', 'install', '-C', directory, '--no-rebuild', '--quiet', '--destdir',
                        stage])
    check(done.returncode == 0, f'{name} installs', done.stdout + done.stderr)
    return stage


def check_document(target, result):
    """Check that docs/trust.md has this row: "exact", or the message of a refusal."""
    if result != 'exact':
        result = f'`` {result.strip().removeprefix(UNOBSERVED)} ``'
    row = f'| {target} | {result} |'
    check(row in (SOURCE / 'docs' / 'trust.md').read_text(), f'docs/trust.md: {target}', row)


def check_rows(port, program, oracle, what, known=None):
    """Check that the tracked program prints the rows of the oracle, except for the rows in `known`."""
    seen, expected = port.run(program), port.run(oracle)
    check_equal(expected.returncode, 0, f'{what}: the oracle runs')
    check_equal(seen.returncode, 0, f'{what}: the program agrees with its own counters')
    rows = [dict(line.split(' ', 1) for line in done.stdout.splitlines()) for done in (seen, expected)]
    check_equal(rows[1].get('malloc'), '1 0 0 100 0', f'{what}: the oracle counts')
    check_equal(list(rows[0]), list(rows[1]), f'{what}: the tables have the same calls')
    for name, counters in rows[1].items():
        check_equal(rows[0].get(name), (known or {}).get(name, counters), f'{what}: {name} is exact')
    check_document(what, 'exact')


REGION = '''\
blocks: allocs 5 reallocs 1 frees 3 bytes 1328 peak 1100 live 100 leaks 1 permitted 0 dropped 0
  malloc 1 100 deep 1
  malloc 1 7 deep {deep}
  calloc 1 21 deep 1
  realloc 1 1000 deep 1
  posix_memalign 1 200 deep 1
thread: {thread} leaks 0 permitted 0 dropped 0
jump: allocs 1 reallocs 0 frees 0 bytes 20 peak 20 live 20 leaks 1 permitted 1 dropped 0
  malloc 1 20 deep 1
dlerror: allocs 0 reallocs 0 frees 0 bytes 0 peak 0 live 0 leaks 0 permitted 0 dropped 0
threads: of libc's {per_thread} freed 1
'''


def check_region(port, program, what, thread, per_thread, unwinds_libc=True, arguments=()):
    """Check the output of region.c. `thread` is the usage of a thread in this libc, `per_thread` its
    number of allocations. `unwinds_libc`: this libc has unwind tables."""
    done = port.run(program, *arguments)
    check_equal(done.returncode, 0, f'{what}: the program succeeds')
    expected = REGION.format(thread=thread, per_thread=per_thread, deep=int(unwinds_libc))
    for line, seen in zip_longest(expected.splitlines(), done.stdout.splitlines()):
        check_equal(seen, line, f'{what}: regions are exact')
    lines = harness.marks(HERE / 'region.c')
    panics = [f'malloc of 9 bytes at region.c:{lines["malloc"][1]}', 'strdup of 7 bytes'
              + (f' at region.c:{lines["strdup"][1]}' if unwinds_libc else '')]
    check_equal(re.findall('alloc_tracker: panic on allocation: (.*)', done.stderr), panics,
                f'{what}: a panic names the line of the call')


def check_statistics(port, package, what, *arguments):
    """Check that the digits equal those of this machine's library."""
    native = Port(f'native-{port.name}', harness.STAGE, 'gcc')  # a directory of its own: port tests run in parallel
    expected = native.run(native.program(HERE / 'statistics.c', 'alloc-tracker')).stdout
    check(expected.startswith('bytes: '), 'the native program prints statistics', expected)
    seen = port.run(port.program(HERE / 'statistics.c', package, *arguments)).stdout
    check_equal(seen, expected, f'{what}: statistics are exact')
    check_reports(port, package, what, *arguments)


def check_reports(port, package, what, *arguments):
    """Check that report files are read and written as on this machine: the same bytes, without malloc."""
    source = HERE.parent / 'session' / 'reports'
    target = port.out / f'written-{package}'
    seen = port.run(port.program(source.with_suffix('.c'), package, *arguments), source, target)
    check_equal(seen.stdout.splitlines()[1:], ['0 allocations counted by the region, 0 by the thread; '
                                               '1.5 is 1.5'], f'{what}: reports use no malloc')
    written = {path.name: path.read_bytes() for path in target.glob('*.json')}
    check_equal(written, {path.name: path.read_bytes() for path in source.glob('*.json')},
                f'{what}: the bytes of reports')


def check_cross(name, compiler, entry_bytes, runner=(), dynamic=(), region=()):
    """Check a glibc of another machine, dynamic and fully static. glibc allocates a vector for the
    thread-local variables of a thread's modules: 17 entries of `entry_bytes`, and one more if libc is
    a shared object. `region` has arguments for region.c."""
    port = Port(name, build(name, '--cross-file', HERE / f'{name}.ini'), compiler, runner)
    oracle = build_oracle(port, HERE / 'calls.c', '-static-pie')
    for package, kind, n_entries in (('alloc-tracker', dynamic, 18),
                                   ('alloc-tracker-static', ('-static',), 17)):
        what, n_bytes = f'{name}, {package}', 33 + n_entries * entry_bytes
        tracked = port.program(HERE / 'calls.c', package, *kind, COUNTS / 'counts_tracked.c')
        check_rows(port, tracked, oracle, what, known={'pthread_create': f'2 0 1 {n_bytes} 0'})
        program = port.program(HERE / 'region.c', package, *kind)
        check_region(port, program, what, per_thread=3, arguments=region,
                     thread=f'allocs 2 reallocs 0 frees 1 bytes {n_bytes} peak {n_bytes} '
                            f'live {n_bytes - 33}')
        check_statistics(port, package, what, *kind)
    done = port.run(port.program(HERE.parent / 'trust' / 'bound.c', 'alloc-tracker', *dynamic))
    check_equal({line.split()[-1] for line in done.stdout.splitlines()}, {'libc'},
                f'{name}: libc is called past any mock')
