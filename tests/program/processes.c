/* SPDX-License-Identifier: MIT */
/*
 * Ways to start and to end a process, each with a number of allocations that is known: N blocks of
 * 100 bytes are take(N), and no other allocation is made that the table in test_processes.py does
 * not say.
 *
 * One file, since each way is a row of one table and a few lines.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[4096];

static void *take(int n)
{
    void *last = NULL;
    for (int i = 0; i < n; i++)
        last = malloc(100);
    return last;
}

static void take_at_exit(void)
{
    free(take(3));
}

static __attribute__((constructor)) void take_at_start(void)
{
    if (getenv("TAKE_AROUND"))
        free(take(2));
}

static __attribute__((destructor)) void take_at_end(void)
{
    if (getenv("TAKE_AROUND"))
        free(take(4));
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) != pid)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int by_exit(void)
{
    atexit(take_at_exit);
    free(take(5));
    exit(7);
}

static int by_return(void)
{
    free(take(5));
    return 0;
}

static int by_underscore_exit(void)
{
    take(5);
    _exit(3);
}

static int by_quick_exit(void)
{
    at_quick_exit(take_at_exit);
    take(5);
    quick_exit(4);
}

static int by_abort(void)
{
    take(5);
    abort();
}

static int by_kill(void)
{
    take(5);
    return raise(SIGKILL);
}

static int by_fault(void)
{
    take(5);
    return *(volatile int *) 16;
}

static pthread_barrier_t barrier;

static void *outlive(void *main_thread)
{
    pthread_join(*(pthread_t *) main_thread, NULL);
    take(5);
    return NULL;
}

/* main ends first; the thread's end is the process's. */
static int by_last_thread(void)
{
    static pthread_t main_thread;
    pthread_t thread;
    main_thread = pthread_self();
    pthread_create(&thread, NULL, outlive, &main_thread);
    take(2);
    pthread_exit(NULL);
}

static void *allocate_for_ever(void *arg)
{
    (void) arg;
    pthread_barrier_wait(&barrier);
    for (;;)
        free(take(1));
}

/* Others are in the middle of allocations when the process ends. */
static int by_exit_among_threads(void)
{
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 5);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, allocate_for_ever, NULL);
    pthread_barrier_wait(&barrier);
    free(take(1));
    return 0;
}

static void leave(int signal)
{
    (void) signal;
    _exit(5);
}

/* The handler interrupts malloc, free or the tracker itself. */
static int by_signal_handler(void)
{
    signal(SIGALRM, leave);
    ualarm(2000, 0);
    for (;;)
        free(take(1));
}

static int by_fork(void)
{
    void *block = take(5);
    pid_t pid = fork();
    if (pid == 0) {
        free(block);
        take(10);
        _exit(2);
    }
    free(take(1));
    return wait_for(pid);
}

/* The child's child is a copy of a copy. */
static int by_fork_of_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(2);
        pid_t next = fork();
        if (next == 0) {
            take(4);
            exit(0);
        }
        exit(wait_for(next));
    }
    return wait_for(pid);
}

enum { N_CHILDREN = 100, N_FORKERS = 4 };

static void fork_many(int n)
{
    for (int i = 0; i < n; i++) {
        if (fork() == 0) {
            take(3);
            _exit(0);
        }
    }
}

static int by_many(void)
{
    fork_many(N_CHILDREN);
    while (wait(NULL) > 0)
        ;
    return 0;
}

static void *fork_in_thread(void *arg)
{
    fork_many(N_CHILDREN / N_FORKERS);
    return arg;
}

static int by_many_threads(void)
{
    pthread_t threads[N_FORKERS];
    for (int i = 0; i < N_FORKERS; i++)
        pthread_create(&threads[i], NULL, fork_in_thread, NULL);
    for (int i = 0; i < N_FORKERS; i++)
        pthread_join(threads[i], NULL);
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* The parent is gone when the child, which holds standard output open, goes on. */
static int by_leaving_a_child(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    take(1);
    if (fork() == 0) {
        char byte;
        close(ends[1]);
        while (read(ends[0], &byte, 1) != 0)
            ;
        take(6);
        exit(0);
    }
    return 0;
}

static int by_daemon(void)
{
    take(1);
    if (daemon(1, 1) != 0)
        return 1;
    take(6);
    return 0;
}

static int by_killed_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(8);
        raise(SIGKILL);
    }
    return wait_for(pid) == 128 + SIGKILL ? 0 : 1;
}

static char *again[] = { "again", "return", NULL };

static int by_vfork(void)
{
    take(1);
    pid_t pid = vfork();
    if (pid == 0) {
        execve("/nonexistent", again, environ);
        execve(self, again, environ);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_vfork_without_exec(void)
{
    take(1);
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    take(2);
    return wait_for(pid);
}

static int by_spawn(void)
{
    pid_t pid;
    take(1);
    if (posix_spawn(&pid, self, NULL, NULL, again, environ) != 0)
        return 1;
    return wait_for(pid);
}

static int by_spawn_that_fails(void)
{
    pid_t pid;
    take(1);
    return posix_spawn(&pid, "/nonexistent", NULL, NULL, again, environ) == 0;
}

/* The child's parent is gone before it has said a word. */
static int by_spawn_and_leave(void)
{
    pid_t pid;
    return posix_spawn(&pid, self, NULL, NULL, again, environ);
}

static int by_exec(void)
{
    take(1);
    execl(self, "again", "return", (char *) NULL);
    return 9;
}

static int by_exec_with_environment(void)
{
    char *environment[64] = { "EXTRA=1" };
    for (int i = 0; i < 62 && environ[i]; i++)
        environment[i + 1] = environ[i];
    take(1);
    execle(self, "again", "return", (char *) NULL, environment);
    return 9;
}

static int by_exec_of_descriptor(void)
{
    take(1);
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    fexecve(fd, again, environ);
    return 9;
}

/* What failed is forgotten. */
static int by_exec_that_fails(void)
{
    take(1);
    execl("/etc/passwd", "passwd", (char *) NULL);
    execl(getenv("NOT_A_PROGRAM"), "none", (char *) NULL);
    take(1);
    return 0;
}

/* It goes on as what it was. */
static int by_exec_that_fails_and_kill(void)
{
    take(1);
    execl(getenv("NOT_A_PROGRAM"), "none", (char *) NULL);
    take(1);
    return raise(SIGKILL);
}

static int by_exec_in_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, "again", "return", (char *) NULL);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_exec_after_take_in_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(2);
        execlp(self, "again", "return", (char *) NULL);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_exec_without_environment(void)
{
    char *nothing[] = { NULL };
    pid_t pid = fork();
    if (pid == 0) {
        execve(self, again, nothing);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_closing_everything(void)
{
    take(2);
    closefrom(3);
    return chdir("/");
}

static int by_writing_nothing_more(void)
{
    take(2);
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
}

/* Each depth is a call site of its own, with a long stack. */
static int at_depth(int depth)
{
    void *volatile block = malloc(10);
    free(block);
    int below = depth > 1 ? at_depth(depth - 1) : 0;
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return below;
}

static int by_many_sites(void)
{
    return at_depth(1000);
}

/* A child that shares the memory, or was made without libc, is not this process: what it says when
   it ends is not of this one, which a signal ends. */
static int after_child(pid_t child)
{
    waitpid(child, NULL, 0);
    take(2);
    return raise(SIGKILL);
}

static int by_vforked_child(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(9);
    return after_child(child);
}

static int leave_with(void *arg)
{
    _exit(*(int *) arg);
}

static int by_cloned_child(void)
{
    static char stack[65536] __attribute__((aligned(64)));
    static int status = 9;
    return after_child(
        clone(leave_with, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &status));
}

static int by_bare_fork(void)
{
    pid_t child = (pid_t) syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        take(3);
        _exit(9);
    }
    return after_child(child);
}

static const struct {
    const char *name;
    int (*run)(void);
} ways[] = {
    { "exit", by_exit },
    { "return", by_return },
    { "_exit", by_underscore_exit },
    { "quick_exit", by_quick_exit },
    { "abort", by_abort },
    { "kill", by_kill },
    { "fault", by_fault },
    { "last_thread", by_last_thread },
    { "exit_among_threads", by_exit_among_threads },
    { "signal_handler", by_signal_handler },
    { "fork", by_fork },
    { "fork_of_fork", by_fork_of_fork },
    { "many", by_many },
    { "many_threads", by_many_threads },
    { "leaving_a_child", by_leaving_a_child },
    { "daemon", by_daemon },
    { "killed_child", by_killed_child },
    { "vfork", by_vfork },
    { "vfork_without_exec", by_vfork_without_exec },
    { "spawn", by_spawn },
    { "spawn_that_fails", by_spawn_that_fails },
    { "spawn_and_leave", by_spawn_and_leave },
    { "exec", by_exec },
    { "exec_with_environment", by_exec_with_environment },
    { "exec_of_descriptor", by_exec_of_descriptor },
    { "exec_that_fails", by_exec_that_fails },
    { "exec_that_fails_and_kill", by_exec_that_fails_and_kill },
    { "exec_in_fork", by_exec_in_fork },
    { "exec_after_take_in_fork", by_exec_after_take_in_fork },
    { "exec_without_environment", by_exec_without_environment },
    { "closing_everything", by_closing_everything },
    { "writing_nothing_more", by_writing_nothing_more },
    { "many_sites", by_many_sites },
    { "vforked_child", by_vforked_child },
    { "cloned_child", by_cloned_child },
    { "bare_fork", by_bare_fork },
};

int main(int argc, char **argv)
{
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            return ways[i].run();
    return 64;
}
