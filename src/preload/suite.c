/* SPDX-License-Identifier: MIT */
/*
 * See suite.h. The file is the plugin's own: the environment stands on its second line, and each
 * test on one of those that follow.
 */
#define _GNU_SOURCE
#include "preload/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(const char *path, struct at_text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char buffer[16384];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        at_text_add(text, buffer, n > 0 ? (size_t) n : 0);
    }
    close(fd);
    return n == 0 && !text->truncated;
}

/* What stands between two marks, or false. */
static bool cut(const struct at_text *text, const char *from, const char *to, struct at_text *out)
{
    const char *start = strstr(at_text_get(text), from);
    const char *end = start ? strstr(start + strlen(from), to) : NULL;
    if (!end)
        return false;
    start += strlen(from);
    at_text_add(out, start, (size_t) (end - start));
    return !out->truncated;
}

bool at_suite_read(struct at_execution_table *table, struct at_area *area,
                   struct at_execution *execution, const char *path)
{
    struct at_text all = { 0 };
    struct at_text tests = { 0 };
    struct at_text environment = { 0 };
    bool done = read_all(path, &all)
                && cut(&all, "\n\"environment\":", ",\n\"tests\"", &environment)
                && cut(&all, "\n\"tests\":[", "\n]}\n", &tests)
                && at_execution_append(area, &tests, &execution->text, &execution->text_size);
    if (done && execution == &table->executions[0])
        done =
            at_execution_append(area, &environment, &table->environment, &table->environment_size);
    int error = errno;
    unlink(path);
    at_text_free(&all);
    at_text_free(&tests);
    at_text_free(&environment);
    errno = error;
    return done;
}
