#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what alloc_tracker costs, beside its peers, as tables of medians and of ratios within this
one run: bench/run.py [--quick] [--only TABLE,...] [--plot FILE.svg] [BUILD]

Variants take turns, round by round, and a round's ratio is to the bare run of the same round: what
else the machine does changes the figures less than it changes the times. Nothing here is asserted;
tests/interpose/test_floor.py asserts instructions."""

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
    parser.add_argument('--quick', action='store_true', help='fewer rounds')
    parser.add_argument('--only', default=','.join(TABLES), help='of ' + ', '.join(TABLES))
    parser.add_argument('--plot', help='write a plot of cost against depth and threads')
    parser.add_argument('build', nargs='?', default='build/gcc', help='a build directory')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(pathlib.Path(options.build).resolve(), pathlib.Path(directory), options.quick)
        for name in options.only.split(','):
            TABLES[name](bench)
        if options.plot:
            plot.write(options.plot, bench.series)


main()
