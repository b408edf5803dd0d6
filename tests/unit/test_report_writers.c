/* SPDX-License-Identifier: MIT */
/* Several writers of one directory: each file is complete, from one of the writers, and no other
   file remains. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_tracker/alloc_tracker.h"
#include "alloc_tracker/criterion.h"

static char directory[64];
static struct at_report *report;

static void set_up(void)
{
    struct at_session *session = at_session_new();
    strcpy(directory, "/tmp/alloc_tracker_writers_XXXXXX");
    if (!mkdtemp(directory))
        abort();
    for (const char *const *name = (const char *const[]){ "first", "second", NULL }; *name;
         name++) {
        struct at_span span = at_span_begin_thread(at_session_operation(session, *name));
        at_span_end(&span);
    }
    cr_assert_eq(at_session_report(session, &report), AT_OK);
    at_session_free(session);
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0)
        abort();
    at_report_free(report);
}

TestSuite(report_writers, .init = set_up, .fini = tear_down);

static int is_visible(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int count_files(void)
{
    struct dirent **entries;
    int n = scandir(directory, &entries, is_visible, NULL);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return n;
}

static void *write_often(void *failures)
{
    for (int i = 0; i < 100; i++)
        if (at_report_write_dir(report, directory, NULL) != AT_OK)
            __atomic_fetch_add((int *) failures, 1, __ATOMIC_RELAXED);
    return NULL;
}

Test(report_writers, two_threads)
{
    int failures = 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, write_often, &failures), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(failures, 0);
    cr_expect_eq(count_files(), 2, "nothing is left beside the files");
    struct at_report *back = NULL;
    cr_assert_eq(at_report_read_dir(directory, &back, NULL), AT_OK);
    cr_expect_eq(at_report_n_operations(back), 2);
    at_report_free(back);
}

/* The unfinished directory of an earlier process with this number, which was killed. */
Test(report_writers, one_that_was_killed)
{
    char taken[128];
    snprintf(taken, sizeof taken, "%s/.alloc-tracker.%ld.1.tmp", directory, (long) getpid());
    cr_assert_eq(mkdir(taken, 0777), 0);
    cr_expect_eq(at_report_write_dir(report, directory, NULL), AT_OK);
    cr_expect_eq(count_files(), 3, "the two files, and what was there");
}
