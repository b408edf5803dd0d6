// SPDX-License-Identifier: MIT
// counts.cpp without the library: prepares call number ARG, and makes the call unless there is a
// second argument. The difference between the two, under valgrind, is the expected result.
#include "counts.h"

#include <cstdlib>

int main(int argc, char **argv)
{
    const struct counted_call *counted = &counted_calls[atoi(argv[1])];
    if (counted->prepare)
        counted->prepare();
    if (argc == 2)
        counted->call();
    return 0;
}
