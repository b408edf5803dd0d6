// SPDX-License-Identifier: MIT
/* aether #667: a wrapper around vfork destroys the frame that the child shares with its parent. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn(const char *path, int status)
{
    volatile int guard = 0x5a5a;
    pid_t pid = vfork();
    if (pid == 0) {
        if (path)
            execl(path, path, (char *) NULL);
        _exit(status);
    }
    int seen;
    if (pid < 0 || waitpid(pid, &seen, 0) != pid || guard != 0x5a5a)
        return -1;
    return WEXITSTATUS(seen);
}

int main(void)
{
    void *volatile block = malloc(77);
    for (int i = 0; i < 20; i++)
        if (spawn(NULL, i) != i)
            return 1;
    printf("%d %d\n", spawn("/bin/true", 9), spawn("/no/such/program", 9));
    free(block);
    return 0;
}
