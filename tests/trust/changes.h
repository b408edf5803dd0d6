/* SPDX-License-Identifier: MIT */
/*
 * Changes that a program makes to itself, one function each. test_changed.py runs each function
 * before an allocation, in tests (changed.c) and in a program (changed_program.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The exit status of the program if a change is not possible here. The test is skipped then. */
enum { CHANGE_IMPOSSIBLE = 77 };

extern char **environ;

static int change_nothing(void)
{
    return 0;
}

static int change_clearenv(void)
{
    return clearenv();
}

static int change_environ(void)
{
    environ = NULL;
    return 0;
}

static int change_setenv(void)
{
    static char nothing[] = "NOTHING=1";
    static char *fresh[] = { nothing, NULL };
    environ = fresh;
    return setenv("LC_ALL", "xx_XX", 1);
}

static int change_setuid(void)
{
    if (getuid() != 0)
        return CHANGE_IMPOSSIBLE;
    return setgid(65534) || setuid(65534);
}

static int change_setresuid(void)
{
    if (getuid() != 0)
        return CHANGE_IMPOSSIBLE;
    return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

static int change_chroot(void)
{
    return getuid() == 0 ? chroot("/mnt") : CHANGE_IMPOSSIBLE;
}

static int change_chdir(void)
{
    return chdir("/");
}

static int change_user_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0 ? 0 : CHANGE_IMPOSSIBLE;
}

static int change_pid_namespace(void)
{
    return unshare(CLONE_NEWPID) == 0 ? 0 : CHANGE_IMPOSSIBLE;
}

static int own_mounts(void)
{
    return unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int change_proc_unmounted(void)
{
    if (own_mounts())
        return CHANGE_IMPOSSIBLE;
    return umount2("/proc", MNT_DETACH);
}

static int change_proc_covered(void)
{
    if (own_mounts())
        return CHANGE_IMPOSSIBLE;
    return mount("none", "/proc", "tmpfs", 0, NULL);
}

static int change_sources_covered(void)
{
    if (own_mounts())
        return CHANGE_IMPOSSIBLE;
    return mount("none", "/tmp", "tmpfs", 0, NULL) || mount("none", "/usr", "tmpfs", 0, NULL);
}

static int limit(int resource, rlim_t value)
{
    const struct rlimit limit = { value, value };
    return setrlimit((__rlimit_resource_t) resource, &limit);
}

static int change_file_size(void)
{
    return limit(RLIMIT_FSIZE, 0);
}

static int change_n_files(void)
{
#ifdef CRITERION_CALLS
    return limit(RLIMIT_NOFILE, 1); /* poll() needs as many descriptors as it polls */
#else
    return limit(RLIMIT_NOFILE, 0);
#endif
}

#ifdef REGIONS
#define A_LITTLE (256 << 10) /* a region that begins after the change needs memory */
#else
#define A_LITTLE (32 << 10)
#endif

/* The memory in use, and a little more. */
static int change_address_space(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n <= 0 || limit(RLIMIT_AS, strtoul(text, NULL, 10) * 4096 + A_LITTLE);
}

static int change_data(void)
{
    return limit(RLIMIT_DATA, 16 << 20);
}

static int change_core(void)
{
    return prctl(PR_SET_DUMPABLE, 0);
}

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
    (void) number;
    n_signals++;
}

static int change_file_size_handler(void)
{
    signal(SIGXFSZ, count_signal);
    return limit(RLIMIT_FSIZE, 0);
}

static int change_locale(void)
{
    static const char *const names[] = { "tr_TR.UTF-8", "tr_TR.utf8", "de_DE.UTF-8", "de_DE.utf8" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i]))
            return 0;
    return CHANGE_IMPOSSIBLE;
}

#define ALLOW(number)                                                                              \
    BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, number, 0, 1), BPF_STMT(BPF_RET + BPF_K, SECCOMP_RET_ALLOW)

/* Only the system calls of malloc, of the end of a process, and of Criterion's reports. */
static int filter(unsigned otherwise)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD + BPF_W + BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_futex),
        ALLOW(SYS_getrandom), /* glibc, at the first malloc */
        ALLOW(SYS_write),
        ALLOW(SYS_exit_group),
        ALLOW(SYS_rt_sigreturn),
#ifdef CRITERION_CALLS
        ALLOW(SYS_close),
        ALLOW(SYS_getpid),
        ALLOW(SYS_poll),
        ALLOW(SYS_read),
        ALLOW(SYS_sendmsg),
#endif
        BPF_STMT(BPF_RET + BPF_K, otherwise),
    };
    struct sock_fprog program = { sizeof code / sizeof code[0], code };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
           || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int change_seccomp_kill(void)
{
    return filter(SECCOMP_RET_KILL_PROCESS);
}

static int change_seccomp_errno(void)
{
    return filter(SECCOMP_RET_ERRNO | EPERM);
}

static int change_seccomp_trap(void)
{
    signal(SIGSYS, count_signal);
    return filter(SECCOMP_RET_TRAP);
}

#define CHANGES(CHANGE)                                                                            \
    CHANGE(nothing)                                                                                \
    CHANGE(clearenv)                                                                               \
    CHANGE(environ)                                                                                \
    CHANGE(setenv)                                                                                 \
    CHANGE(setuid)                                                                                 \
    CHANGE(setresuid)                                                                              \
    CHANGE(chroot)                                                                                 \
    CHANGE(chdir)                                                                                  \
    CHANGE(user_namespace)                                                                         \
    CHANGE(pid_namespace)                                                                          \
    CHANGE(proc_unmounted)                                                                         \
    CHANGE(proc_covered)                                                                           \
    CHANGE(sources_covered)                                                                        \
    CHANGE(file_size)                                                                              \
    CHANGE(file_size_handler)                                                                      \
    CHANGE(n_files)                                                                                \
    CHANGE(address_space)                                                                          \
    CHANGE(data)                                                                                   \
    CHANGE(core)                                                                                   \
    CHANGE(locale)                                                                                 \
    CHANGE(seccomp_kill)                                                                           \
    CHANGE(seccomp_errno)                                                                          \
    CHANGE(seccomp_trap)
