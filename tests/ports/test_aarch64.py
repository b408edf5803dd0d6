# SPDX-License-Identifier: MIT
"""The core for aarch64 is exact in dynamic and in fully static programs. qemu runs the programs."""

import ports
from harness import finish

ports.check_cross('aarch64', 'aarch64-linux-gnu-gcc', entry_bytes=16,
                  runner=['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'])
finish()
