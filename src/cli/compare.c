/* SPDX-License-Identifier: MIT */
/* alloc-tracker compare: list the differences between two runs, by test and location. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/describe.h"
#include "results/nearest.h"
#include "results/test_pairs.h"

static int run_compare(int argc, char **argv);

const struct cli_command cli_compare = {
    .name = "compare",
    .summary = "List the differences between two runs, by call site",
    .usage = "BASE HEAD",
    .help = "  -h, --help  print this help\n\n"
            "BASE and HEAD are results files or baselines. The exit status does not depend on the\n"
            "differences; to fail in CI, use `alloc-tracker check`.\n\n"
            "  alloc-tracker compare main.json branch.json\n",
    .run = run_compare,
};

/* The two files, and the section of each that is compared. */
struct sides {
    struct at_baseline base, head;
    const struct at_section *before, *after;
    struct at_text text;
};

/* A test in both files. `base` or `head` is NULL if its file does not have the test. */
struct test_sides {
    uint32_t shown_program;
    const struct at_baseline_test *base, *head;
    bool measured; /* each file with the test has its usage */
};

static void add_line(struct sides *sides, const struct test_sides *test)
{
    const struct at_baseline_test *base = test->base, *head = test->head;
    const struct at_baseline_test *either = head ? head : base;
    if (!either)
        __builtin_unreachable(); /* a test is in at least one of the two */
    struct at_text line = { 0 };
    const char *separator = ": ";
    at_result_describe_id(&line, sides->base.pool, test->shown_program, either->id,
                          either->parameter);
    if (!base || !head)
        at_text_printf(&line, " (%s)",
                       at_outcome_names[base ? AT_OUTCOME_REMOVED : AT_OUTCOME_NEW]);
    for (size_t i = 0; test->measured && i < AT_BASELINE_METRICS; i++) {
        int64_t then = base ? base->metrics[i] : 0, now = head ? head->metrics[i] : 0;
        if (now == then)
            continue;
        at_text_add_string(&line, separator);
        at_describe_metric(&line, i, now);
        at_text_add_string(&line, " (");
        at_describe_difference(&line, now - then);
        at_text_add_string(&line, ")");
        separator = ", ";
    }
    at_escape_plain(&sides->text, at_text_get(&line));
    at_text_add_string(&sides->text, "\n");
    at_text_free(&line);
}

/* Return why the usage of a test is not reliable; NULL if it is, or if it is not for the same
   reason in the other file. */
static const char *reason_to_note(const struct at_baseline_test *test,
                                  const struct at_baseline_test *other)
{
    const char *reason = test ? test->unreliable : NULL;
    bool is_same = reason && other && other->unreliable && strcmp(reason, other->unreliable) == 0;
    return is_same ? NULL : reason;
}

static void add_note(struct sides *sides, const char *file, const char *note)
{
    if (note)
        at_text_printf(&sides->text, "  %s: %s\n", file, note);
}

/* Return a note if the test has usage, but its call sites are not known; else NULL. */
static const char *unknown_locations(const struct test_sides *test,
                                     const struct at_baseline_test *one)
{
    return test->measured && one && !at_baseline_knows_locations(one)
               ? "its call sites were not recorded"
               : NULL;
}

static void list_changes(struct sides *sides, const struct at_location_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        struct at_text line = { 0 };
        at_describe_change(&line, sides->base.pool, &changes->at[i], changes->shown);
        at_text_add_string(&sides->text, "  ");
        at_escape_plain(&sides->text, at_text_get(&line));
        at_text_add_string(&sides->text, "\n");
        at_text_free(&line);
    }
}

/* List the differences of a test. A test that one file does not have and the other did not measure
   has none. */
static void compare_test(struct sides *sides, const struct test_sides *test)
{
    if ((!test->base || !test->head) && !test->measured)
        return;
    static const struct at_baseline_test nothing;
    const struct at_baseline_test *a = test->base ? test->base : &nothing;
    const struct at_baseline_test *b = test->head ? test->head : &nothing;
    const char *base_reason = reason_to_note(test->base, test->head);
    const char *head_reason = reason_to_note(test->head, test->base);
    const char *base_unknown = unknown_locations(test, test->base);
    const char *head_unknown = unknown_locations(test, test->head);
    struct at_location_changes changes = { 0 };
    for (size_t i = 0; test->measured && i < AT_BASELINE_METRICS; i++)
        changes.shown |= (unsigned) (a->metrics[i] != b->metrics[i]) << i;
    if (test->measured && !base_unknown && !head_unknown)
        at_locations_compare(&changes, sides->base.pool,
                             at_baseline_test_locations(&sides->base, a), a->n_locations,
                             at_baseline_test_locations(&sides->head, b), b->n_locations);
    if (!test->base || !test->head || base_reason || head_reason || changes.shown || changes.n) {
        add_line(sides, test);
        add_note(sides, "BASE", base_reason);
        add_note(sides, "HEAD", head_reason);
        add_note(sides, "BASE", base_unknown);
        add_note(sides, "HEAD", head_unknown);
    }
    list_changes(sides, &changes);
    free(changes.at);
}

static void compare_sections(struct sides *sides)
{
    struct at_test_pairs pairs = { 0 };
    at_test_pairs_of_sections(&pairs, sides->base.pool, sides->before, sides->after);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct at_test_pair *pair = &pairs.at[i];
        struct test_sides test = {
            .shown_program = pair->shown_program,
            .base = pair->base == AT_NO_TEST ? NULL : &sides->before->tests[pair->base],
            .head = pair->head == AT_NO_TEST ? NULL : &sides->after->tests[pair->head],
        };
        test.measured =
            !(test.base && test.base->unmeasured) && !(test.head && test.head->unmeasured);
        compare_test(sides, &test);
    }
    free(pairs.at);
}

/* Choose the first pair of sections that `find` returns. */
static bool choose_pair(struct sides *sides, struct at_section *find(const struct at_baseline *,
                                                                     const struct at_environment *))
{
    for (size_t i = 0; i < sides->head.sections.n; i++) {
        sides->after = &sides->head.sections.at[i];
        sides->before = find(&sides->base, &sides->after->environment);
        if (sides->before)
            return true;
    }
    return false;
}

/* Choose the sections of one environment; else the nearest ones; else the only ones. Print a note
   if their environments differ. */
static int choose_sections(struct sides *sides, const char *base_path)
{
    if (choose_pair(sides, at_baseline_section))
        return CLI_OK;
    if (!choose_pair(sides, at_baseline_nearest)) {
        if (sides->base.sections.n != 1 || sides->head.sections.n != 1)
            return cli_error(
                "%s: no section for the environment of the other file; compare files of one "
                "environment",
                base_path);
        sides->before = &sides->base.sections.at[0];
    }
    struct at_text a = { 0 }, b = { 0 };
    at_environment_describe(&a, sides->base.pool, &sides->before->environment);
    at_environment_describe(&b, sides->base.pool, &sides->after->environment);
    cli_error("the environments differ, which can change the numbers: %s; %s", at_text_get(&a),
              at_text_get(&b));
    at_text_free(&a);
    at_text_free(&b);
    return CLI_OK;
}

static int compare_files(struct sides *sides, char **paths)
{
    char error[1024];
    if (!at_baseline_read_any(&sides->base, paths[0], error, sizeof error)
        || !at_baseline_read_any(&sides->head, paths[1], error, sizeof error))
        return cli_error("%s", error);
    int status = choose_sections(sides, paths[0]);
    if (status != CLI_OK)
        return status;
    compare_sections(sides);
    if (sides->text.length == 0)
        at_text_add_string(&sides->text, "no difference\n");
    return cli_write("-", &sides->text, CLI_OK);
}

static int run_compare(int argc, char **argv)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
    int status = CLI_BAD;
    if (cli_option(&cli_compare, argc, argv, ":h", options, &status) != -1)
        return status;
    if (argc - optind != 2)
        return cli_misuse(&cli_compare, "expected two files, BASE and HEAD");
    struct at_pool pool = { 0 };
    struct sides sides = { .base.pool = &pool, .head.pool = &pool };
    status = compare_files(&sides, argv + optind);
    at_text_free(&sides.text);
    at_baseline_free(&sides.base);
    at_baseline_free(&sides.head);
    at_pool_free(&pool);
    return status;
}
