# SPDX-License-Identifier: MIT
"""The core cross-built for aarch64 and run by qemu, dynamic and fully static, is exact."""

import ports
from harness import finish

ports.check_cross('aarch64', 'aarch64-linux-gnu-gcc', slot=16,
                  runner=['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'])
finish()
