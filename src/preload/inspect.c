/* SPDX-License-Identifier: MIT */
/* See inspect.h. */
#define _GNU_SOURCE
#include "preload/inspect.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MAX_SCRIPTS = 4 }; /* an interpreter may be a script; the limit is that of the kernel */

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#else
enum { MACHINE = EM_NONE };
#endif

/* Return whether the kernel runs the program with other rights, so that the loader ignores
   LD_PRELOAD. */
static bool is_privileged(int fd, const struct stat *status)
{
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return false;
    if ((status->st_mode & S_ISUID && status->st_uid != getuid())
        || (status->st_mode & S_ISGID && status->st_mode & S_IXGRP && status->st_gid != getgid()))
        return true;
    return getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

static enum at_measurability refuse(const char *path, const char *why, char *reason, size_t size)
{
    snprintf(reason, size, "%s %s", path, why);
    return AT_PRELOAD_UNMEASURABLE;
}

static enum at_measurability inspect_loader(int fd, const char *path, const ElfW(Phdr) * header,
                                            char *reason, size_t size)
{
    char loader[256] = "";
    size_t n = header->p_filesz < sizeof loader ? header->p_filesz : sizeof loader - 1;
    if (pread(fd, loader, n, (off_t) header->p_offset) < 0)
        return AT_PRELOAD_MEASURABLE;
    bool is_musl = strstr(loader, "ld-musl") != NULL;
#ifdef __GLIBC__
    bool other = is_musl;
#else
    bool other = !is_musl;
#endif
    return other ? refuse(path,
                          "uses another C library than alloc_tracker, so alloc_tracker cannot be "
                          "loaded into it; build alloc_tracker with the program's C library",
                          reason, size)
                 : AT_PRELOAD_MEASURABLE;
}

static enum at_measurability inspect_elf(int fd, const char *path, char *reason, size_t size)
{
    ElfW(Ehdr) elf;
    if (pread(fd, &elf, sizeof elf, 0) != sizeof elf)
        return AT_PRELOAD_MEASURABLE; /* exec() will fail */
    unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (elf.e_ident[EI_CLASS] != class || (MACHINE != EM_NONE && elf.e_machine != MACHINE))
        return refuse(path,
                      "is built for another machine or word size than alloc_tracker, so "
                      "alloc_tracker cannot be loaded into it; build alloc_tracker for the "
                      "program's machine and word size",
                      reason, size);
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        ElfW(Phdr) header;
        off_t offset = (off_t) (elf.e_phoff + (uint64_t) i * elf.e_phentsize);
        if (pread(fd, &header, sizeof header, offset) != sizeof header)
            return AT_PRELOAD_MEASURABLE;
        if (header.p_type == PT_INTERP)
            return inspect_loader(fd, path, &header, reason, size);
    }
    return refuse(path,
                  "is linked statically, so nothing can be loaded into it; link it dynamically, or "
                  "link it with `pkg-config --libs alloc-tracker-static` and call "
                  "at_region_begin() in its code",
                  reason, size);
}

/* Copy the interpreter from the first line of a script. Return false if there is none. */
static bool read_interpreter(const char *head, char out[PATH_MAX])
{
    const char *at = head + 2;
    at += strspn(at, " \t");
    size_t n = strcspn(at, " \t\n");
    if (n == 0 || n >= PATH_MAX)
        return false;
    memcpy(out, at, n);
    out[n] = '\0';
    return true;
}

static enum at_measurability inspect_open(int fd, const char *path, char *reason, size_t size,
                                          char interpreter[PATH_MAX])
{
    struct stat status;
    char head[512];
    ssize_t n = pread(fd, head, sizeof head - 1, 0);
    head[n > 0 ? n : 0] = '\0';
    if (head[0] == '#' && head[1] == '!' && read_interpreter(head, interpreter))
        return AT_PRELOAD_MEASURABLE; /* the kernel ignores a script's set-user-ID bit */
    if (fstat(fd, &status) == 0 && is_privileged(fd, &status))
        return refuse(
            path,
            "is set-user-ID, set-group-ID or has file capabilities, so the loader ignores "
            "LD_PRELOAD; run a copy without them, or run it as the user it changes to",
            reason, size);
    return memcmp(head, ELFMAG, SELFMAG) == 0 ? inspect_elf(fd, path, reason, size)
                                              : AT_PRELOAD_MEASURABLE;
}

static bool is_program(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode)) {
        errno = EACCES;
        return false;
    }
    return access(path, X_OK) == 0;
}

enum at_measurability at_inspect(const char *path, char *reason, size_t size)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s", path);
    for (int i = 0; i <= MAX_SCRIPTS; i++) {
        if (!is_program(file))
            return errno == ENOENT || errno == ENOTDIR ? AT_PRELOAD_NOT_FOUND
                                                       : AT_PRELOAD_NOT_EXECUTABLE;
        int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            return AT_PRELOAD_MEASURABLE; /* may be executable, although not readable */
        char interpreter[PATH_MAX] = "";
        enum at_measurability result = inspect_open(fd, file, reason, size, interpreter);
        close(fd);
        if (!interpreter[0])
            return result;
        memcpy(file, interpreter, sizeof file);
    }
    errno = ELOOP;
    return AT_PRELOAD_NOT_EXECUTABLE;
}

bool at_inspect_find(const char *name, const char *path, char out[PATH_MAX])
{
    if (strchr(name, '/'))
        return (size_t) snprintf(out, PATH_MAX, "%s", name) < PATH_MAX;
    int error = ENOENT;
    for (const char *at = path ? path : "/bin:/usr/bin"; name[0]; at++) {
        size_t n = strcspn(at, ":");
        int length = n ? snprintf(out, PATH_MAX, "%.*s/%s", (int) n, at, name)
                       : snprintf(out, PATH_MAX, "%s", name);
        if (length < PATH_MAX && is_program(out))
            return true;
        if (length < PATH_MAX && errno == EACCES)
            error = EACCES;
        at += n;
        if (!*at)
            break;
    }
    errno = error;
    return false;
}
