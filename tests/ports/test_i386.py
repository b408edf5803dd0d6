# SPDX-License-Identifier: MIT
"""The core cross-built for i386, dynamic and fully static, is exact. The processor runs it itself;
where the kernel runs no 32-bit programs, qemu does, without a part: qemu-i386 7.2 crashes any program
whose threads allocate while signals come in, one without alloc_tracker too."""

import ports
from harness import finish, run

LIBC = '/usr/i686-linux-gnu/lib'


def is_native():
    try:
        return run([f'{LIBC}/ld-linux.so.2', '--version']).returncode == 0
    except OSError:
        return False


native = is_native()
if not native:
    print('i386: no 32-bit programs here: run by qemu, threads without signals')
ports.check_cross('i386', 'i686-linux-gnu-gcc', slot=8,
                  runner=[] if native else ['qemu-i386-static'],
                  region=[] if native else ['without-signals'],
                  dynamic=[f'-Wl,-rpath,{LIBC},-I,{LIBC}/ld-linux.so.2'])
finish()
