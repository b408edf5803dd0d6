# SPDX-License-Identifier: MIT
"""Real programs, unmodified, with a preloaded alloc_tracker and under heaptrack."""

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


def heaptrack_total(bench):
    """The allocations that heaptrack's last run counted, by its own account."""
    raw, full = bench.directory / 'heaptrack.raw.zst', bench.directory / 'full.zst'
    interpret = pathlib.Path('/usr/lib/heaptrack/libexec/heaptrack_interpret')
    if not raw.exists() or not interpret.exists():
        return 'nothing'
    subprocess.run(f'zstd -qdc <{raw} | {interpret} 2>/dev/null | zstd -qfc >{full}', shell=True,
                   check=True)
    out = subprocess.run(['heaptrack_print', '-p0', '-a0', '-T0', '-l0', '-f', str(full)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    match = re.search(r'calls to allocation functions: (\d+)', out)
    return match.group(1) if match else 'nothing'


def table(bench):
    usage = bench.directory / 'usage'
    for name, command in commands(bench):
        if not shutil.which(str(command[0])) and not pathlib.Path(command[0]).exists():
            continue
        variants = bench.variants()
        prefix, env = variants['tracking']
        variants['tracking'] = (prefix, {**env, 'AT_TRACK_ALL': str(usage)})
        if 'heaptrack' in bench.peers():
            # Recording only: making sense of what it recorded is not timed.
            variants['heaptrack'] = bench.peers()['heaptrack']
        figures = take_turns({v: lambda v=v: cpu_seconds(variants[v], command)[0]
                              for v in variants}, bench.rounds)
        bare = figures['bare glibc']
        base = statistics.median(bare)
        rows = [(v, f'{statistics.median(values) * 1000:.0f}', f'{median_ratio(values, bare):.2f}',
                 f'{(statistics.median(values) - base) * 1000:+.0f}')
                for v, values in figures.items()]
        allocs = usage.read_text().split()[0] if usage.exists() else '?'
        print_table(f'{name}: CPU ms ({allocs} allocations by our count, '
                    f'{heaptrack_total(bench)} by heaptrack\'s)',
                    ('variant', 'ms', 'ratio', 'added ms'), rows)
        usage.unlink(missing_ok=True)
