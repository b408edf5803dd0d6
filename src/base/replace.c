/* SPDX-License-Identifier: MIT */
/* See replace.h. */
#define _GNU_SOURCE
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

bool at_write_all(int fd, const struct at_text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t n = write(fd, text->data + done, text->length - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t) n : 0;
    }
    return true;
}

static bool clean_up(int fd, const char *temporary, int error)
{
    if (fd >= 0)
        close(fd);
    if (temporary)
        unlink(temporary);
    errno = error;
    return false;
}

static bool write_to(const char *path, const struct at_text *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    if (!at_write_all(fd, text))
        return clean_up(fd, NULL, errno);
    return close(fd) == 0;
}

/* Create a file in the directory of `path`, with a name that no other process or thread uses. */
static int open_temporary(const char *path, char out[PATH_MAX])
{
    static uint32_t last; /* atomic */
    const char *slash = strrchr(path, '/');
    int directory = slash ? (int) (slash - path) + 1 : 0;
    for (;;) {
        int n = snprintf(out, PATH_MAX, "%.*s.%s.%ld.%u.tmp", directory, path, path + directory,
                         (long) getpid(), __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED));
        if (n >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
}

/* Return whether the limit on the size of files allows the text. A larger write would end the
   process by a signal. */
static bool is_within_limit(const struct at_text *text)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || text->length <= limit.rlim_cur;
}

static bool replace_file(const char *path, mode_t mode, const struct at_text *text)
{
    char temporary[PATH_MAX];
    if (!is_within_limit(text)) {
        errno = EFBIG;
        return false;
    }
    int fd = open_temporary(path, temporary);
    if (fd < 0)
        return false;
    if (!at_write_all(fd, text) || (mode && fchmod(fd, mode) != 0) || fsync(fd) != 0)
        return clean_up(fd, temporary, errno);
    if (close(fd) != 0 || rename(temporary, path) != 0)
        return clean_up(-1, temporary, errno);
    return true;
}

bool at_replace_file(const char *path, const struct at_text *text)
{
    if (text->truncated) {
        errno = ENOMEM;
        return false;
    }
    if (strcmp(path, "-") == 0)
        return at_write_all(STDOUT_FILENO, text);
    char target[PATH_MAX];
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT && replace_file(path, 0, text);
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    /* A pipe and a deleted file have a name in /proc only, so they cannot be replaced. */
    if (S_ISREG(status.st_mode) && realpath(path, target))
        return replace_file(target, status.st_mode & 07777, text);
    return write_to(path, text);
}
