# SPDX-License-Identifier: MIT
"""The core is exact in fully static glibc programs. A static program that links the library for dynamic
programs is refused at its start. So is a dynamic program that links the library for static ones."""

import signal

import ports
from harness import STAGE, check_equal, finish
from ports import COUNTS, HERE, Port

LIBRARIES = ['-llz4', '-lz', '-lzstd', '-lsqlite3']
NOT_STATIC = (
    ports.UNOBSERVED + 'liballoc_tracker_static.a is for fully static programs, but is linked into a '
    'dynamic one, so allocations in its libraries do not reach alloc_tracker; link with -static or '
    '-static-pie, or with `pkg-config --libs alloc-tracker`\n')


def main():
    port = Port('static', STAGE, 'gcc')
    cplusplus = Port('static', STAGE, 'g++ -w -std=c++17')
    counts = COUNTS / 'counts.cpp'
    # Not -static: libgcc would allocate at the first throw, to sort the tables of crtbeginT.o.
    oracle = ports.build_oracle(port, counts, '-static-pie', *LIBRARIES,
                                compiler=cplusplus.compiler)
    for kind in ('-static', '-static-pie'):
        tracked = cplusplus.program(counts, 'alloc-tracker-static', kind,
                                    COUNTS / 'counts_tracked.c', *LIBRARIES)
        ports.check_rows(port, tracked, oracle, f'glibc {kind}')
        region = port.program(HERE / 'region.c', 'alloc-tracker-static', kind)
        ports.check_region(port, region, f'glibc {kind}', per_thread=3,
                           thread='allocs 2 reallocs 0 frees 1 bytes 305 peak 305 live 272')
    region = port.program(HERE / 'region.c', 'alloc-tracker')
    ports.check_region(port, region, 'glibc', per_thread=3,
                       thread='allocs 2 reallocs 0 frees 1 bytes 321 peak 321 live 288')
    wrong = port.program(HERE / 'region.c', 'alloc-tracker', '-static')
    done = port.run(wrong)
    check_equal([done.returncode, done.stderr], [-signal.SIGABRT, ports.WRONG_LIBRARY],
                'the library for dynamic programs refuses a static program')
    wrong = port.program(HERE / 'region.c', 'alloc-tracker-static')
    done = port.run(wrong)
    check_equal(done.stdout.split('\n')[0] + '\n', NOT_STATIC,
                'the library for static programs refuses a dynamic program')
    ports.check_document('static, `alloc-tracker`', ports.WRONG_LIBRARY)
    ports.check_document('dynamic, `alloc-tracker-static`', NOT_STATIC)
    finish()


main()
