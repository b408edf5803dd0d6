# SPDX-License-Identifier: MIT
# Makes a string literal of C of each line, without trigraphs.
s/\\/\\\\/g
s/"/\\"/g
s/?/\\?/g
s/^/"/
s/$/\\n"/
