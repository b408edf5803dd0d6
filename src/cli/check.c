/* SPDX-License-Identifier: MIT */
/* alloc-tracker check: compare results with a baseline, and fail if a test is above it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/replace.h"
#include "cli/check_write.h"
#include "cli/command.h"
#include "cli/describe.h"
#include "cli/show_write.h"

static int run_check(int argc, char **argv);

const struct cli_command cli_check = {
    .name = "check",
    .summary = "Fail if a test allocates more than its baseline",
    .usage = "--baseline FILE [OPTION...] RESULTS...",
    .help =
        "  --baseline FILE    the committed baseline; `alloc-tracker update` writes it\n"
        "  --allow METRIC+N   a tolerance for every test, such as allocs+2 or bytes+5%; the\n"
        "                     metrics are allocs, bytes, peak and leaks; may be repeated\n"
        "  --strict           fail if a test is new or removed, or if the baseline has no section\n"
        "                     for this environment; new tests fail without it too if CI is set\n"
        "  --format FORMAT    text, markdown, json, github (annotations and step summary),\n"
        "                     bencher, github-action-benchmark\n"
        "  -h, --help         print this help\n\n"
        "A test that crashed, timed out, failed or was not observed never passes.\n\n"
        "  ./tests --output=alloc:results.json\n"
        "  alloc-tracker check --baseline alloc.baseline results.json\n",
    .run = run_check,
};

struct format {
    const char *name;
    /* One of: */
    at_check_writer *each;      /* one text for each environment */
    at_check_document *all;     /* one document */
    at_metrics_writer *metrics; /* one document; the text format goes to standard error */
};

static const struct format formats[] = {
    { .name = "text", .each = at_check_write_text },
    { .name = "markdown", .each = at_check_write_markdown },
    { .name = "json", .all = at_check_write_json },
    { .name = "github", .each = at_check_write_github },
    { .name = "bencher", .metrics = at_metrics_write_bencher },
    { .name = "github-action-benchmark", .metrics = at_metrics_write_github_action_benchmark },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct request {
    const char *baseline;
    const struct format *format;
    struct at_compare_options options;
};

/* Return whether this is a run in continuous integration. */
static bool in_ci(void)
{
    const char *ci = getenv("CI");
    return ci && *ci && strcmp(ci, "0") != 0 && strcmp(ci, "false") != 0;
}

/* Append to GitHub's step summary, a file that the steps of a job share. */
static int add_step_summary(const struct at_comparison *comparison)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    if (!path || !*path)
        return CLI_OK;
    struct at_text text = { 0 };
    at_check_write_markdown(&text, comparison);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool good = fd >= 0 && at_write_all(fd, &text);
    int error = errno;
    if (fd >= 0 && close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    at_text_free(&text);
    return good ? CLI_OK : cli_error("%s: %s", path, strerror(error));
}

/* One for each environment. */
struct comparisons {
    struct at_comparison *at;
    size_t n, capacity;
};

static void compare_runs(struct comparisons *comparisons, const struct cli_runs *runs,
                         const struct at_baseline *baseline,
                         const struct at_compare_options *options)
{
    for (size_t i = 0; i < runs->n; i++)
        at_compare(at_array_add(comparisons), &runs->at[i], baseline, options);
}

static void write_each(at_check_writer *write, struct at_text *text,
                       const struct comparisons *comparisons)
{
    for (size_t i = 0; i < comparisons->n; i++) {
        const struct at_comparison *comparison = &comparisons->at[i];
        write(text, comparison);
        if (write != at_check_write_github)
            continue;
        at_describe_counts(text, comparison);
        at_text_add_string(text, comparison->failed ? ": gate failed\n" : "\n");
    }
}

static int report(const struct format *format, const struct comparisons *comparisons,
                  const struct cli_runs *runs, struct at_text *text)
{
    int status = CLI_OK;
    if (format->each)
        write_each(format->each, text, comparisons);
    if (format->all)
        format->all(text, comparisons->at, comparisons->n);
    if (format->metrics) {
        struct at_text words = { 0 };
        format->metrics(text, runs->at, runs->n);
        write_each(at_check_write_text, &words, comparisons);
        at_text_write(&words, STDERR_FILENO);
        at_text_free(&words);
    }
    for (size_t i = 0; status != CLI_BAD && i < comparisons->n; i++) {
        if (comparisons->at[i].failed)
            status = CLI_GATE_FAILED;
        if (format->each == at_check_write_github
            && add_step_summary(&comparisons->at[i]) != CLI_OK)
            status = CLI_BAD;
    }
    return status;
}

static int check_results(const struct request *request, struct at_pool *pool, char **paths,
                         int n_paths)
{
    struct at_baseline baseline = { .pool = pool };
    struct cli_runs runs = { 0 };
    struct comparisons comparisons = { 0 };
    struct at_text text = { 0 };
    char error[1024];
    int status = CLI_OK;
    if (!at_baseline_read(&baseline, request->baseline, error, sizeof error)) {
        status = cli_error("%s", error);
        if (access(request->baseline, F_OK) != 0)
            cli_error("`alloc-tracker update --baseline %s RESULTS...` writes one",
                      request->baseline);
    }
    if (status == CLI_OK)
        status = cli_load(&runs, pool, paths, n_paths);
    if (status == CLI_OK) {
        compare_runs(&comparisons, &runs, &baseline, &request->options);
        status = report(request->format, &comparisons, &runs, &text);
    }
    if (status != CLI_BAD)
        status = cli_write("-", &text, status);
    for (size_t i = 0; i < comparisons.n; i++)
        at_comparison_free(&comparisons.at[i]);
    free(comparisons.at);
    at_text_free(&text);
    cli_runs_free(&runs);
    at_baseline_free(&baseline);
    return status;
}

static int choose_format(struct request *request, const char *name)
{
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++)
        names[i] = formats[i].name;
    int which = cli_choose(&cli_check, "--format", name, names, FORMATS);
    if (which >= 0)
        request->format = &formats[which];
    return which;
}

static int run_check(int argc, char **argv)
{
    static const struct option options[] = {
        { "baseline", required_argument, NULL, 'b' }, { "allow", required_argument, NULL, 'a' },
        { "strict", no_argument, NULL, 's' },         { "format", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },           { 0 }
    };
    static const struct format colour = { .name = "text", .each = at_check_write_colour };
    struct request request = { .format = cli_has_colours() ? &colour : &formats[0],
                               .options.new_fails = in_ci() };
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_check, argc, argv, ":h", options, &status)) != -1) {
        switch (option) {
            case 'b': request.baseline = optarg; break;
            case 's':
                request.options.new_fails = request.options.removed_fails = true;
                request.options.other_section_fails = true;
                break;
            case 'a':
                if (!at_tolerance_parse_named(optarg, request.options.allow))
                    return cli_misuse(&cli_check,
                                      "--allow expects allocs+2 or bytes+5%%, not \"%s\"", optarg);
                break;
            case 'f':
                if (choose_format(&request, optarg) < 0)
                    return CLI_BAD;
                break;
            default: return status;
        }
    }
    if (!request.baseline || optind == argc)
        return cli_misuse(&cli_check, request.baseline ? "no RESULTS" : "no --baseline FILE");
    struct at_pool pool = { 0 };
    status = check_results(&request, &pool, argv + optind, argc - optind);
    at_pool_free(&pool);
    return status;
}
