# SPDX-License-Identifier: MIT
"""A suite of 1,000 empty Criterion tests, with the plugin and without it; and a pair of malloc and free in
one test, by what the test asks for."""

import statistics

from tools import SOURCE, cpu_seconds, median_ratio, print_table, take_turns, wall_seconds

N_TESTS = 1000
N_PAIRS = 4000000


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
    pairs(bench, plugin)


def pairs(bench, plugin):
    """The programs are those of tests/plugin/test_cost.py, which asserts their instructions."""
    n = N_PAIRS // 10 if bench.quick else N_PAIRS
    source = SOURCE / 'tests/plugin/suites/cost.c'
    headers = [f'-I{SOURCE}/{path}' for path in ('include', 'criterion-plugin/include/alloc_tracker/shim',
                                                 'criterion-plugin/include')]
    bare = bench.compile(source, 'cost_bare', '-DBARE', link=['-lcriterion'])
    region = bench.compile(source, 'cost_region', '-DREGION', *headers,
                           link=[*bench.static(), '-lcriterion'])
    linked = bench.compile(source, 'cost_plugin', *headers, link=[
        '-Wl,--whole-archive', plugin, '-Wl,--no-whole-archive', *bench.static(), '-lcriterion'])
    commands = {'bare': [bare], 'no limit': [linked, '--filter=cost/counted'],
                'one region of the core': [region], 'a limit': [linked, '--filter=cost/limited']}
    times = take_turns({name: lambda command=command: cpu_seconds(([], {'PAIRS': str(n)}), command)[0]
                        for name, command in commands.items()}, bench.rounds)
    print_table('A pair of malloc and free in a Criterion test, CPU time, ns', ('test', 'ns', 'ratio'),
                [(name, f'{statistics.median(values) / n * 1e9:.1f}',
                  f'{median_ratio(values, times["bare"]):.2f}') for name, values in times.items()])
