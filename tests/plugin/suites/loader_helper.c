/* SPDX-License-Identifier: MIT */
/* The plugin of loader.c is bound to this object by lazy binding. */
int loader_helper(int n);

int loader_helper(int n)
{
    return n + 1;
}
