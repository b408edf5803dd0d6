#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the readers of the alloc-tracker command and of report files with libFuzzer, AddressSanitizer and UBSan:
#
#     run.sh [EXECUTIONS]
#
# Begins with the corpus in this directory. New inputs are stored in build/fuzz/corpus. The sources are
# those of the program fuzz_readers in build/gcc, which must be built.
set -eu
cd "$(dirname "$0")/../.."
executions=${1:-1000000}
mkdir -p build/fuzz/corpus
sources=$(meson introspect --targets build/gcc | python3 -c '
import json, sys
[target] = [target for target in json.load(sys.stdin) if target["name"] == "fuzz_readers"]
for group in target["target_sources"]:
    print(*(name for name in group.get("sources", ()) if name.endswith(".c")))')
# shellcheck disable=SC2086 # a list of files
clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -DAT_LIBFUZZER -DAT_VERSION='"fuzzed"' -Iinclude -Isrc -Ibuild/gcc/src/cli \
    $sources -lm -o build/fuzz/readers
build/fuzz/readers -runs="$executions" -max_len=8192 -dict=tests/fuzz/json.dict -print_final_stats=1 \
    build/fuzz/corpus tests/fuzz/corpus tests/session/reports
