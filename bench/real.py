# SPDX-License-Identifier: MIT
"""Real programs, unmodified, with a preloaded alloc_tracker and under heaptrack."""

import math
import pathlib
import re
import shutil
import statistics
import subprocess

from tools import SOURCE, cpu_seconds, median_ratio, print_table, take_turns

CPP = ('#include <map>\n#include <regex>\n#include <string>\n'
       'int main() { return std::regex_match("aab", std::regex("a+b")); }\n')
SQL = ('create table t(a, b); with recursive n(i) as (select 1 union all select i + 1 from n where '
       'i < 30000) insert into t select i, i * 2 from n; select a % 10, sum(b) from t group by 1;')


def commands(bench):
    cpp = bench.directory / 'real.cpp'
    cpp.write_text(CPP)
    repository = bench.directory / 'repository'
    subprocess.run(['git', 'clone', '-q', str(SOURCE), str(repository)], check=True)
    # The compiler proper, since heaptrack follows one process.
    cc1plus = subprocess.run(['g++', '-print-prog-name=cc1plus'], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    yield 'git log --stat', ['git', '-C', repository, '--no-pager', 'log', '--stat']
    yield 'g++ -O1 (cc1plus)', [cc1plus, '-quiet', '-imultiarch', 'x86_64-linux-gnu', '-O1',
                                '-D_GNU_SOURCE', cpp, '-o', '/dev/null']
    yield 'python3', ['/usr/bin/python3', '-c', 'import json, email, http.client, decimal\n'
                      'print(len(json.dumps([{"a": [i]} for i in range(100000)])))']
    yield 'sqlite3', ['sqlite3', ':memory:', SQL]


def heaptrack_total(results):
    """The allocations that heaptrack's last run counted, by its own account."""
    if not results.exists():
        return 'nothing'
    out = subprocess.run(['heaptrack_print', '-p0', '-a0', '-T0', '-l0', '-f', str(results)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    match = re.search(r'calls to allocation functions: (\d+)', out)
    return match.group(1) if match else 'nothing'


def variants(bench, usage):
    """What records alone, and what a user runs: a file of named call sites at the end."""
    found = bench.variants()
    prefix, env = found['tracking']
    found['tracking'] = (prefix, {**env, 'AT_TRACK_ALL': str(usage)})
    if shutil.which('heaptrack'):
        found['heaptrack, recording'] = bench.peers()['heaptrack']
    command = [bench.build / 'src/cli/alloc-tracker', 'run', '-o', bench.directory / 'run.json']
    found['alloc-tracker run'] = ([*map(str, command), '--'], {})
    if shutil.which('heaptrack'):
        found['heaptrack'] = (['heaptrack', '-o', str(bench.directory / 'full')], {})
    return found


def measure(name, variant, command):
    """CPU ms; NaN where a peer fails on the program: heaptrack's interpreter runs out of memory on
    cc1plus."""
    try:
        return cpu_seconds(variant, command)[0] * 1000
    except SystemExit:
        if 'heaptrack' not in name:
            raise
        return math.nan


def table(bench):
    usage = bench.directory / 'usage'
    for name, command in commands(bench):
        if not shutil.which(str(command[0])) and not pathlib.Path(command[0]).exists():
            continue
        figures = take_turns({v: lambda v=v, variant=variant: measure(v, variant, command)
                              for v, variant in variants(bench, usage).items()}, bench.rounds)
        bare = figures['bare glibc']
        base = statistics.median(bare)
        rows = [(v, f'{statistics.median(values):.0f}', f'{median_ratio(values, bare):.2f}',
                 f'{statistics.median(values) - base:+.0f}') for v, values in figures.items()]
        allocs = usage.read_text().split()[0] if usage.exists() else '?'
        total = heaptrack_total(bench.directory / 'full.zst')
        print_table(f'{name}: CPU ms ({allocs} allocations by our count, {total} by heaptrack\'s)',
                    ('variant', 'ms', 'ratio', 'added ms'), rows)
        usage.unlink(missing_ok=True)
