#!/bin/sh
# SPDX-License-Identifier: MIT
# Analyses src/ and criterion-plugin/ with gcc -fanalyzer, clang-tidy and cppcheck. Fails on any
# finding. A comment at the line suppresses a false finding, and gives the reason. .clang-tidy lists
# the disabled checks, with reasons. Tests and examples are not analysed: they leak, overrun and fail
# on purpose.
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

# Build first, because the build generates headers.
CC=clang CXX=clang++ set_up build/analyse-clang
ninja -C build/analyse-clang
run-clang-tidy -quiet -p build/analyse-clang 2>/dev/null || finding clang-tidy

# cppcheck does not read system headers, so the macros that matter are defined here.
cppcheck --project=build/analyse-clang/compile_commands.json --enable=warning,performance,portability \
    --inline-suppr --quiet --error-exitcode=1 --platform=unix64 --suppress=missingIncludeSystem \
    -D__x86_64__ -D__linux__ -D__GNUC__=12 -D__SIZEOF_SIZE_T__=8 \
    '-DCR_REPORT_HOOK_IMPL(Kind)=void hook_##Kind' || finding cppcheck

[ "$status" -eq 0 ] && echo 'analyse.sh: no findings'
exit "$status"
