# SPDX-License-Identifier: MIT
"""The time until the first stack of a large debug binary is symbolised."""

import os
import signal
import statistics
import subprocess
import time

from tools import SOURCE, print_table

PART = r'''
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <regex>
#include <string>
#include <unordered_map>
#include <vector>
namespace part%d {
template <int N> int work(const std::string &text)
{
    std::map<std::string, std::vector<std::array<int, N + 1>>> map;
    std::unordered_map<int, std::function<std::string(int)>> other;
    map[text].push_back({});
    std::regex expression("a+b");
    std::mt19937 random(N);
    std::sort(map[text].begin(), map[text].end());
    return std::regex_match(text, expression) + int(map.size() + other.size() + random() %% 2);
}
int run(const std::string &text)
{
    return work<1>(text) + work<2>(text) + work<3>(text) + work<4>(text) + work<5>(text)
           + work<6>(text) + work<7>(text) + work<8>(text);
}
}
'''

MAIN = r'''
#include "alloc_tracker/alloc_tracker.h"
#include <cstdlib>
%s
int main(int argc, char **)
{
    int sum = 0;
    if (argc > 5) { %s }
    at_panic_on_next_alloc(true);
    free(malloc(10));
    return sum;
}
'''


def table(bench):
    parts = range(3 if bench.quick else 46)
    objects = []
    for i in parts:
        source = bench.directory / f'part{i}.cpp'
        source.write_text(PART % i)
        objects.append(bench.compile(source, f'part{i}.o', '-c', '-O0', compiler='g++'))
    main = bench.directory / 'large.cpp'
    main.write_text(MAIN % (
        '#include <string>\n' + ''.join(f'namespace part{i} {{ int run(const std::string &); }}\n'
                                        for i in parts),
        ' '.join(f'sum += part{i}::run("aab");' for i in parts)))
    program = bench.compile(main, 'large', f'-I{SOURCE}/include', compiler='g++',
                            link=[*objects, *bench.static()])
    times = []
    for _ in range(bench.rounds):
        start = time.monotonic()
        done = subprocess.run([str(program)], stderr=subprocess.PIPE, text=True)
        times.append(time.monotonic() - start)
        if done.returncode != -signal.SIGABRT or 'large.cpp' not in done.stderr:
            raise SystemExit(f'the stack does not name its file:\n{done.stderr}')
    print_table('The first symbolised failure, including the start of the process: elapsed time, ms',
                ('binary', 'first run', 'median'),
                [(f'{os.path.getsize(program) / 1e6:.0f} MB', f'{times[0] * 1000:.0f}',
                  f'{statistics.median(times) * 1000:.0f}')])
