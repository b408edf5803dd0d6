# SPDX-License-Identifier: MIT
"""The core for i386 is exact in dynamic and in fully static programs. The programs run without address
space randomisation: then their stack ends where the address space ends, and sums of addresses may wrap.
If the kernel cannot run 32-bit programs, qemu runs them, without signals: qemu-i386 7.2 crashes any
program whose threads allocate while signals arrive, also without alloc_tracker."""

import ports
from harness import finish, run

LIBC = '/usr/i686-linux-gnu/lib'


def is_native():
    try:
        return run([f'{LIBC}/ld-linux.so.2', '--version']).returncode == 0
    except OSError:
        return False


def fixed_addresses():
    """The command that switches randomisation off, if the process may do so. Docker forbids it."""
    command = ['setarch', '-R']
    try:
        return command if run([*command, 'true']).returncode == 0 else []
    except OSError:
        return []


native = is_native()
if not native:
    print('i386: no 32-bit programs here: run by qemu, threads without signals')
ports.check_cross('i386', 'i686-linux-gnu-gcc', entry_bytes=8,
                  runner=fixed_addresses() if native else ['qemu-i386-static'],
                  region=[] if native else ['without-signals'],
                  dynamic=[f'-Wl,-rpath,{LIBC},-I,{LIBC}/ld-linux.so.2'])
finish()
