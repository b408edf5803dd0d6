#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the build in $1 below the directory $2, for tests that use it as a stranger would, and
# touches the stamp $3.
set -eu
rm -rf "$2"
meson install -C "$1" --no-rebuild --quiet --destdir "$2" >"$3.log"
touch "$3"
