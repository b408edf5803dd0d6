/* SPDX-License-Identifier: MIT */
/* symbols/source.h: paths in messages, lines of text, files of the system. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "symbols/source.h"

static const struct {
    const char *path;
    const char *expected;
} paths[] = {
    { "a.c", "a.c" },
    { "./a.c", "a.c" },
    { "src//ring.c", "src/ring.c" },
    { "../src/ring.c", "../src/ring.c" },
    { "../../ring.c", "../../ring.c" },
    { "build/../src/./ring.c", "src/ring.c" },
    { "/usr/share/x.c", "x.c" },
    { "/usr/share/doc/x.c", "doc/x.c" },
    { "/usr/share/../share/x.c", "x.c" },
    { "/usr/lib/x.c", "../lib/x.c" },
    { "/usr/sharedown/x.c", "../sharedown/x.c" },
    { "/x.c", "/x.c" },
    { "/../x.c", "/x.c" },
    { "/etc/x.c", "/etc/x.c" },
    { "/usr/include/x.h", "/usr/include/x.h" },
    { "/usr/bin/../include/x.h", "/usr/include/x.h" },
};

Test(source, paths)
{
    cr_assert_eq(chdir("/usr/share"), 0);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char out[64];
        at_source_path(paths[i].path, out, sizeof out);
        cr_assert_str_eq(out, paths[i].expected, "%s became %s, not %s", paths[i].path, out,
                         paths[i].expected);
    }
}

Test(source, a_path_too_long_is_cut_at_a_component)
{
    char out[8];
    at_source_path("/abc/def/ghi", out, sizeof out);
    cr_assert_str_eq(out, "/abc");
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL);
    fclose(file);
}

/* Compiled in BASE/build as "../src/ring.c", run in another directory. */
Test(source, found_from_the_object_file)
{
    char base[] = "/tmp/alloc_tracker_source_XXXXXX";
    cr_assert(mkdtemp(base) != NULL);
    cr_assert_eq(chdir(base), 0);
    cr_assert_eq(mkdir("build", 0700) | mkdir("build/bin", 0700) | mkdir("src", 0700), 0);
    make_file("src/ring.c");
    cr_assert_eq(chdir("/"), 0);
    char object[64], expected[64], out[64];
    snprintf(object, sizeof object, "%s/build/bin/suite", base);
    snprintf(expected, sizeof expected, "%s/src/ring.c", base);
    at_source_find("../src/ring.c", object, out, sizeof out);
    cr_expect_str_eq(out, expected);
    at_source_find("../src/other.c", object, out, sizeof out);
    cr_expect_str_eq(out, "../src/other.c", "a file that is not there keeps its name");
    char joined[64];
    snprintf(joined, sizeof joined, "/home/builder/%s/src/ring.c", base);
    at_source_find(joined, object, out, sizeof out);
    cr_expect_str_eq(out, expected, "the part from the double slash on: %s", out);
    cr_assert_eq(chdir(base), 0);
    at_source_find(expected, object, out, sizeof out);
    cr_expect_str_eq(out, "src/ring.c");
    unlink("src/ring.c");
    rmdir("src");
    rmdir("build/bin");
    rmdir("build");
    rmdir(base);
}

Test(source, lines)
{
    char path[] = "/tmp/alloc_tracker_source_XXXXXX";
    int fd = mkstemp(path);
    static const char content[] = "first\n\t indented\tand\001odd \n\nlast";
    cr_assert_eq(write(fd, content, sizeof content - 1), (ssize_t) sizeof content - 1);
    close(fd);
    char out[32];
    cr_expect(at_source_line(path, "", 1, out, sizeof out));
    cr_expect_str_eq(out, "first");
    cr_expect(at_source_line(path, "", 2, out, sizeof out));
    cr_expect_str_eq(out, "indented and odd");
    cr_expect(at_source_line(path, "", 3, out, sizeof out));
    cr_expect_str_eq(out, "");
    cr_expect(at_source_line(path, "", 4, out, sizeof out));
    cr_expect_str_eq(out, "last");
    cr_expect_not(at_source_line(path, "", 5, out, sizeof out));
    cr_expect(at_source_line(path, "", 1, out, 3));
    cr_expect_str_eq(out, "fi");
    cr_expect(at_source_line(path, path, 1, out, sizeof out), "as old as the object");
    struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1000 } };
    cr_assert_eq(futimens(open("object", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), times), 0);
    cr_expect_not(at_source_line(path, "object", 1, out, sizeof out), "newer than the object");
    unlink("object");
    unlink(path);
    cr_expect_not(at_source_line(path, "", 1, out, sizeof out));
    cr_expect_not(at_source_line("/dev/zero", "", 1, out, sizeof out), "not a regular file");
}

Test(source, a_relative_path_after_the_directory_was_fixed)
{
    char directory[] = "/tmp/alloc_tracker_source_XXXXXX", out[32];
    cr_assert(mkdtemp(directory) != NULL);
    cr_assert_eq(chdir(directory), 0);
    FILE *file = fopen("ring.c", "w");
    fputs("here", file);
    fclose(file);
    at_source_fix_directory();
    cr_assert_eq(chdir("/"), 0);
    cr_expect(at_source_line("ring.c", "", 1, out, sizeof out));
    cr_expect_str_eq(out, "here");
    cr_assert_eq(chdir(directory), 0);
    unlink("ring.c");
    rmdir(directory);
}

Test(source, system_files)
{
    cr_expect(at_source_is_system("/usr/include/c++/12/bits/new_allocator.h"));
    cr_expect_not(at_source_is_system("/usr/src/mine.c"));
    cr_expect_not(at_source_is_system("include/mine.h"));
}
