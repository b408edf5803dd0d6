# SPDX-License-Identifier: MIT
"""The core cross-built for i386, dynamic and fully static, is exact. The processor runs it itself."""

import ports
from harness import finish

LIBC = '/usr/i686-linux-gnu/lib'

ports.check_cross('i386', 'i686-linux-gnu-gcc', slot=8,
                  dynamic=[f'-Wl,-rpath,{LIBC},-I,{LIBC}/ld-linux.so.2'])
finish()
