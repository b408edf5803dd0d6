# SPDX-License-Identifier: MIT
"""The cost of malloc and free of small blocks, and of spans."""

import re
import statistics
import subprocess

from tools import HERE, SOURCE, median_ratio, print_table, run, take_turns

SLOW = ('heaptrack', 'valgrind DHAT', 'valgrind memcheck', 'jemalloc, profiling',
        'tcmalloc, heap profile')


def nanoseconds(output):
    """Return the number that the program printed. Other tools print lines before and after it."""
    return float(re.search(r'^\d+\.\d+$', output, re.MULTILINE).group())


def measure_pairs(bench, variants, program, depth, threads, pattern):
    def measure(name):
        n = 20000 // threads // (40 if name in SLOW else 1)
        n = max(n, 256)
        return lambda: nanoseconds(run(variants[name], [program, depth, threads, n, pattern]))
    return take_turns({name: measure(name) for name in variants}, bench.rounds)


def asan(bench):
    program = bench.compile(HERE / 'pairs.c', 'pairs_asan', '-fsanitize=address')

    def of(depth, threads, pattern):
        env = {'ASAN_OPTIONS': f'malloc_context_size={depth}:detect_leaks=0'}
        return nanoseconds(run(([], env), [program, depth, threads, 5000, pattern]))
    return of


def pairs(bench):
    """Print the cost for several stack depths and numbers of threads."""
    program = bench.compile(HERE / 'pairs.c', 'pairs')
    variants = {**bench.variants(), **bench.peers()}
    of_asan = asan(bench)
    for depth, threads in [(1, 1), (5, 1), (15, 1), (45, 1), (15, 2), (15, 8)]:
        times = measure_pairs(bench, variants, program, depth, threads, 'fixed')
        times['AddressSanitizer'] = [of_asan(depth, threads, 'fixed')
                                       for _ in range(bench.rounds)]
        bare = times['bare glibc']
        rows = []
        for name, values in times.items():
            median = statistics.median(values)
            rows.append((name, f'{median:.1f}', f'{median_ratio(values, bare):.2f}',
                         f'{median - statistics.median(bare):+.1f}'))
            if threads == 1:
                bench.series.setdefault(('depth', name), []).append((depth, median))
            if depth == 15:
                bench.series.setdefault(('threads', name), []).append((threads, median))
        print_table(f'malloc + free of 64 B, depth {depth}, {threads} thread(s): CPU time per pair, ns',
                    ('variant', 'ns', 'ratio', 'above bare'), rows)


def patterns(bench):
    program = bench.compile(HERE / 'pairs.c', 'pairs')
    variants = bench.variants()
    for pattern, threads in [('random', 1), ('random', 8), ('cross', 2)]:
        times = measure_pairs(bench, variants, program, 15, threads, pattern)
        print_table(f'{pattern}, depth 15, {threads} thread(s): CPU time per pair, ns',
                    ('variant', 'ns', 'ratio'),
                    [(name, f'{statistics.median(values):.1f}',
                      f'{median_ratio(values, times["bare glibc"]):.2f}')
                     for name, values in times.items()])


def spans(bench):
    program = bench.compile(HERE / 'spans.c', 'spans', f'-I{SOURCE}/include', link=bench.static())
    rounds = [list(map(float, run(([], {}), [program]).split())) for _ in range(bench.rounds)]
    thread, process, thread_after, process_after = map(statistics.median, zip(*rounds))
    print_table('Begin and end of a span, with 8 live threads: CPU time, ns',
                ('span', 'ns', 'after 100,000 exited threads'),
                [('thread', thread, thread_after), ('process', process, process_after)])


def instructions(bench):
    program = bench.compile(HERE / 'pairs.c', 'pairs')

    def count(env, n):
        done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                               str(program), '15', '1', str(n), 'fixed'], env={**env},
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return int(re.search(r'Collected : (\d+)', done.stderr).group(1))

    rows = []
    for name, (_, env) in bench.variants().items():
        rows.append((name, f'{(count(env, 2000) - count(env, 1000)) / 1000 / 40:.1f}'))
    print_table('Instructions per pair, depth 15 (callgrind)', ('variant', 'instructions'), rows)
