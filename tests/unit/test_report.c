/* SPDX-License-Identifier: MIT */
/* report.h: JSON files, and everything that can be wrong with them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "report_rows.h"

static char directory[64];

static void set_up(void)
{
    strcpy(directory, "/tmp/alloc_tracker_report_XXXXXX");
    if (!mkdtemp(directory))
        abort();
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0)
        abort();
}

TestSuite(report, .init = set_up, .fini = tear_down);

/* A report with one operation of two spans for each name. The first operation is tracked. */
static struct at_report *make(const char *const names[], size_t n)
{
    struct at_report_builder builder = { 0 };
    for (size_t i = 0; i < n; i++) {
        struct at_moments moments;
        at_moments_init(&moments);
        at_moments_add_tracked(&moments, &(struct at_sample){ 2, 1000 + i, 4 }, 50, -7);
        if (i == 0)
            at_moments_add_tracked(&moments, &(struct at_sample){ 3, 1500, 6 }, 60, 0);
        else
            at_moments_add(&moments, &(struct at_sample){ 3, 1500, 6 }, 1);
        at_test_add_row(&builder, names[i], &moments);
    }
    struct at_report *report = NULL;
    cr_assert_eq(at_report_builder_finish(&builder, &report), AT_OK);
    return report;
}

static size_t count_files(void)
{
    size_t n = 0;
    DIR *stream = opendir(directory);
    for (const struct dirent *entry; (entry = readdir(stream));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return n;
}

static void expect_same(const struct at_report *a, const struct at_report *b)
{
    cr_assert_eq(at_report_n_operations(a), at_report_n_operations(b));
    for (size_t i = 0; i < a->n_rows; i++) {
        cr_expect_str_eq(a->rows[i].name, b->rows[i].name);
        cr_expect_eq(memcmp(&a->rows[i].moments, &b->rows[i].moments, sizeof a->rows[i].moments), 0,
                     "%s", a->rows[i].name);
    }
}

static const char *const odd_names[] = {
    "", "../../x", "plain", "with space and \"quotes\"", "\xC3\xA9\n", "a/b/c", ".hidden", "..\n",
};
enum { N_ODD = sizeof odd_names / sizeof odd_names[0] };

Test(report, odd_names_come_back)
{
    struct at_report *report = make(odd_names, N_ODD);
    struct at_report_error error = { "" };
    cr_assert_eq(at_report_write_dir(report, directory, &error), AT_OK, "%s", error.message);
    cr_expect_eq(count_files(), N_ODD, "all in the directory, none above it");
    struct at_report *back = NULL;
    cr_assert_eq(at_report_read_dir(directory, &back, &error), AT_OK, "%s", error.message);
    expect_same(report, back);
    at_report_free(back);
    at_report_free(report);
}

Test(report, long_names_stay_two)
{
    char a[301], b[301];
    memset(a, 'x', 300);
    a[300] = '\0';
    strcpy(b, a);
    b[299] = 'y';
    const char *const names[] = { a, b };
    struct at_report *report = make(names, 2);
    cr_assert_eq(at_report_write_dir(report, directory, NULL), AT_OK);
    struct at_report *back = NULL;
    cr_assert_eq(at_report_read_dir(directory, &back, NULL), AT_OK);
    expect_same(report, back);
    at_report_free(back);
    at_report_free(report);
}

static const char *const colliding[][2] = {
    { "read", "Read" },  { "a/b", "a_b" },     { "", "_" },
    { "\xC3\xA9", "_" }, { "read", "read.." }, { "", ".." },
};

Test(report, collisions_are_refused_before_anything_is_written)
{
    for (size_t i = 0; i < sizeof colliding / sizeof colliding[0]; i++) {
        struct at_report *report = make(colliding[i], 2);
        struct at_report_error error = { "" };
        cr_expect_eq(at_report_write_dir(report, directory, &error), AT_ERROR_COLLISION);
        cr_expect(strstr(error.message, "would be written there; rename one") != NULL, "%s",
                  error.message);
        cr_expect_eq(count_files(), 0);
        at_report_free(report);
    }
}

Test(report, missing_directories_are_made)
{
    const char *const names[] = { "op" };
    struct at_report *report = make(names, 1);
    char deep[128];
    snprintf(deep, sizeof deep, "%s/a/b/c", directory);
    cr_expect_eq(at_report_write_dir(report, deep, NULL), AT_OK);
    strcat(deep, "/op.json");
    cr_expect_eq(access(deep, R_OK), 0);
    at_report_free(report);
}

Test(report, an_empty_report_leaves_no_trace)
{
    struct at_report *report = make(NULL, 0);
    char missing[128];
    snprintf(missing, sizeof missing, "%s/none", directory);
    cr_expect(at_report_is_empty(report));
    cr_expect_eq(at_report_write_dir(report, missing, NULL), AT_OK);
    cr_expect_neq(access(missing, F_OK), 0);
    at_report_free(report);
}

/* A report that JSON cannot represent is refused, and nothing is written. */
Test(report, names_and_totals_beyond_json)
{
    const char *const names[] = { "good", "\xFF not UTF-8" };
    struct at_report *report = make(names, 2);
    struct at_report_error error = { "" };
    cr_expect_eq(at_report_write_dir(report, directory, &error), AT_ERROR_IO);
    cr_expect(strstr(error.message, "the name of the operation is not UTF-8") != NULL, "%s",
              error.message);
    cr_expect_eq(count_files(), 0);
    report->rows[1].name = "other";
    report->rows[1].moments.bytes.total = UINT64_MAX;
    cr_expect_eq(at_report_write_dir(report, directory, &error), AT_ERROR_IO);
    cr_expect(strstr(error.message, "larger than 2^63 - 1") != NULL, "%s", error.message);
    cr_expect_eq(count_files(), 0);
    enum { TOO_LONG = (1 << 20) + 1 };
    char *name = calloc(TOO_LONG + 1, 1);
    memset(name, 'x', TOO_LONG);
    report->rows[1].name = name;
    cr_expect_eq(at_report_write_dir(report, directory, &error), AT_ERROR_IO);
    cr_expect(strstr(error.message, "longer than 1 MiB") != NULL, "%s", error.message);
    free(name);
    at_report_free(report);
}

static void write_text(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

Test(report, unwritable_places)
{
    const char *const names[] = { "op" };
    struct at_report *report = make(names, 1);
    struct at_report_error error = { "" };
    write_text("file", "");
    char below[128];
    snprintf(below, sizeof below, "%s/file/x", directory);
    cr_expect_eq(at_report_write_dir(report, below, &error), AT_ERROR_IO);
    cr_expect(strstr(error.message, "file/x: Not a directory") != NULL, "%s", error.message);
    cr_expect_eq(at_report_write_dir(report, "/proc/none", &error), AT_ERROR_IO);
    cr_expect(strstr(error.message, "/proc/none: ") == error.message, "%s", error.message);
    cr_expect_eq(at_report_write_dir(report, "", &error), AT_ERROR_IO);
    struct at_report *back = NULL;
    cr_expect_eq(at_report_read_dir("/tmp/no such directory", &back, &error), AT_ERROR_IO);
    cr_expect_str_eq(error.message, "/tmp/no such directory: No such file or directory");
    cr_expect(back == NULL);
    at_report_free(report);
}

/* A full disk: no file may grow beyond a few bytes. The old files stay, no new one appears. */
Test(report, a_full_disk_leaves_the_old_files)
{
    const char *const names[] = { "one", "two" };
    struct at_report *old = make(names, 1);
    struct at_report *both = make(names, 2);
    cr_assert_eq(at_report_write_dir(old, directory, NULL), AT_OK);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 100;
    setrlimit(RLIMIT_FSIZE, &limit);
    struct at_report_error error = { "" };
    enum at_status status = at_report_write_dir(both, directory, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    cr_expect_eq(status, AT_ERROR_IO);
    cr_expect(strstr(error.message, "File too large") != NULL, "%s", error.message);
    cr_expect_eq(count_files(), 1);
    struct at_report *back = NULL;
    cr_assert_eq(at_report_read_dir(directory, &back, NULL), AT_OK);
    expect_same(old, back);
    at_report_free(back);
    at_report_free(old);
    at_report_free(both);
}

/* tests/session/test_reports.py has the errors in a file's content. */
Test(report, other_files_are_named_and_left_alone)
{
    const char *const names[] = { "op" };
    struct at_report *report = make(names, 1), *back = NULL;
    struct at_report_error error = { "" };
    char expected[128];
    cr_assert_eq(at_report_write_dir(report, directory, NULL), AT_OK);
    write_text("other.json", "{\"schema\": \"other/1\"}");
    cr_expect_eq(at_report_read_dir(directory, &back, &error), AT_ERROR_FORMAT);
    snprintf(expected, sizeof expected, "%s/other.json:1:12: schema \"other/1\"; ", directory);
    cr_expect(strstr(error.message, expected) == error.message, "%s", error.message);
    cr_expect(back == NULL);
    cr_expect_eq(at_report_write_dir(report, directory, NULL), AT_OK);
    cr_expect_eq(count_files(), 2);
    at_report_free(report);
}

/* A directory with the name of a report cannot be read. */
Test(report, unreadable_files)
{
    struct at_report *back = NULL;
    struct at_report_error error = { "" };
    char path[128], expected[256];
    snprintf(path, sizeof path, "%s/op.json", directory);
    cr_assert_eq(mkdir(path, 0777), 0);
    cr_expect_eq(at_report_read_dir(directory, &back, &error), AT_ERROR_IO);
    snprintf(expected, sizeof expected, "%s: Is a directory", path);
    cr_expect_str_eq(error.message, expected);
    cr_expect(back == NULL);
}

/* A file of the Rust crate has estimates, but no sums: a slope of all spans cannot be known. */
Test(report, without_sums_a_merged_operation_has_totals_only)
{
    static const char *const name[] = { "op" };
    for (int order = 0; order < 2; order++) {
        struct at_report *own = make(name, 1), *crate = make(name, 1), *merged = NULL;
        struct at_operation_totals totals;
        struct at_statistics statistics;
        crate->rows[0].lacks_sums = true;
        crate->rows[0].estimates.bytes.slope = 64;
        cr_assert_eq(order ? at_report_merge(own, crate, &merged)
                           : at_report_merge(crate, own, &merged),
                     AT_OK);
        cr_expect_eq(at_report_operation(merged, 0, &totals), AT_OK);
        cr_expect_eq(totals.bytes, 5000);
        cr_expect_eq(totals.spans, 4);
        cr_expect(isnan(totals.min_bytes) && isnan(totals.max_allocs));
        cr_expect_eq(at_report_statistics(merged, 0, &statistics), AT_OK);
        cr_expect_eq(statistics.bytes.mean, 500);
        cr_expect(isnan(statistics.bytes.slope) && isnan(statistics.allocs.slope));
        cr_expect(isnan(statistics.peak.slope));
        at_report_free(own);
        at_report_free(crate);
        at_report_free(merged);
    }
}
