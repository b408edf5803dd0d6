# SPDX-License-Identifier: MIT
"""A suite of 1,000 empty Criterion tests, with the plugin and without it."""

import statistics

from tools import SOURCE, cpu_seconds, median_ratio, print_table, take_turns, wall_seconds

N_TESTS = 1000


def table(bench):
    n = N_TESTS // 5 if bench.quick else N_TESTS
    source = bench.directory / 'suite.c'
    source.write_text('#include <criterion/criterion.h>\n' + ''.join(
        f'Test(many, t{i}) {{ cr_assert_eq({i}, {i}); }}\n' for i in range(n)))
    without = bench.compile(source, 'suite_without', link=['-lcriterion'])
    plugin = bench.build / 'criterion-plugin/liballoc_tracker_criterion.a'
    linked = bench.compile(source, 'suite_with', link=[
        '-Wl,--whole-archive', plugin, '-Wl,--no-whole-archive', *bench.static(), '-lcriterion'])
    programs = {'without': without, 'with the plugin': linked}
    for label, measure in [('CPU', cpu_seconds), ('elapsed', wall_seconds)]:
        times = take_turns({name: lambda program=program: measure(([], {}), [program, '-j1'])[0]
                              for name, program in programs.items()}, bench.rounds)
        print_table(f'A Criterion suite of {n:,} tests, one at a time: {label} time per test, ms',
                    ('suite', 'ms', 'ratio'),
                    [(name, f'{statistics.median(values) / n * 1000:.3f}',
                      f'{median_ratio(values, times["without"]):.3f}')
                     for name, values in times.items()])
