/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the functions that start a process or a program: fork, vfork, clone, the exec family
 * and posix_spawn. The parent takes the row of the new execution, for two reasons: an execution
 * that dies before it can take a row is not lost, and an execution that cannot be observed is
 * reported as such, not as one without allocations.
 *
 * An exec may be called in a child of vfork(), which shares the memory of its parent. So the
 * wrappers of exec write to the table only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tracker/attributes.h"
#include "preload/inspect.h"
#include "preload/preload.h"

typedef int spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                  const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);

static struct {
    pid_t (*fork)(void);
    pid_t (*vfork)(void);
    int (*clone)(int (*run)(void *), void *stack, int flags, void *arg, ...);
    int (*execve)(const char *path, char *const argv[], char *const envp[]);
    int (*execvpe)(const char *file, char *const argv[], char *const envp[]);
    int (*execveat)(int fd, const char *path, char *const argv[], char *const envp[], int flags);
    int (*fexecve)(int fd, char *const argv[], char *const envp[]);
    spawn *posix_spawn;
    spawn *posix_spawnp;
} next;

static const char *find_value(char *const envp[], const char *name)
{
    size_t n = strlen(name);
    for (; envp && *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
            return *envp + n + 1;
    return NULL;
}

/* Return whether a program with this environment will be recorded. */
static bool is_passed_on(char *const envp[])
{
    const char *preload = find_value(envp, "LD_PRELOAD");
    const char *results = find_value(envp, "ALLOC_TRACKER_RESULTS");
    return preload && strstr(preload, "liballoc_tracker") && results
           && strcmp(results, strchr(at_preload_setting(), '=') + 1) == 0;
}

/* Take a row for the program `path`. Return NULL if the program will not start, or the table is
 * full. */
static struct at_execution *take_row(const char *path, char *const argv[], char *const envp[],
                                     pid_t pid)
{
    char reason[PATH_MAX + 256];
    enum at_measurability measurability = at_inspect(path, reason, sizeof reason);
    if (measurability == AT_PRELOAD_NOT_FOUND || measurability == AT_PRELOAD_NOT_EXECUTABLE)
        return NULL;
    struct at_execution *execution = at_preload_take(pid);
    if (!execution)
        return NULL;
    at_execution_set_name(execution, argv && argv[0] && argv[0][0] ? argv[0] : path);
    if (measurability == AT_PRELOAD_UNMEASURABLE)
        at_preload_set_unobserved(execution, reason);
    else if (!is_passed_on(envp))
        at_preload_set_unobserved(execution,
                                  "its parent started it without LD_PRELOAD or "
                                  "ALLOC_TRACKER_RESULTS in the environment; keep both variables");
    return execution;
}

/* Release the row of an execution that did not begin. Keeps errno. */
static void release_row(struct at_execution *execution)
{
    int error = errno;
    if (execution)
        at_execution_set_state(execution, AT_EXECUTION_VOID);
    errno = error;
}

static struct at_execution *begin_exec(const char *path, char *const argv[], char *const envp[])
{
    if (!at_preload_setting())
        return NULL;
    int error = errno;
    struct at_execution *execution = take_row(path, argv, envp, getpid());
    if (execution)
        at_preload_end(AT_EXECUTION_REPLACED, 0);
    errno = error;
    return execution;
}

/* Undo begin_exec(), because the exec has failed: a successful one does not return. */
static int end_exec(struct at_execution *execution, int result)
{
    release_row(execution);
    if (execution)
        at_preload_undo_end();
    return result;
}

AT_API int execve(const char *path, char *const argv[], char *const envp[])
{
    struct at_execution *execution = begin_exec(path, argv, envp);
    return end_exec(execution, next.execve(path, argv, envp));
}

AT_API int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

AT_API int execvpe(const char *file, char *const argv[], char *const envp[])
{
    char path[PATH_MAX];
    bool found = at_preload_setting() && at_inspect_find(file, getenv("PATH"), path);
    struct at_execution *execution = found ? begin_exec(path, argv, envp) : NULL;
    return end_exec(execution, next.execvpe(file, argv, envp));
}

AT_API int execvp(const char *file, char *const argv[])
{
    return execvpe(file, argv, environ);
}

static int exec_open(int fd, const char *name, char *const argv[], char *const envp[], int flags)
{
    char path[PATH_MAX];
    if (name[0] == '/')
        snprintf(path, sizeof path, "%s", name);
    else if (fd == AT_FDCWD)
        snprintf(path, sizeof path, "./%s", name);
    else
        snprintf(path, sizeof path, "/proc/self/fd/%d%s%s", fd, name[0] ? "/" : "", name);
    struct at_execution *execution = begin_exec(path, argv, envp);
    return end_exec(execution, flags < 0 ? next.fexecve(fd, argv, envp)
                                         : next.execveat(fd, name, argv, envp, flags));
}

AT_API int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    return exec_open(fd, path, argv, envp, flags);
}

AT_API int fexecve(int fd, char *const argv[], char *const envp[])
{
    return exec_open(fd, "", argv, envp, -1);
}

/* Return the number of arguments before NULL. */
static size_t count_arguments(const char *first, va_list arguments)
{
    size_t n = 0;
    for (const char *at = first; at; at = va_arg(arguments, const char *))
        n++;
    return n;
}

static void copy_arguments(char **argv, size_t n, const char *first, va_list arguments)
{
    argv[0] = (char *) first;
    for (size_t i = 1; i <= n; i++)
        argv[i] = va_arg(arguments, char *);
}

/* Copy a list of arguments to the array `argv`, on the stack, because nothing here may allocate.
   The list is open afterwards, at the argument after NULL. */
#define COLLECT(argv, first)                                                                       \
    va_list arguments;                                                                             \
    va_start(arguments, first);                                                                    \
    size_t n = count_arguments(first, arguments);                                                  \
    va_end(arguments);                                                                             \
    char *argv[n + 1];                                                                             \
    va_start(arguments, first);                                                                    \
    copy_arguments(argv, n, first, arguments)

AT_API int execl(const char *path, const char *first, ...)
{
    COLLECT(argv, first);
    va_end(arguments);
    return execve(path, argv, environ);
}

AT_API int execlp(const char *file, const char *first, ...)
{
    COLLECT(argv, first);
    va_end(arguments);
    return execvpe(file, argv, environ);
}

AT_API int execle(const char *path, const char *first, ...)
{
    COLLECT(argv, first);
    char *const *envp = va_arg(arguments, char *const *);
    va_end(arguments);
    return execve(path, argv, envp);
}

static int spawn_with(spawn *start, bool found, const char *path, pid_t *pid, const char *file,
                      const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    struct at_execution *execution = NULL;
    if (found && at_preload_setting())
        execution = take_row(path, argv, envp, 0);
    if (execution)
        execution->spawned = 1;
    pid_t child = 0;
    int error = start(&child, file, actions, attributes, argv, envp);
    if (pid && error == 0)
        *pid = child;
    if (execution)
        __atomic_store_n(&execution->pid, child, __ATOMIC_RELEASE);
    if (error)
        release_row(execution);
    return error;
}

AT_API int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn_with(next.posix_spawn, true, path, pid, path, actions, attributes, argv, envp);
}

AT_API int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    char path[PATH_MAX];
    bool found = at_preload_setting() && at_inspect_find(file, getenv("PATH"), path);
    return spawn_with(next.posix_spawnp, found, path, pid, file, actions, attributes, argv, envp);
}

AT_API pid_t fork(void)
{
    struct at_execution *execution = at_preload_is_recording() ? at_preload_take_for_fork() : NULL;
    pid_t pid = next.fork();
    if (pid != 0)
        at_preload_forked(execution, pid);
    return pid;
}

/* The child returns first, on the parent's stack, so this function must have no frame when it calls
   the other: the call must be a jump. The test `interpose tails` checks it. */
AT_API pid_t vfork(void)
{
    at_preload_share_memory();
    return next.vfork();
}

/* clone() ignores those of the last three arguments that its flags do not request. */
AT_API int clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
    va_list arguments;
    va_start(arguments, arg);
    void *parent = va_arg(arguments, void *);
    void *tls = va_arg(arguments, void *);
    void *child = va_arg(arguments, void *);
    va_end(arguments);
    if (flags & CLONE_VM)
        at_preload_share_memory();
    return next.clone(run, stack, flags, arg, parent, tls, child);
}

void at_launch_start(void)
{
    next.vfork = (pid_t(*)(void)) dlsym(RTLD_NEXT, "vfork");
    next.clone = (int (*)(int (*)(void *), void *, int, void *, ...)) dlsym(RTLD_NEXT, "clone");
    next.fork = (pid_t(*)(void)) dlsym(RTLD_NEXT, "fork");
    next.execve = (int (*)(const char *, char *const[], char *const[])) dlsym(RTLD_NEXT, "execve");
    next.execvpe =
        (int (*)(const char *, char *const[], char *const[])) dlsym(RTLD_NEXT, "execvpe");
    next.execveat = (int (*)(int, const char *, char *const[], char *const[], int)) dlsym(
        RTLD_NEXT, "execveat");
    next.fexecve = (int (*)(int, char *const[], char *const[])) dlsym(RTLD_NEXT, "fexecve");
    next.posix_spawn = (spawn *) dlsym(RTLD_NEXT, "posix_spawn");
    next.posix_spawnp = (spawn *) dlsym(RTLD_NEXT, "posix_spawnp");
}
