# SPDX-License-Identifier: MIT
"""Functions that the tables share: compile against a build, measure in turns, and print a table."""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent
NO_BUILTIN = ['-fno-builtin-malloc', '-fno-builtin-calloc', '-fno-builtin-realloc',
              '-fno-builtin-free']
FLAGS = ['-O2', '-g', '-fomit-frame-pointer', '-fno-optimize-sibling-calls', *NO_BUILTIN]
LIBRARIES = pathlib.Path('/usr/lib/x86_64-linux-gnu')


class Bench:
    def __init__(self, build, directory, quick):
        self.build, self.directory, self.quick = build, directory, quick
        self.rounds = 3 if quick else 7
        self.series = {}  # for the plot: {(axis, name): [(x, ns)]}
        self.preload = build / 'src' / 'preload' / 'liballoc_tracker_preload.so'
        if not self.preload.exists():
            raise SystemExit(f'{self.preload} does not exist; run ninja -C {build}')
        self.track_all = self.compile(SOURCE / 'tests/stress/track_all.c', 'track_all.so',
                                      '-shared', '-fPIC', f'-I{SOURCE}/include')

    def compile(self, source, name, *flags, compiler='gcc', link=()):
        program = self.directory / name
        subprocess.run([compiler, *FLAGS, *flags, str(source), '-o', str(program), '-pthread',
                        *map(str, link)], check=True)
        return program

    def static(self):
        """Return the libraries for a program that links the core."""
        return [self.build / 'src/liballoc_tracker.a',
                '-Wl,-u,at_process_counters', '-lm']

    def variants(self):
        """Return {name: (prefix, environment)} to run a program without and with alloc_tracker."""
        return {
            'bare glibc': ([], {}),
            'counting': ([], {'LD_PRELOAD': str(self.preload)}),
            'tracking': ([], {'LD_PRELOAD': f'{self.track_all} {self.preload}'}),
        }

    def peers(self):
        """Return the same for the similar tools that are installed."""
        found = {}

        def add(name, needed, prefix, **env):
            if shutil.which(str(needed)) or pathlib.Path(needed).exists():
                found[name] = ([*map(str, prefix)], env)

        add('libmemusage', LIBRARIES / 'libmemusage.so', [],
            LD_PRELOAD=str(LIBRARIES / 'libmemusage.so'))
        add('jemalloc, profiling', LIBRARIES / 'libjemalloc.so.2', [],
            LD_PRELOAD=str(LIBRARIES / 'libjemalloc.so.2'),
            MALLOC_CONF=f'prof:true,lg_prof_sample:0,prof_prefix:{self.directory}/je')
        add('tcmalloc, heap profile', LIBRARIES / 'libtcmalloc.so.4', [],
            LD_PRELOAD=str(LIBRARIES / 'libtcmalloc.so.4'), HEAPPROFILE=f'{self.directory}/tc')
        add('heaptrack', 'heaptrack', ['heaptrack', '-r', '-o', self.directory / 'heaptrack'])
        valgrind = ['valgrind', '-q', '--num-callers=16']
        add('valgrind DHAT', 'valgrind', [*valgrind, '--tool=dhat',
                                          f'--dhat-out-file={self.directory}/dhat'])
        add('valgrind memcheck', 'valgrind', [*valgrind, '--tool=memcheck'])
        return found


def run(variant, command):
    """Run a command and return its standard output. If it fails, exit with its error."""
    prefix, env = variant
    done = subprocess.run([*prefix, *map(str, command)], env={**os.environ, **env},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors='replace')
    if done.returncode:
        raise SystemExit(f'{command} failed:\n{done.stderr[-2000:]}')
    return done.stdout


def cpu_seconds(variant, command):
    """Return the CPU time of a command and of its children, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = run(variant, command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), out


def wall_seconds(variant, command):
    start = time.monotonic()
    out = run(variant, command)
    return time.monotonic() - start, out


def take_turns(measures, rounds):
    """Call each function of {name: function} once a round. Return {name: results}."""
    results = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            results[name].append(measure())
    return results


def median_ratio(values, base):
    return statistics.median(a / b for a, b in zip(values, base))


def print_table(title, head, rows):
    print(f'\n{title}\n')
    print('| ' + ' | '.join(head) + ' |')
    print('|' + '---|' * len(head))
    for row in rows:
        print('| ' + ' | '.join(map(str, row)) + ' |', flush=True)
