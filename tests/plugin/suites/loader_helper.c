/* SPDX-License-Identifier: MIT */
/* What the plugin of loader.c is bound to late. */
int loader_helper(int n);

int loader_helper(int n)
{
    return n + 1;
}
