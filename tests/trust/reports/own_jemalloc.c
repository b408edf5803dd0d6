// SPDX-License-Identifier: MIT
/* fd #2121: a program with an allocator of its own, and another one preloaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *text = strdup("twelve bytes");
    text = realloc(text, 100000);
    puts(text);
    free(text);
    char *line = NULL;
    size_t size = 0;
    FILE *self = fopen("/proc/self/maps", "r");
    while (getline(&line, &size, self) > 0)
        ;
    fclose(self);
    free(line);
    return 0;
}
