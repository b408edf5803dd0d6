/* SPDX-License-Identifier: MIT */
/* alloc-tracker update: record the usage of a run in the baseline. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/describe.h"
#include "results/nearest.h"
#include "results/test_pairs.h"

static int run_update(int argc, char **argv);

const struct cli_command cli_update = {
    .name = "update",
    .summary = "Write the usage of tests into the baseline",
    .usage = "--baseline FILE [--tighten] RESULTS...",
    .help = "  --baseline FILE    the baseline to write; \"-\" prints a new one\n"
            "  --tighten          decrease entries of tests that are in the baseline, and change\n"
            "                     nothing else\n"
            "  -h, --help         print this help\n\n"
            "Each environment of RESULTS gets a new section. Other sections, tolerances and their\n"
            "reasons are kept, and so are the entries of skipped tests. The first section of an\n"
            "environment gets the tolerances of the nearest section. If the usage of a test is\n"
            "unreliable, its entry is kept, and the exit status is 1.\n\n"
            "  alloc-tracker update --baseline alloc.baseline results.json\n"
            "  alloc-tracker update --baseline alloc.baseline downloaded-from-ci/results.json\n",
    .run = run_update,
};

struct changes {
    size_t updated, lowered, removed, kept;
};

/* Lower each metric that the test uses less of. The test's locations are recorded only if no metric
   is higher, since they would not match the metrics then. */
static void tighten(struct at_baseline *baseline, struct at_baseline_test *recorded,
                    const struct at_results *results, const struct at_result_test *test,
                    struct changes *changes)
{
    bool lower = false, higher = false;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        int64_t now = test->usage[at_baseline_metrics[i]];
        lower |= now < recorded->metrics[i];
        higher |= now > recorded->metrics[i];
    }
    if (!lower)
        return;
    struct at_baseline_test before = *recorded;
    at_baseline_record(baseline, recorded, results, test);
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        if (before.metrics[i] < recorded->metrics[i])
            recorded->metrics[i] = before.metrics[i];
    if (higher) {
        recorded->locations = before.locations;
        recorded->n_locations = before.n_locations;
    }
    changes->lowered++;
}

/* Return the entry of a test; NULL if there is none. */
static struct at_baseline_test *entry_of(const struct at_section *section,
                                         const struct at_test_pair *pair)
{
    return pair->base == AT_NO_TEST ? NULL : &section->tests[pair->base];
}

static void warn_unreliable(const struct at_results *results, const struct at_result_test *test,
                            bool known)
{
    struct at_text id = { 0 }, line = { 0 };
    at_result_describe_id(&id, results->pool, test->shown_program, test->id, test->parameter);
    at_escape_plain(&line, at_text_get(&id));
    cli_error("%s: %s; %s", at_text_get(&line), at_result_why_unreliable(test),
              known ? "its entry is kept" : "it gets no entry");
    at_text_free(&id);
    at_text_free(&line);
}

/* Replace a section by one that has every test of the run, with the tolerances that it had. */
static void rewrite(struct at_baseline *baseline, struct at_section *section,
                    const struct at_results *results, const struct at_test_pairs *pairs,
                    struct changes *changes)
{
    struct at_section fresh = { .environment = section->environment };
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->at[i].head == AT_NO_TEST)
            continue;
        const struct at_result_test *test = &results->tests.at[pairs->at[i].head];
        const struct at_baseline_test *old = entry_of(section, &pairs->at[i]);
        bool usable = test->status != AT_TEST_SKIPPED && !at_result_why_unreliable(test);
        if (!usable && !old)
            continue;
        struct at_baseline_test *recorded = at_section_add_test(&fresh);
        if (old)
            *recorded = *old;
        if (usable)
            at_baseline_record(baseline, recorded, results, test);
        changes->updated += usable;
        changes->kept += old != NULL;
    }
    at_section_sort(&fresh, baseline->pool);
    changes->removed += section->n_tests - changes->kept;
    free(section->tests);
    *section = fresh;
}

/* Warn of unreliable tests, and tighten the others if asked to. Return CLI_GATE_FAILED if there
   are unreliable ones. */
static int update_tests(struct at_baseline *baseline, const struct at_section *section,
                        const struct at_results *results, const struct at_test_pairs *pairs,
                        bool only_lower, struct changes *changes)
{
    int status = CLI_OK;
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->at[i].head == AT_NO_TEST)
            continue;
        const struct at_result_test *test = &results->tests.at[pairs->at[i].head];
        struct at_baseline_test *recorded = entry_of(section, &pairs->at[i]);
        if (at_result_why_unreliable(test)) {
            warn_unreliable(results, test, recorded != NULL);
            status = CLI_GATE_FAILED;
        } else if (only_lower && recorded && test->status != AT_TEST_SKIPPED) {
            tighten(baseline, recorded, results, test, changes);
        }
    }
    return status;
}

/* Copy tolerances and their reasons to a section that is new. */
static void copy_tolerances(struct at_section *section, const struct at_section *nearest,
                            const struct at_pool *pool)
{
    struct at_test_pairs pairs = { 0 };
    at_test_pairs_of_sections(&pairs, pool, nearest, section);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct at_test_pair *pair = &pairs.at[i];
        if (pair->base == AT_NO_TEST || pair->head == AT_NO_TEST)
            continue;
        const struct at_baseline_test *from = &nearest->tests[pair->base];
        struct at_baseline_test *to = &section->tests[pair->head];
        memcpy(to->allow, from->allow, sizeof to->allow);
        to->reason = from->reason;
    }
    free(pairs.at);
}

static void report_no_section(const struct at_results *results)
{
    struct at_text name = { 0 };
    at_environment_describe(&name, results->pool, &results->environment);
    cli_error("the baseline has no section for %s; nothing was lowered", at_text_get(&name));
    at_text_free(&name);
}

static int update_section(struct at_baseline *baseline, const struct at_results *results,
                          bool only_lower)
{
    struct changes changes = { 0 };
    struct at_test_pairs pairs = { 0 };
    struct at_section *section = at_baseline_section(baseline, &results->environment);
    bool added = !section;
    if (added && only_lower) {
        report_no_section(results);
        return CLI_OK;
    }
    if (added)
        section = at_baseline_add_section(baseline, &results->environment);
    at_test_pairs_of_results(&pairs, section, results);
    int status = update_tests(baseline, section, results, &pairs, only_lower, &changes);
    if (only_lower) {
        fprintf(stderr, "alloc-tracker: %zu lowered\n", changes.lowered);
    } else {
        rewrite(baseline, section, results, &pairs, &changes);
        fprintf(stderr, "alloc-tracker: %zu updated, %zu removed\n", changes.updated,
                changes.removed);
    }
    free(pairs.at);
    const struct at_section *nearest = at_baseline_nearest(baseline, &results->environment);
    if (added && nearest)
        copy_tolerances(section, nearest, baseline->pool);
    return status;
}

/* Return CLI_BAD, with a message, if a run has no test: to record such a run deletes every entry of
   its environment. */
static int reject_empty_runs(const struct cli_runs *runs)
{
    for (size_t i = 0; i < runs->n; i++)
        if (runs->at[i].tests.n == 0)
            return cli_error("%s: no test in these results: the baseline stays as it is; find out "
                             "why no test ran",
                             runs->at[i].path);
    return CLI_OK;
}

static int update_baseline(const char *path, bool only_lower, struct at_pool *pool, char **paths,
                           int n_paths)
{
    struct at_baseline baseline = { .pool = pool };
    struct cli_runs runs = { 0 };
    char error[1024];
    int status = CLI_OK;
    bool exists = strcmp(path, "-") != 0 && access(path, F_OK) == 0;
    if (!exists && only_lower)
        status =
            cli_error("%s: there is no baseline to tighten; omit --tighten to write one", path);
    else if (exists && !at_baseline_read(&baseline, path, error, sizeof error))
        status = cli_error("%s", error);
    if (status == CLI_OK)
        status = cli_load(&runs, pool, paths, n_paths);
    if (status == CLI_OK)
        status = reject_empty_runs(&runs);
    for (size_t i = 0; status != CLI_BAD && i < runs.n; i++) {
        int result = update_section(&baseline, &runs.at[i], only_lower);
        status = result > status ? result : status;
    }
    if (status != CLI_BAD) {
        struct at_text text = { 0 };
        at_baseline_write(&text, &baseline);
        status = cli_write(path, &text, status);
    }
    cli_runs_free(&runs);
    at_baseline_free(&baseline);
    return status;
}

static int run_update(int argc, char **argv)
{
    static const struct option options[] = { { "baseline", required_argument, NULL, 'b' },
                                             { "tighten", no_argument, NULL, 't' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    const char *baseline = NULL;
    bool only_lower = false;
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_update, argc, argv, ":h", options, &status)) != -1) {
        switch (option) {
            case 'b': baseline = optarg; break;
            case 't': only_lower = true; break;
            default: return status;
        }
    }
    if (!baseline || optind == argc)
        return cli_misuse(&cli_update, baseline ? "no RESULTS" : "no --baseline FILE");
    struct at_pool pool = { 0 };
    status = update_baseline(baseline, only_lower, &pool, argv + optind, argc - optind);
    at_pool_free(&pool);
    return status;
}
