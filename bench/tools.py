# SPDX-License-Identifier: MIT
"""What the tables share: building against a build directory, taking turns, medians, printing."""

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
        self.series = {}  # of the plot: name to [(x, ns)]
        self.preload = build / 'src' / 'preload' / 'liballoc_tracker_preload.so'
        if not self.preload.exists():
            raise SystemExit(f'{self.preload} is not there: ninja -C {build}')
        self.track_all = self.compile(SOURCE / 'tests/stress/track_all.c', 'track_all.so',
                                      '-shared', '-fPIC', f'-I{SOURCE}/include')

    def compile(self, source, name, *flags, compiler='gcc', link=()):
        program = self.directory / name
        subprocess.run([compiler, *FLAGS, *flags, str(source), '-o', str(program), '-pthread',
                        *map(str, link)], check=True)
        return program

    def static(self):
        """What a program that links the core needs."""
        return [self.build / 'src/liballoc_tracker_json.a', self.build / 'src/liballoc_tracker.a',
                '-Wl,-u,at_process_counters', '-ljansson', '-lm']

    def variants(self):
        """Ours, as environments to run a program in that knows nothing of it."""
        return {
            'bare glibc': ([], {}),
            'counting': ([], {'LD_PRELOAD': str(self.preload)}),
            'tracking': ([], {'LD_PRELOAD': f'{self.track_all} {self.preload}'}),
        }

    def peers(self):
        """Those that are installed."""
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
    """Standard output; the program's own failure is ours."""
    prefix, env = variant
    done = subprocess.run([*prefix, *map(str, command)], env={**os.environ, **env},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors='replace')
    if done.returncode:
        raise SystemExit(f'{command} failed:\n{done.stderr[-2000:]}')
    return done.stdout


def cpu_seconds(variant, command):
    """User and system time of a command and what it starts, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = run(variant, command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), out


def wall_seconds(variant, command):
    start = time.monotonic()
    out = run(variant, command)
    return time.monotonic() - start, out


def take_turns(measures, rounds):
    """measures: name to function; answers name to its figures, one a round."""
    figures = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
    return figures


def median_ratio(figures, base):
    return statistics.median(a / b for a, b in zip(figures, base))


def print_table(title, head, rows):
    print(f'\n{title}\n')
    print('| ' + ' | '.join(head) + ' |')
    print('|' + '---|' * len(head))
    for row in rows:
        print('| ' + ' | '.join(map(str, row)) + ' |', flush=True)
