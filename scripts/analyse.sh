#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis of what is shipped, src/ and criterion-plugin/, by gcc -fanalyzer, clang-tidy
# (.clang-tidy says what is left out, and why) and cppcheck. Fails on any finding: one that is false
# is suppressed at its line, with the reason. Tests and examples are left out: they leak, overrun
# and fail on purpose.
set -eu
cd "$(dirname "$0")/.."
./scripts/install-deps.sh quick clang-tidy cppcheck

status=0
finding() {
    echo "analyse.sh: $1 has findings" >&2
    status=1
}

set_up() {
    directory=$1
    shift
    [ -d "$directory" ] || meson setup "$directory" -Dwerror=true -Dtests=disabled \
        -Dexamples=disabled "$@" >/dev/null
}

CC=gcc CXX=g++ set_up build/analyse-gcc -Dc_args=-fanalyzer
ninja -C build/analyse-gcc -k 0 || finding 'gcc -fanalyzer'

# Built first, for the headers that the build makes.
CC=clang CXX=clang++ set_up build/analyse-clang
ninja -C build/analyse-clang
run-clang-tidy -quiet -p build/analyse-clang 2>/dev/null || finding clang-tidy

# cppcheck looks into no system header: what of them decides is given here.
cppcheck --project=build/analyse-clang/compile_commands.json --enable=warning,performance,portability \
    --inline-suppr --quiet --error-exitcode=1 --platform=unix64 --suppress=missingIncludeSystem \
    -D__x86_64__ -D__linux__ -D__GNUC__=12 -D__SIZEOF_SIZE_T__=8 \
    '-DCR_REPORT_HOOK_IMPL(Kind)=void hook_##Kind' || finding cppcheck

[ "$status" -eq 0 ] && echo 'analyse.sh: no findings'
exit "$status"
