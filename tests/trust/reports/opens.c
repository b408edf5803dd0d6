// SPDX-License-Identifier: MIT
/* libleak #10: blocks of a library that was opened later are missing. */
#include <stdio.h>
#include <stdlib.h>

void *open_plugin(void);

int main(void)
{
    void *(*get)(void) = (void *(*) (void) ) open_plugin();
    if (!get)
        return 1;
    printf("%s\n", get() ? "opened" : "no block");
    return 0;
}
