// SPDX-License-Identifier: MIT
// bcc #4958: the function that calls operator new is missing from the stack.
#include <cstdlib>

int *volatile kept;

__attribute__((noinline)) static int *foo()
{
    int *number = new int; // HERE new
    kept = number;
    return number;
}

int main()
{
    return foo() ? 0 : 1; // HERE main
}
