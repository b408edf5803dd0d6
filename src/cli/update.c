/* SPDX-License-Identifier: MIT */
/* alloc-tracker update: the figures of a run become what was agreed to. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/describe.h"

static int run(int argc, char **argv);

const struct cli_command cli_update = {
    .name = "update",
    .summary = "Write what tests allocate into the baseline",
    .usage = "--baseline FILE [--tighten] RESULTS...",
    .help =
        "  --baseline FILE    the file to make or to rewrite; \"-\" prints a new one\n"
        "  --tighten          only lower the figures of tests that are in the baseline\n"
        "  --from RESULTS     the same as RESULTS: what another machine, say CI, produced\n"
        "  -h, --help         this text\n\n"
        "Each environment of RESULTS gets its section anew; sections of others, tolerances and\n"
        "their reasons stay, and so do the entries of tests that were skipped. A test whose\n"
        "figures cannot be believed keeps its entry, and the exit status is 1.\n\n"
        "  alloc-tracker update --baseline alloc.baseline results.json\n"
        "  alloc-tracker update --baseline alloc.baseline --from downloaded/results.json\n",
    .run = run,
};

struct changes {
    size_t taken, lowered, dropped, kept;
};

/* The smaller of each figure; the places of a test go with it only if all figures are the run's. */
static void tighten(struct at_baseline *baseline, struct at_baseline_test *entry,
                    const struct at_results *results, const struct at_result_test *test,
                    struct changes *changes)
{
    bool lower = false, higher = false;
    for (size_t i = 0; i < AT_GATES; i++) {
        int64_t now = test->usage[at_gate_figures[i]];
        lower |= now < entry->figures[i];
        higher |= now > entry->figures[i];
    }
    if (!lower)
        return;
    struct at_baseline_test before = *entry;
    at_baseline_test_take(baseline, entry, results, test);
    for (size_t i = 0; i < AT_GATES; i++)
        if (before.figures[i] < entry->figures[i])
            entry->figures[i] = before.figures[i];
    if (higher) {
        entry->places = before.places;
        entry->n_locations = before.n_locations;
    }
    changes->lowered++;
}

static void warn_distrusted(const struct at_results *results, const struct at_result_test *test,
                            bool known)
{
    struct at_text id = { 0 }, line = { 0 };
    at_result_describe_id(&id, results->pool, test->id, test->parameter);
    at_escape_plain(&line, at_text_get(&id));
    cli_error("%s: %s; %s", at_text_get(&line), at_result_distrust(test),
              known ? "its entry stays" : "it gets no entry");
    at_text_free(&id);
    at_text_free(&line);
}

/* The new section: an entry for every test of the run, with the tolerances it had. */
static void rewrite(struct at_baseline *baseline, struct at_section *section,
                    const struct at_results *results, struct changes *changes)
{
    struct at_section fresh = { .environment = section->environment };
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        const struct at_baseline_test *old =
            at_section_find(section, baseline->pool, test->id, test->parameter);
        bool usable = test->status != AT_RESULT_SKIPPED && !at_result_distrust(test);
        if (!usable && !old)
            continue;
        struct at_baseline_test *entry = at_section_add(&fresh);
        if (old)
            *entry = *old;
        if (usable)
            at_baseline_test_take(baseline, entry, results, test);
        changes->taken += usable;
        changes->kept += old != NULL;
    }
    at_section_sort(&fresh, baseline->pool);
    changes->dropped += section->n_entries - changes->kept;
    free(section->entries);
    *section = fresh;
}

static int update_section(struct at_baseline *baseline, const struct at_results *results,
                          bool only_lower)
{
    struct changes changes = { 0 };
    int status = CLI_OK;
    struct at_section *section = at_baseline_section(baseline, &results->environment);
    if (!section && only_lower)
        return CLI_OK;
    if (!section)
        section = at_baseline_add_section(baseline, &results->environment);
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        struct at_baseline_test *entry =
            at_section_find(section, baseline->pool, test->id, test->parameter);
        if (at_result_distrust(test)) {
            warn_distrusted(results, test, entry != NULL);
            status = CLI_GATE_FAILED;
        } else if (only_lower && entry && test->status != AT_RESULT_SKIPPED) {
            tighten(baseline, entry, results, test, &changes);
        }
    }
    if (!only_lower)
        rewrite(baseline, section, results, &changes);
    if (only_lower)
        fprintf(stderr, "alloc-tracker: %zu lowered\n", changes.lowered);
    else
        fprintf(stderr, "alloc-tracker: %zu taken, %zu dropped\n", changes.taken, changes.dropped);
    return status;
}

static int update(const char *path, bool only_lower, struct at_pool *pool, char **paths,
                  int n_paths)
{
    struct at_baseline baseline = { .pool = pool };
    struct cli_runs runs = { 0 };
    char error[1024];
    int status = CLI_OK;
    bool exists = strcmp(path, "-") != 0 && access(path, F_OK) == 0;
    if (!exists && only_lower)
        status = cli_error("%s: there is nothing to tighten; without --tighten it is made", path);
    else if (exists && !at_baseline_read(&baseline, path, error, sizeof error))
        status = cli_error("%s", error);
    if (status == CLI_OK)
        status = cli_load(&runs, pool, paths, n_paths);
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

static int run(int argc, char **argv)
{
    static const struct option options[] = { { "baseline", required_argument, NULL, 'b' },
                                             { "tighten", no_argument, NULL, 't' },
                                             { "from", required_argument, NULL, 'f' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    AT_ARRAY(char *) paths = { 0 };
    const char *baseline = NULL;
    bool only_lower = false;
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_update, argc, argv, ":h", options, &status)) != -1) {
        switch (option) {
            case 'b': baseline = optarg; break;
            case 't': only_lower = true; break;
            case 'f': *at_array_add(&paths) = optarg; break;
            default: free(paths.at); return status;
        }
    }
    for (int i = optind; i < argc; i++)
        *at_array_add(&paths) = argv[i];
    if (!baseline || paths.n == 0) {
        free(paths.at);
        return cli_misuse(&cli_update, baseline ? "no RESULTS" : "no --baseline FILE");
    }
    struct at_pool pool = { 0 };
    status = update(baseline, only_lower, &pool, paths.at, (int) paths.n);
    at_pool_free(&pool);
    free(paths.at);
    return status;
}
