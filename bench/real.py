# SPDX-License-Identifier: MIT
"""The cost for unmodified programs, with alloc_tracker preloaded and under heaptrack."""

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
    # cc1plus instead of g++, because heaptrack follows only one process.
    cc1plus = subprocess.run(['g++', '-print-prog-name=cc1plus'], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    yield 'git log --stat', ['git', '-C', repository, '--no-pager', 'log', '--stat']
    yield 'g++ -O1 (cc1plus)', [cc1plus, '-quiet', '-imultiarch', 'x86_64-linux-gnu', '-O1',
                                '-D_GNU_SOURCE', cpp, '-o', '/dev/null']
    yield 'python3', ['/usr/bin/python3', '-c', 'import json, email, http.client, decimal\n'
                      'print(len(json.dumps([{"a": [i]} for i in range(100000)])))']
    yield 'sqlite3', ['sqlite3', ':memory:', SQL]


def heaptrack_total(results):
    """Return the number of allocations that heaptrack reports for its last run."""
    if not results.exists():
        return '?'
    out = subprocess.run(['heaptrack_print', '-p0', '-a0', '-T0', '-l0', '-f', str(results)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    match = re.search(r'calls to allocation functions: (\d+)', out)
    return match.group(1) if match else '?'


def variants(bench, usage):
    """Variants that only record, and those that also write a file with named call sites."""
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
    """Return the CPU time in ms, or NaN if heaptrack fails: it runs out of memory on cc1plus."""
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
        times = take_turns({v: lambda v=v, variant=variant: measure(v, variant, command)
                              for v, variant in variants(bench, usage).items()}, bench.rounds)
        bare = times['bare glibc']
        base = statistics.median(bare)
        rows = [(v, f'{statistics.median(values):.0f}', f'{median_ratio(values, bare):.2f}',
                 f'{statistics.median(values) - base:+.0f}')
                if not math.isnan(statistics.median(values)) else (v, 'failed', '', '')
                for v, values in times.items()]
        allocs = usage.read_text().split()[0] if usage.exists() else '?'
        total = '?' if ('heaptrack', 'failed', '', '') in rows else \
            heaptrack_total(bench.directory / 'full.zst')
        print_table(f'{name}: CPU time, ms (alloc_tracker counts {allocs} allocations, heaptrack {total})',
                    ('variant', 'ms', 'ratio', 'added ms'), rows)
        usage.unlink(missing_ok=True)
