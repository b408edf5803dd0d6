# SPDX-License-Identifier: MIT
# Makes a string literal of C of each line.
s/\\/\\\\/g
s/"/\\"/g
s/^/"/
s/$/\\n"/
