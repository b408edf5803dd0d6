#!/bin/sh
# SPDX-License-Identifier: MIT
# Combines objects and archives into one relocatable object, which does not call glibc's functions by
# name, because a program, above all a test, may define a function of the same name. See base/libc.h.
#
# combine.sh OUTPUT CC NM OBJCOPY SOURCE GLOBS INPUT...
#
# CC is a compiler with its options, SOURCE the directory of this script. GLOBS are patterns of the
# names that only this library uses, separated by commas.
set -eu
output=$1 cc=$2 nm=$3 objcopy=$4 source=$5 globs=$6
shift 6

# Functions that this library defines itself are called by name, as the program calls them.
allocation='aligned_alloc|calloc|free|malloc|memalign|posix_memalign|pvalloc|realloc|reallocarray'
allocation=$allocation'|valloc'

work=$output.work
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT

$cc -r -nostdlib -o "$work/all.o" "$@"

# Find the undefined names, except weak ones, of functions that libc.so.6 defines in their default
# version. Other libcs are called by name.
libc=$($cc -print-file-name=libc.so.6)
: > "$work/functions"
if [ -f "$libc" ]; then
    $nm -D "$libc" | sed -nE 's/^[0-9a-f]+ [TWi] ([^@]+)@@.*/\1/p' > "$work/functions"
fi
$nm -u "$work/all.o" | sed -n 's/^ *U //p' | grep -vxE "$allocation" \
    | grep -xFf "$work/functions" > "$work/names" || :

sed 's/.*/& at_libc_call_&/' "$work/names" > "$work/renames"
{
    cat "$source/base/libc_call.S"
    sed 's/^/    at_libc_call /' "$work/names"
} > "$work/calls.S"
$cc -c -o "$work/calls.o" "$work/calls.S"

$objcopy --redefine-syms="$work/renames" "$work/all.o"
$cc -r -nostdlib -o "$work/joined.o" "$work/all.o" "$work/calls.o"
echo "at_libc_call_*,$globs" | tr , '\n' > "$work/local"
$objcopy --wildcard --localize-symbols="$work/local" "$work/joined.o" "$output"
