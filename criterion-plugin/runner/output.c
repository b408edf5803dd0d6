/* SPDX-License-Identifier: MIT */
/*
 * The outputs of results: files, standard output, and the table after a run. See results.h.
 *
 * Criterion calls criterion_add_output() for each --output option. The function below comes before
 * that of libcriterion. For outputs of the kind "alloc" it records the path; all other outputs go
 * to the function of libcriterion. Standard output belongs to Criterion, which closes it while the
 * tests run. So a provider writes the results to standard output when Criterion asks for them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/options.h>
#include <criterion/output.h>

#include "base/json_text.h"
#include "base/replace.h"
#include "results/fingerprint.h"
#include "results/summary.h"
#include "results/usage.h"
#include "runner/records.h"
#include "runner/results.h"
#include "symbols/source.h"
#include "symbols/symbolize.h"

AT_API int criterion_add_output(const char *provider, const char *path);

static struct output {
    struct output *next;
    const char *given; /* keeps Criterion's string reachable: Criterion 2.4.1 never frees it, and a
                          sanitizer would report a leak */
    char path[];
} * outputs;

static bool to_stdout;
static struct at_text stdout_text;

/* Print that an output was not written, with errno as the reason, and fail the run. */
static void fail_output(struct criterion_global_stats *all, const char *path)
{
    fprintf(stderr,
            "alloc_tracker: %s: %s; the results of this run were not written to this output\n",
            path, strerror(errno));
    all->errors++;
}

/* Write the results to standard output. Criterion calls this provider after the last test. */
static void write_to_stdout(FILE *file, struct criterion_global_stats *all)
{
    if (fwrite(at_text_get(&stdout_text), 1, stdout_text.length, file) != stdout_text.length
        || fflush(file) != 0)
        fail_output(all, "standard output");
}

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Record an output for the results. Return false without memory. */
static bool add_output(const char *path)
{
    struct output *output = malloc(sizeof *output + strlen(path) + 1);
    if (!output)
        return false;
    strcpy(output->path, path);
    output->given = path;
    output->next = outputs;
    outputs = output;
    if (is_stdout(path) && !to_stdout) {
        to_stdout = true;
        criterion_register_output_provider("alloc", write_to_stdout);
    }
    return true;
}

int criterion_add_output(const char *provider, const char *path)
{
    bool is_ours = strcmp(provider, "alloc") == 0;
    if (is_ours && !add_output(path))
        return -1;
    if (is_ours && !is_stdout(path))
        return 1;
    int (*next)(const char *, const char *) =
        (int (*)(const char *, const char *)) dlsym(RTLD_NEXT, "criterion_add_output");
    return next ? next(provider, path) : -1;
}

/* Return whether the run prints the table: ALLOC_TRACKER_SUMMARY, else --verbose, decides. */
static bool wants_table(void)
{
    const char *value = getenv("ALLOC_TRACKER_SUMMARY");
    if (value && *value)
        return strcmp(value, "0") != 0;
    return criterion_options.logging_threshold <= CRITERION_INFO;
}

uint32_t criterion_alloc_results_wanted(void)
{
    return (outputs ? CRITERION_ALLOC_WANTS_USAGE | CRITERION_ALLOC_WANTS_SITES : 0u)
           | (wants_table() ? CRITERION_ALLOC_WANTS_USAGE : 0u);
}

static enum at_test_status status_of(const struct criterion_test_stats *stats)
{
    if (stats->timed_out)
        return AT_TEST_TIMED_OUT;
    if (stats->crashed)
        return AT_TEST_CRASHED;
    switch (stats->test_status) {
        case CR_STATUS_SKIPPED: return AT_TEST_SKIPPED;
        case CR_STATUS_FAILED: return AT_TEST_FAILED;
        default: return AT_TEST_PASSED;
    }
}

/* Return the name of this program; "" if it is unknown. */
static const char *find_program_name(void)
{
    const char *path = at_symbolize_program();
    if (!path[0])
        path = criterion_options.executable_name;
    return path ? at_program_name(path) : "";
}

/* Append the members of a test's object in the results. */
static void add_row(struct at_text *text, const struct criterion_alloc_result *row)
{
    struct at_text id = { 0 };
    at_text_printf(&id, "%s::%s", row->suite, row->name);
    at_json_member(text, "id", at_text_get(&id));
    at_text_free(&id);
    if (row->parameter >= 0)
        at_json_integer(text, "parameter", row->parameter);
    if (find_program_name()[0])
        at_json_member(text, "program", find_program_name());
    if (row->file && row->line) {
        char path[512];
        at_source_find(row->file, NULL, path, sizeof path);
        at_json_member(text, "file", path);
        at_json_integer(text, "line", row->line);
    }
    at_json_member(text, "status", at_test_status_names[status_of(row->stats)]);
    if (row->stats->signal)
        at_json_integer(text, "signal", row->stats->signal);
    if (row->stats->exit_code)
        at_json_integer(text, "exit", row->stats->exit_code);
    if (row->text.length) {
        at_text_add_string(text, ",");
        at_text_add(text, at_text_get(&row->text), row->text.length);
    } else {
        if (row->measured)
            at_usage_add(text, &row->usage);
        else
            at_usage_add_values(text, NULL);
        at_text_add_string(text, ",\"frames\":[],\"sites\":null,\"dropped\":0");
    }
    criterion_alloc_record_add_budget(text, &row->limits, row->outcome);
    if (row->reason[0])
        at_json_member(text, "reason", row->reason);
}

/* How the tests were compiled. */
static struct at_build_facts facts;

/* Read the facts of all tests, also of those that a filter leaves out. So all shards of a run have
   the same environment. */
void criterion_alloc_results_start(const struct criterion_test_set *set)
{
    if (!outputs && !to_stdout)
        return;
    FOREACH_SET (const struct criterion_suite_set *suite, set->suites)
        FOREACH_SET (const struct criterion_test *test, suite->tests)
            at_build_facts_add(&facts, (const void *) test->test);
    at_build_facts_close(&facts);
}

static void add_results(struct at_text *text, const struct criterion_alloc_results *results,
                        bool off)
{
    at_text_add_string(text, "{\"schema\":\"" AT_RESULTS_SCHEMA "\",\n");
    at_text_add_string(text, off ? AT_RESULTS_OFF ",\n" : "");
    at_text_add_string(text, "\"environment\":");
    at_fingerprint_add(text, &facts);
    at_text_add_string(text, ",\n\"tests\":[");
    for (size_t i = 0; i < results->n; i++) {
        at_text_add_string(text, i ? ",\n{" : "\n{");
        add_row(text, &results->rows[i]);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "\n]}\n");
}

/* Append the path of an output's file. If `output` is a directory, the file in it has the name of
   the program. */
static void add_file_name(struct at_text *path, const char *output)
{
    struct stat status;
    at_text_add_string(path, output);
    if (stat(output, &status) != 0 || !S_ISDIR(status.st_mode))
        return;
    const char *program = criterion_options.executable_name;
    const char *slash = program ? strrchr(program, '/') : NULL;
    at_text_printf(path, "/%s.alloc.json", slash ? slash + 1 : program ? program : "tests");
}

void criterion_alloc_results_write(const struct criterion_alloc_results *results,
                                   struct criterion_global_stats *all, bool off)
{
    if (!outputs)
        return;
    struct at_text text = { 0 };
    add_results(&text, results, off);
    text.truncated |= !results->rows;
    for (const struct output *output = outputs; output; output = output->next) {
        if (is_stdout(output->path))
            continue;
        struct at_text path = { 0 };
        add_file_name(&path, output->path);
        if (!at_replace_file(at_text_get(&path), &text))
            fail_output(all, at_text_get(&path));
        at_text_free(&path);
    }
    stdout_text = text; /* write_to_stdout() prints the text later */
}

/* Return the row of the summary table for a test. The row has pointers to `id` and `values`. */
static struct at_summary_row make_summary_row(const struct criterion_alloc_result *row,
                                              struct at_text *id, int64_t values[AT_USAGE_MEMBERS])
{
    id->length = 0;
    at_text_printf(id, "%s::%s", row->suite, row->name);
    if (row->parameter >= 0)
        at_text_printf(id, "[%d]", row->parameter);
    at_usage_get_values(&row->usage, values);
    return (struct at_summary_row){
        .id = at_text_get(id),
        .usage = row->measured ? values : NULL,
        .status = status_of(row->stats),
        .verdict = row->outcome,
        .signal = row->stats->signal,
        .dropped = (int64_t) row->usage.dropped,
    };
}

void criterion_alloc_results_print(const struct criterion_alloc_results *results)
{
    if (!wants_table() || results->n == 0)
        return;
    struct at_text text = { 0 }, id = { 0 };
    struct at_summary_widths widths = at_summary_widths();
    int64_t values[AT_USAGE_MEMBERS];
    for (size_t i = 0; i < results->n; i++) {
        struct at_summary_row row = make_summary_row(&results->rows[i], &id, values);
        at_summary_measure(&widths, &row);
    }
    at_text_add_string(&text, "\n");
    at_summary_add_header(&text, &widths);
    for (size_t i = 0; i < results->n; i++) {
        struct at_summary_row row = make_summary_row(&results->rows[i], &id, values);
        at_summary_add_row(&text, &widths, &row);
    }
    at_text_add_string(&text, "\n");
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    at_text_free(&id);
}
