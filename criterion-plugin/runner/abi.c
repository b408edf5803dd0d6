/* SPDX-License-Identifier: MIT */
/*
 * See abi.h. The check has two parts. Criterion must export the symbols that the plugin uses, with
 * the expected sizes. And Criterion's writers, given statistics that the plugin made, must print
 * the values that the plugin put there. With another layout a writer could crash, so the writers
 * run in a child process.
 */
#define _GNU_SOURCE
#include "runner/abi.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/internal/ordered-set.h>
#include <criterion/options.h>

#include "base/object.h"
#include "runner/writers.h"

enum { TIMEOUT_MS = 10000 }; /* the child needs less than 1 ms */

/* The symbols that the plugin calls, replaces or reads, with the sizes of those that it reads. */
static const struct needed {
    const char *name;
    size_t size;
} needed[] = {
    { "cri_assert_node_send", 0 },
    { "cri_asserts_passed_incr", 0 },
    { "criterion_abort_test", 0 },
    { "criterion_add_output", 0 },
    { "criterion_continue_test", 0 },
    { "criterion_current_suite", sizeof(struct criterion_suite *) },
    { "criterion_current_test", sizeof(struct criterion_test *) },
    { "criterion_internal_test_main", 0 },
    { "criterion_internal_test_setup", 0 },
    { "criterion_internal_test_teardown", 0 },
    { "criterion_options", sizeof(struct criterion_options) },
    { "criterion_register_output_provider", 0 },
    { "criterion_send_assert", 0 },
};

/* Find the object that defines a symbol which only Criterion has. */
static bool find_criterion(struct at_object *object)
{
    if (!at_object_first(object))
        return false;
    while (at_object_next(object))
        if (at_object_symbol(object, "criterion_register_test"))
            return true;
    return false;
}

static bool has_symbols(const struct at_object *criterion, struct at_text *error)
{
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        size_t size = at_object_symbol_size(criterion, needed[i].name);
        if (!at_object_symbol(criterion, needed[i].name))
            at_text_printf(error, "it has no %s", needed[i].name);
        else if (needed[i].size && size != needed[i].size)
            at_text_printf(error, "its %s has %zu bytes, where %zu are expected", needed[i].name,
                           size, needed[i].size);
        else
            continue;
        return false;
    }
    return true;
}

/* A quotation mark, a control character, and one beyond ASCII. */
#define TRIAL_TEXT "trial \"\x01\xC3\x97"

/* Return statistics of which each number occurs once. */
static struct criterion_global_stats *make_trial(void)
{
    static struct criterion_test_extra_data data = { .file_ = "trial_file", .line_ = 4101 };
    static struct criterion_test test = { "trial_test", "trial_suite", NULL, &data };
    static struct criterion_suite suite = { "trial_suite", NULL };
    static struct criterion_assert_stats asserts[] = {
        { .message = TRIAL_TEXT, .file = "trial_file", .line = 4102, .next = &asserts[1] },
        { .message = "trial_passed", .passed = true, .file = "trial_file", .line = 4103 },
    };
    static struct criterion_test_stats tests[] = {
        { .test = &test,
          .asserts = asserts,
          .test_status = CR_STATUS_FAILED,
          .passed_asserts = 4201,
          .failed_asserts = 5001,
          .elapsed_time = 61.25f,
          .next = &tests[1] },
        { .test = &test, .test_status = CR_STATUS_SKIPPED, .message = "trial_skipped" },
    };
    static struct criterion_suite_stats suites = {
        .suite = &suite,
        .tests = tests,
        .nb_tests = 4301,
        .tests_skipped = 4302,
        .tests_failed = 4303,
        .tests_crashed = 4304,
        .tests_passed = 4305,
    };
    static struct criterion_global_stats all = {
        .suites = &suites,
        .nb_tests = 4401,
        .tests_skipped = 4402,
        .tests_failed = 4403,
        .tests_crashed = 4404,
        .tests_passed = 4405,
    };
    return &all;
}

/* The output of each writer must contain these strings. They are data of the trial statistics. */
enum { MAX_EXPECTED = 16 };
static const char *const expected[CRITERION_ALLOC_N_FORMATS][MAX_EXPECTED] = {
    [CRITERION_ALLOC_JSON] = { "4302", "4303", "4304", "4305", "4402", "4403", "4404", "4405",
                               "9202", "trial_suite", "trial_test", "trial_file:4102: trial",
                               "trial_skipped" },
    [CRITERION_ALLOC_XML] = { "4301", "4302", "4303", "4304", "4401", "4402", "4403", "4404",
                              "5001", "9202", "trial_suite", "trial_test", "trial_file:4102: trial",
                              "61.25" },
};

static const char end_of_file[] = "\f";
static const char end_of_trial[] = "the end";

/* Read every test's strings, and return how many tests there are. */
static size_t read_tests(const struct criterion_test_set *set)
{
    size_t count = 0; /* FOREACH_SET has an n of its own */
    volatile size_t length = 0;
    FOREACH_SET (struct criterion_suite_set *suite, set->suites) {
        length += strlen(suite->suite.name);
        if (!suite->tests)
            continue;
        FOREACH_SET (struct criterion_test *test, suite->tests) {
            length += strlen(test->name) + strlen(test->category);
            if (test->data->file_)
                length += strlen(test->data->file_);
            count++;
        }
    }
    (void) length; /* read only to reach the strings */
    return count;
}

static _Noreturn void run_child(int fd, const struct criterion_test_set *set)
{
    struct rlimit none = { 0 };
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    FILE *file = fdopen(fd, "w");
    if (!file)
        _exit(0);
    for (size_t i = 0; i < CRITERION_ALLOC_N_FORMATS; i++) {
        criterion_alloc_writer *writer =
            criterion_alloc_writer_get((enum criterion_alloc_format) i);
        if (writer)
            writer(file, make_trial());
        fputs(end_of_file, file);
    }
    if (read_tests(set) <= set->tests) /* of two tests with one name Criterion has one */
        fputs(end_of_trial, file);
    fflush(file);
    _exit(0);
}

static void read_output(int fd, struct at_text *output)
{
    char buffer[4096];
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    ssize_t n = 1;
    while (n > 0 && poll(&ready, 1, TIMEOUT_MS) > 0) {
        n = read(fd, buffer, sizeof buffer);
        if (n > 0)
            at_text_add(output, buffer, (size_t) n);
    }
}

/* Run the child and collect its output. Return false if no child could be started. */
static bool run_trial(const struct criterion_test_set *set, struct at_text *output)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], set);
    }
    close(ends[1]);
    if (child > 0) {
        read_output(ends[0], output);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    close(ends[0]);
    return child > 0 && !output->truncated;
}

static bool has_expected(const char *text, enum criterion_alloc_format format)
{
    bool is_complete = !strstr(text, "trial_passed");
    for (size_t i = 0; expected[format][i]; i++)
        is_complete &= strstr(text, expected[format][i]) != NULL;
    return is_complete;
}

static bool is_as_expected(char *output, bool *garbles)
{
    for (size_t i = 0; i < CRITERION_ALLOC_N_FORMATS; i++) {
        enum criterion_alloc_format format = (enum criterion_alloc_format) i;
        char *end = strstr(output, end_of_file);
        if (!end)
            return false;
        *end = '\0';
        if (criterion_alloc_writer_get(format)) {
            if (!has_expected(output, format))
                return false;
            if (!strstr(output, "\x01"))
                criterion_alloc_writer_escapes(format);
            *garbles |= !strstr(output, "\xC3\x97");
        }
        output = end + strlen(end_of_file);
    }
    return strcmp(output, end_of_trial) == 0;
}

bool criterion_alloc_abi_check(const struct criterion_test_set *set, bool *garbles,
                               struct at_text *error)
{
    struct at_object criterion;
    if (!find_criterion(&criterion))
        return true; /* it is linked statically; the workers report that */
    struct at_text why = { 0 };
    bool is_known = has_symbols(&criterion, &why);
    struct at_text output = { 0 };
    if (is_known && run_trial(set, &output)
        && !(output.data && is_as_expected(output.data, garbles))) {
        at_text_add_string(&why, "its statistics or tests have another layout");
        is_known = false;
    }
    if (!is_known)
        at_text_printf(error,
                       "this plugin, which was compiled for Criterion %s, cannot be used with %s: "
                       "%s; build alloc_tracker and the suite for the Criterion that is loaded",
                       CRITERION_ALLOC_BUILT_FOR, criterion.map->l_name, at_text_get(&why));
    at_text_free(&output);
    at_text_free(&why);
    return is_known;
}
