/* SPDX-License-Identifier: MIT */
/* Mocks as unit tests define them: they count their calls. Only the tested code may call them. */
#define _GNU_SOURCE
#include <alloc_tracker/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int calls, mocked;
static const char *opened;

int open(const char *path, int flags, ...)
{
    if (!mocked)
        return openat(AT_FDCWD, path, flags, 0600);
    calls++;
    errno = ENOENT;
    return -1;
}

void *dlopen(const char *path, int mode)
{
    opened = path;
    return mode ? NULL : &opened;
}

int dlclose(void *handle)
{
    return handle == &opened ? 0 : -1;
}

static char *volatile keep;
static int device_open(void)
{
    int fd = open("/dev/thing", O_RDWR);
    if (fd < 0)
        keep = strdup("cannot open"); // HERE kept
    return fd;
}

Test(mock, passes)
{
    mocked = 1;
    device_open();
    cr_assert_eq(calls, 1, "open called %d times", calls);
}

Test(mock, loads)
{
    cr_assert_null(dlopen("plugin.so", RTLD_NOW));
    cr_assert_str_eq(opened, "plugin.so");
    cr_assert_eq(dlclose(NULL), -1);
}

Test(mock, reports)
{
    mocked = 1;
    cr_expect_no_alloc(device_open());
    cr_assert_eq(calls, 1, "open called %d times", calls);
}
