# SPDX-License-Identifier: MIT
"""The core built with musl is exact in dynamic and in fully static programs. musl has no unwind
tables, so a stack that begins in musl ends there."""

import signal

import ports
from harness import check_equal, finish
from ports import COUNTS, HERE, Port


def main():
    port = Port('musl', ports.build('musl', CC='musl-gcc'), 'musl-gcc')
    oracle = ports.build_oracle(port, HERE / 'calls.c', '-static')
    for package, kind in (('alloc-tracker', ()), ('alloc-tracker-static', ('-static',))):
        tracked = port.program(HERE / 'calls.c', package, *kind, COUNTS / 'counts_tracked.c')
        ports.check_rows(port, tracked, oracle, f'musl, {package}')
        region = port.program(HERE / 'region.c', package, *kind)
        # musl maps all memory of a thread at once, without malloc.
        ports.check_region(port, region, f'musl, {package}', per_thread=0,
                           thread='allocs 1 reallocs 0 frees 1 bytes 33 peak 33 live 0',
                           unwinds_libc=False)
        ports.check_statistics(port, package, f'musl, {package}', *kind)
    done = port.run(port.program(HERE / 'region.c', 'alloc-tracker', '-static'))
    check_equal([done.returncode, done.stderr], [-signal.SIGABRT, ports.WRONG_LIBRARY],
                'the library for dynamic programs refuses a static program')
    flags = [flag for flag in port.flags('alloc-tracker') if flag != '-Wl,--eh-frame-hdr']
    done = port.run(ports.compile(port.out / 'no-table', port.compiler, *ports.FLAGS,
                                  HERE / 'region.c', *flags))
    check_equal(done.stdout.split('\n')[0], ports.NO_TABLE, 'the message says that there are no unwind tables')
    ports.check_document('musl-gcc, without the flags of the `.pc` file', ports.NO_TABLE)
    finish()


main()
