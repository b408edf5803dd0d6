#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the build directory $1 below the directory $2, and touches the stamp $3. Tests use this
# installation as a user would.
set -eu
rm -rf "$2"
meson install -C "$1" --no-rebuild --quiet --destdir "$2" >"$3.log"
touch "$3"
