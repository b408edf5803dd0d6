/* SPDX-License-Identifier: MIT */
/* symbols/source_lines.h: the text of lines in results, of any bytes and of any age. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols/source_lines.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define REPLACEMENT "\xEF\xBF\xBD"
#define EURO "\xE2\x82\xAC" /* 3 bytes */

static char path[] = "/tmp/alloc_tracker_lines_XXXXXX";

static void write_file(const char *content, size_t n)
{
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, content, n), (ssize_t) n);
    close(fd);
}

static void set_time(const char *file, time_t seconds, long nanoseconds)
{
    const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { seconds, nanoseconds } };
    cr_assert_eq(utimensat(AT_FDCWD, file, times, 0), 0);
}

#define CASE(line, text)                                                                           \
    {                                                                                              \
        line, sizeof(line) - 1, text                                                               \
    }
static const struct {
    const char *line;
    size_t n;
    const char *expected; /* NULL: no text */
} cases[] = {
    CASE("first", "first"),
    CASE("\t  a  =\t\tb ; \r", "a = b ;"),
    CASE("", NULL),
    CASE(" \t\v\f\r", NULL),
    CASE("a\001b\033[31mc\177d", "a b [31mc d"),
    CASE("nul \0 inside", "nul inside"),
    CASE("caf\xC3\xA9 " EURO, "caf\xC3\xA9 " EURO),
    CASE("latin-1 caf\xE9;", "latin-1 caf" REPLACEMENT ";"),
    CASE("cut sequence \xE2\x82", "cut sequence " REPLACEMENT REPLACEMENT),
    CASE("overlong \xC0\xAF", "overlong " REPLACEMENT REPLACEMENT),
    CASE(FIFTY FIFTY FIFTY FIFTY, FIFTY FIFTY FIFTY FIFTY),
    CASE(FIFTY FIFTY FIFTY FIFTY "x", FIFTY FIFTY FIFTY FIFTY),
    CASE(FIFTY FIFTY FIFTY TEN TEN TEN TEN "12345678" EURO "x",
         FIFTY FIFTY FIFTY TEN TEN TEN TEN "12345678"),
    CASE(FIFTY FIFTY FIFTY TEN TEN TEN TEN "1234567" EURO "x",
         FIFTY FIFTY FIFTY TEN TEN TEN TEN "1234567" EURO),
    CASE(FIFTY FIFTY FIFTY TEN TEN TEN TEN "123456789 x",
         FIFTY FIFTY FIFTY TEN TEN TEN TEN "123456789"),
    CASE(FIFTY FIFTY FIFTY TEN TEN TEN TEN "12345678\xE9",
         FIFTY FIFTY FIFTY TEN TEN TEN TEN "12345678"),
    CASE("last line", "last line"),
};
enum { CASES = sizeof cases / sizeof cases[0] };

Test(source_lines, any_bytes)
{
    char content[4096];
    size_t n = 0;
    for (size_t i = 0; i < CASES; i++) {
        memcpy(content + n, cases[i].line, cases[i].n);
        n += cases[i].n;
        content[n++] = '\n';
    }
    write_file(content, n - 1); /* the last line does not end with a newline */
    struct at_source_lines lines = { 0 };
    for (size_t i = 0; i < CASES; i++) {
        const char *text = at_source_lines_get(&lines, path, "", (int) i + 1);
        if (cases[i].expected)
            cr_expect_str_eq(text ? text : "(none)", cases[i].expected);
        else
            cr_expect_null(text, "line %zu is blank", i + 1);
    }
    cr_expect_null(at_source_lines_get(&lines, path, "", CASES + 1));
    cr_expect_null(at_source_lines_get(&lines, path, "", 0));
    unlink(path);
    cr_expect_str_eq(at_source_lines_get(&lines, path, "", 1), "first", "the file is read once");
    at_source_lines_free(&lines);
    cr_expect_null(at_source_lines_get(&lines, path, "", 1));
    at_source_lines_free(&lines);
}

Test(source_lines, no_text_of_a_file_that_changed_after_the_build)
{
    write_file("text", 4);
    char object[] = "/tmp/alloc_tracker_lines_XXXXXX";
    close(mkstemp(object));
    static const struct {
        time_t seconds;
        long nanoseconds;
        bool has_text;
    } ages[] = { { 999, 9, true },
                 { 1000, 4, true },
                 { 1000, 5, true },
                 { 1000, 6, false },
                 { 1001, 0, false } };
    set_time(object, 1000, 5);
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        struct at_source_lines lines = { 0 };
        set_time(path, ages[i].seconds, ages[i].nanoseconds);
        cr_expect_eq(at_source_lines_get(&lines, path, object, 1) != NULL, ages[i].has_text);
        cr_expect_not_null(at_source_lines_get(&lines, path, "/nowhere", 1), "an unknown age");
        at_source_lines_free(&lines);
    }
    unlink(object);
    unlink(path);
}

Test(source_lines, only_regular_files_are_read, .timeout = 60)
{
    struct at_source_lines lines = { 0 };
    cr_expect_null(at_source_lines_get(&lines, "/dev/zero", "", 1));
    cr_expect_null(at_source_lines_get(&lines, "/tmp", "", 1));
    cr_expect_null(at_source_lines_get(&lines, "/nowhere/x.c", "", 1));
    at_source_lines_free(&lines);
}

Test(source_lines, a_large_file_is_not_read)
{
    write_file("text\n", 5);
    struct at_source_lines lines = { 0 };
    cr_assert_eq(truncate(path, 80 << 20), 0);
    cr_expect_null(at_source_lines_get(&lines, path, "", 1));
    at_source_lines_free(&lines);
    unlink(path);
}
