/* SPDX-License-Identifier: MIT */
/* See source.h. */
#define _GNU_SOURCE
#include "symbols/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const system_directories[] = {
    "/usr/include/",
    "/usr/local/include/c++/",
    "/usr/lib/gcc/",
    "/usr/lib/llvm",
};

bool at_source_is_cpp_library(const char *path)
{
    /* libstdc++ has the version of gcc in its path, libc++ has v1. A distribution may put the
       headers of one architecture into a directory of its own. */
    static const char directory[] = "/c++/";
    const char *at = strstr(path, directory);
    if (!at || !strstr(path, "/include/"))
        return false;
    at += sizeof directory - 1;
    return (*at >= '0' && *at <= '9') || strncmp(at, "v1/", 3) == 0;
}

bool at_source_is_system(const char *path)
{
    for (size_t i = 0; i < sizeof system_directories / sizeof system_directories[0]; i++)
        if (strncmp(path, system_directories[i], strlen(system_directories[i])) == 0)
            return true;
    return at_source_is_cpp_library(path);
}

/* Append a component to the path in `out` and return the new length. ".." removes the last one. */
static size_t add_component(char *out, size_t length, size_t size, const char *name, size_t n)
{
    if (n == 0 || (n == 1 && name[0] == '.'))
        return length;
    if (n == 2 && name[0] == '.' && name[1] == '.') {
        size_t parent = length;
        while (parent > 0 && out[parent - 1] != '/')
            parent--;
        bool nothing_to_undo =
            length == 0 || (length - parent == 2 && memcmp(out + parent, "..", 2) == 0);
        if (!nothing_to_undo)
            return parent > 0 ? parent - 1 : 0;
        if (out[0] == '/')
            return length;
    }
    if (length + n + 1 >= size)
        return length;
    if (length > 0 || out[0] == '/')
        out[length++] = '/';
    memcpy(out + length, name, n);
    return length + n;
}

static char fixed_directory[PATH_MAX];

void at_source_fix_directory(void)
{
    if (!getcwd(fixed_directory, sizeof fixed_directory - 1))
        fixed_directory[0] = '\0';
}

static bool find_directory(char directory[PATH_MAX])
{
    int saved = errno;
    if (fixed_directory[0])
        strcpy(directory, fixed_directory);
    bool known = fixed_directory[0] || getcwd(directory, PATH_MAX - 1) != NULL;
    errno = saved;
    return known;
}

/* Make an absolute path relative to the working directory if that is shorter. */
static void make_relative(char *path, size_t length)
{
    char directory[PATH_MAX];
    if (!find_directory(directory) || strcmp(directory, "/") == 0)
        return;
    strcat(directory, "/");
    size_t common = 0;
    for (size_t i = 0; directory[i] && directory[i] == path[i]; i++)
        if (path[i] == '/')
            common = i + 1;
    size_t n_up = 0;
    for (const char *rest = directory + common; *rest; rest++)
        n_up += *rest == '/';
    if (common <= 1 || 3 * n_up >= common)
        return;
    memmove(path + 3 * n_up, path + common, length - common + 1);
    for (size_t i = 0; i < n_up; i++)
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the path goes on behind it */
        memcpy(path + 3 * i, "../", 3);
}

void at_source_path(const char *path, char *out, size_t size)
{
    memset(out, 0, size);
    size_t length = 0;
    bool absolute = path[0] == '/';
    out[0] = absolute ? '/' : '\0';
    while (*path) {
        size_t n = strcspn(path, "/");
        length = add_component(out, length, size, path, n);
        path += n + (path[n] == '/');
    }
    out[length] = '\0';
    if (absolute && !at_source_is_system(out))
        make_relative(out, length);
}

/* Return true if the file can be read. After at_source_fix_directory() no file is searched. */
static bool is_readable(const char *path)
{
    return !fixed_directory[0] && access(path, R_OK) == 0;
}

void at_source_find(const char *path, const char *object, char *out, size_t size)
{
    char candidate[PATH_MAX];
    int saved = errno;
    /* libbacktrace joins the compiler's directory and the name even if the name is absolute. */
    const char *joined = strstr(path, "//");
    if (joined && !is_readable(path))
        path = joined + 1;
    at_source_path(path, out, size);
    if (path[0] == '/' || fixed_directory[0] || is_readable(path)) {
        errno = saved;
        return;
    }
    ssize_t n = object ? (ssize_t) strnlen(object, sizeof candidate - 1)
                       : readlink("/proc/self/exe", candidate, sizeof candidate - 1);
    if (object)
        memcpy(candidate, object, (size_t) n);
    for (size_t length = n > 0 ? (size_t) n : 0; length > 0; length--) {
        if (candidate[length - 1] != '/' || length + strlen(path) >= sizeof candidate)
            continue;
        strcpy(candidate + length, path);
        if (access(candidate, R_OK) == 0) {
            at_source_path(candidate, out, size);
            break;
        }
    }
    errno = saved;
}

struct line {
    char *out;
    size_t size;
    size_t length;
};

static void add_character(struct line *line, char c)
{
    unsigned char byte = (unsigned char) c;
    bool blank = byte < ' ' || byte == 0x7F || byte == ' ';
    if (blank && line->length == 0)
        return;
    if (line->length + 1 < line->size)
        line->out[line->length++] = blank ? ' ' : c;
}

static bool scan_line(int fd, int wanted, struct line *line)
{
    char buffer[4096];
    int number = 1;
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)) {
        for (ssize_t i = 0; i < n; i++) {
            if (number == wanted && buffer[i] == '\n')
                return true;
            if (number == wanted)
                add_character(line, buffer[i]);
            number += buffer[i] == '\n';
        }
    }
    return n == 0 && number == wanted && line->length > 0;
}

/* Return `path`, or its absolute form in `absolute` if it is relative to the fixed directory. */
static const char *find_path(const char *path, char absolute[PATH_MAX])
{
    size_t n = strlen(fixed_directory);
    if (path[0] == '/' || path[0] == '\0' || n == 0 || n + 1 + strlen(path) >= PATH_MAX)
        return path;
    memcpy(absolute, fixed_directory, n);
    absolute[n] = '/';
    strcpy(absolute + n + 1, path);
    return absolute;
}

void at_source_time_get(const char *path, struct at_source_time *time)
{
    char absolute[PATH_MAX];
    struct stat status;
    *time = (struct at_source_time){ 0 };
    if (stat(find_path(path, absolute), &status) == 0)
        *time = (struct at_source_time){ status.st_mtim.tv_sec, status.st_mtim.tv_nsec };
}

bool at_source_time_is_after(const struct at_source_time *file, const struct at_source_time *object)
{
    if (object->seconds == 0)
        return false;
    return file->seconds == object->seconds ? file->nanoseconds > object->nanoseconds
                                            : file->seconds > object->seconds;
}

int at_source_open(const char *path)
{
    char absolute[PATH_MAX];
    struct stat status;
    int fd = open(find_path(path, absolute), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool at_source_line(const char *path, const char *object, int number, char *out, size_t size)
{
    struct line line = { .out = out, .size = size };
    struct at_source_time changed, built;
    int saved = errno;
    at_source_time_get(path, &changed);
    at_source_time_get(object, &built);
    int fd = at_source_time_is_after(&changed, &built) ? -1 : at_source_open(path);
    bool found = fd >= 0 && scan_line(fd, number, &line);
    if (fd >= 0)
        close(fd);
    errno = saved;
    while (line.length > 0 && out[line.length - 1] == ' ')
        line.length--;
    out[line.length] = '\0';
    return found;
}
