# SPDX-License-Identifier: MIT
"""The core cross-built for aarch64 and run by qemu, dynamic and fully static, is exact."""

import ports
from harness import finish
from ports import COUNTS, HERE, Port


def main():
    port = Port('aarch64', ports.build('aarch64', '--cross-file', HERE / 'aarch64.ini'),
                'aarch64-linux-gnu-gcc', ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'])
    oracle = ports.build_oracle(port, HERE / 'calls.c', '-static-pie')
    # Where libc is an object of its own, a thread has a place for its variables too.
    for package, kind, n_bytes in (('alloc-tracker', (), 321),
                                   ('alloc-tracker-static', ('-static',), 305)):
        tracked = port.program(HERE / 'calls.c', package, *kind, COUNTS / 'counts_tracked.c')
        ports.check_rows(port, tracked, oracle, f'aarch64, {package}',
                         known={'pthread_create': f'2 0 1 {n_bytes} 0'})
        region = port.program(HERE / 'region.c', package, *kind)
        ports.check_region(port, region, f'aarch64, {package}', per_thread=3,
                           thread=f'allocs 2 reallocs 0 frees 1 bytes {n_bytes} peak 33')
    finish()


main()
