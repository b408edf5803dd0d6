/* SPDX-License-Identifier: MIT */
/* A file is replaced as a whole, or stays as it was, and nothing is left beside it. */
#include <criterion/criterion.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/replace.h"

static char directory[] = "/tmp/alloc_tracker_replace_XXXXXX";

static bool replace_with(struct at_text *text)
{
    bool replaced = at_replace_file("file", text);
    int error = errno;
    at_text_free(text);
    errno = error;
    return replaced;
}

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(chdir(directory), 0);
    struct at_text text = { 0 };
    at_text_add_string(&text, "old");
    cr_assert(replace_with(&text));
}

/* The file, which is the only one there: else its directory could not be removed. */
static void tear_down(void)
{
    char content[8] = "";
    FILE *file = fopen("file", "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(content, sizeof content, file));
    fclose(file);
    cr_assert_eq(unlink("file"), 0);
    cr_assert_eq(rmdir(directory), 0, "%s is left", directory);
    cr_assert_str_eq(content, "old");
}

Test(replace, not_by_a_text_that_memory_ran_out_for)
{
    set_up();
    struct at_text text = { 0 };
    at_text_add_string(&text, "half of it");
    text.truncated = true;
    cr_assert_not(replace_with(&text));
    cr_assert_eq(errno, ENOMEM);
    tear_down();
}

Test(replace, not_by_a_file_that_could_not_be_written_whole)
{
    set_up();
    struct at_text text = { 0 };
    at_text_add_string(&text, "more than fits");
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4, RLIM_INFINITY }), 0);
    cr_assert_not(replace_with(&text));
    cr_assert_eq(errno, EFBIG);
    tear_down();
}

static void *replace_often(void *failures)
{
    for (int i = 0; i < 300; i++) {
        struct at_text text = { 0 };
        at_text_add_string(&text, "old");
        if (!replace_with(&text))
            __atomic_fetch_add((int *) failures, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

Test(replace, by_two_threads_at_once)
{
    set_up();
    int failures = 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, replace_often, &failures), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(failures, 0);
    tear_down();
}

/* The file of an earlier process with this number, which was killed. */
Test(replace, beside_a_temporary_file_that_stays)
{
    set_up();
    char names[16][32];
    for (int i = 0; i < 16; i++) {
        snprintf(names[i], sizeof names[i], ".file.%ld.%d.tmp", (long) getpid(), i);
        fclose(fopen(names[i], "w"));
    }
    struct at_text text = { 0 };
    at_text_add_string(&text, "old");
    cr_expect(replace_with(&text));
    for (int i = 0; i < 16; i++)
        cr_expect_eq(unlink(names[i]), 0, "%s is another's", names[i]);
    tear_down();
}

/* /dev/stdout and what a shell makes of >(command): a name of /proc, which is a link to no file. */
Test(replace, not_a_pipe_that_has_a_name_of_proc)
{
    set_up();
    int ends[2];
    char name[64], read_back[64] = "";
    cr_assert_eq(pipe(ends), 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
    cr_assert_eq(symlink(name, "link"), 0);
    struct at_text text = { 0 };
    at_text_add_string(&text, "through");
    cr_assert(at_replace_file("link", &text));
    at_text_free(&text);
    cr_assert_eq(read(ends[0], read_back, sizeof read_back), 7);
    cr_assert_str_eq(read_back, "through");
    cr_assert_eq(readlink("link", read_back, sizeof read_back - 1), (ssize_t) strlen(name));
    cr_assert_eq(unlink("link"), 0);
    tear_down();
}
