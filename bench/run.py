#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the cost of alloc_tracker and of similar tools, and prints tables of medians and ratios:

    bench/run.py [--quick] [--only TABLE,...] [--plot FILE.svg] [BUILD]

The variants take turns, round by round. A ratio compares a variant with the bare run of the same round,
because other work on the machine changes ratios less than times. This script asserts nothing;
tests/interpose/test_floor.py asserts a number of instructions."""

import argparse
import pathlib
import tempfile

import binary
import micro
import plot
import real
import suite
from tools import Bench

TABLES = {'pairs': micro.pairs, 'patterns': micro.patterns, 'spans': micro.spans,
          'instructions': micro.instructions, 'suite': suite.table, 'failure': binary.table,
          'real': real.table}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--quick', action='store_true', help='run fewer rounds')
    parser.add_argument('--only', default=','.join(TABLES), metavar='TABLE,...',
                        help='print only these of the tables ' + ', '.join(TABLES))
    parser.add_argument('--plot', metavar='FILE.svg',
                        help='write a plot of the cost against stack depth and threads')
    parser.add_argument('build', nargs='?', default='build/gcc',
                        help='the build directory (default: build/gcc)')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(pathlib.Path(options.build).resolve(), pathlib.Path(directory), options.quick)
        for name in options.only.split(','):
            TABLES[name](bench)
        if options.plot:
            plot.write(options.plot, bench.series)


main()
