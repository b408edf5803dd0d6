#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the readers of the alloc-tracker command with libFuzzer under AddressSanitizer and UBSan, from
# the corpus beside this file: run.sh [EXECUTIONS]. What it finds new stays in build/fuzz/corpus.
set -eu
cd "$(dirname "$0")/../.."
executions=${1:-1000000}
mkdir -p build/fuzz/corpus
sed -f src/cli/page.sed src/cli/page.html >build/fuzz/page_html.h
sources=$(ls src/base/intern.c src/base/pages.c src/base/text.c src/base/utf8.c src/report/baseline*.c \
    src/report/check_*.c src/cli/describe.c src/results/environment.c src/results/grow.c \
    src/base/json_input.c src/base/json_number.c src/base/json_scan.c src/base/json_text.c src/results/comparison.c \
    src/results/location.c src/report/results*.c src/report/show_*.c src/results/tolerance.c)
# shellcheck disable=SC2086
clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -DAT_LIBFUZZER -DAT_VERSION='"fuzzed"' -Iinclude -Isrc -Ibuild/fuzz \
    tests/fuzz/fuzz_readers.c $sources -o build/fuzz/readers
build/fuzz/readers -runs="$executions" -max_len=8192 -dict=tests/fuzz/json.dict -print_final_stats=1 \
    build/fuzz/corpus tests/fuzz/corpus
