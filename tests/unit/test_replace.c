/* SPDX-License-Identifier: MIT */
/* A file is replaced as a whole, or stays as it was, and nothing is left beside it. */
#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "report/replace.h"

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
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4, RLIM_INFINITY }), 0);
    cr_assert_not(replace_with(&text));
    cr_assert_eq(errno, EFBIG);
    tear_down();
}
