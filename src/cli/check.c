/* SPDX-License-Identifier: MIT */
/* alloc-tracker check: the gate. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "report/check_write.h"
#include "report/describe.h"
#include "report/replace.h"
#include "report/show_write.h"

static int run(int argc, char **argv);

const struct cli_command cli_check = {
    .name = "check",
    .summary = "Fail if a test allocates more than its baseline",
    .usage = "--baseline FILE [OPTION...] RESULTS...",
    .help =
        "  --baseline FILE    what was agreed to; `alloc-tracker update` makes it\n"
        "  --allow FIGURE+N   for every test: allocs+2, bytes+5%; figures are allocs, bytes,\n"
        "                     peak and leaks; may be given several times\n"
        "  --strict           fail too for a test that is not in the baseline, and for an entry\n"
        "                     whose test is gone; the former is so wherever CI is set\n"
        "  --format FORMAT    text, markdown, json, github (annotations, and the step summary),\n"
        "                     bencher, github-action-benchmark\n"
        "  -h, --help         this text\n\n"
        "A test that crashed, timed out, failed, or could not be observed never passes.\n\n"
        "  ./tests --output=alloc:results.json\n"
        "  alloc-tracker check --baseline alloc.baseline results.json\n",
    .run = run,
};

struct format {
    const char *name;
    at_check_writer *check;
    at_show_writer *show; /* of metrics: then the judgement goes to standard error */
};

static const struct format formats[] = {
    { "text", at_check_write_text, NULL },
    { "markdown", at_check_write_markdown, NULL },
    { "json", at_check_write_json, NULL },
    { "github", at_check_write_github, NULL },
    { "bencher", NULL, at_show_write_bencher },
    { "github-action-benchmark", NULL, at_show_write_github_action_benchmark },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct request {
    const char *baseline;
    const struct format *format;
    struct at_judge_options options;
};

/* Does this run in continuous integration? */
static bool in_ci(void)
{
    const char *ci = getenv("CI");
    return ci && *ci && strcmp(ci, "0") != 0 && strcmp(ci, "false") != 0;
}

/* GitHub's step summary is appended to: steps share the file. */
static int add_step_summary(const struct at_judgement *judgement)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    if (!path || !*path)
        return CLI_OK;
    struct at_text text = { 0 };
    at_check_write_markdown(&text, judgement);
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

static int report(const struct request *request, const struct at_judgement *judgement,
                  struct at_text *text)
{
    at_check_writer *write = request->format->check;
    int status = judgement->failed ? CLI_GATE_FAILED : CLI_OK;
    if (!write) {
        struct at_text words = { 0 };
        request->format->show(text, judgement->results, &(struct at_show_options){ 0 });
        at_check_write_text(&words, judgement);
        at_text_write(&words, STDERR_FILENO);
        at_text_free(&words);
    } else {
        write(text, judgement);
    }
    if (write != at_check_write_github)
        return status;
    at_describe_counts(text, judgement);
    at_text_add_string(text, judgement->failed ? ": gate failed\n" : "\n");
    int summary = add_step_summary(judgement);
    return summary > status ? summary : status;
}

/* Each environment's run against its own section; the worst counts. */
static int check(const struct request *request, struct at_pool *pool, char **paths, int n_paths)
{
    struct at_baseline baseline = { .pool = pool };
    struct cli_runs runs = { 0 };
    struct at_text text = { 0 };
    char error[1024];
    int status = CLI_OK;
    if (!at_baseline_read(&baseline, request->baseline, error, sizeof error)) {
        status = cli_error("%s", error);
        if (access(request->baseline, F_OK) != 0)
            cli_error("`alloc-tracker update --baseline %s RESULTS...` makes one",
                      request->baseline);
    }
    if (status == CLI_OK)
        status = cli_load(&runs, pool, paths, n_paths);
    for (size_t i = 0; status != CLI_BAD && i < runs.n; i++) {
        struct at_judgement judgement;
        at_judge(&judgement, &runs.at[i], &baseline, &request->options);
        int result = report(request, &judgement, &text);
        status = result > status ? result : status;
        at_judgement_free(&judgement);
    }
    if (status != CLI_BAD)
        status = cli_write("-", &text, status);
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

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        { "baseline", required_argument, NULL, 'b' }, { "allow", required_argument, NULL, 'a' },
        { "strict", no_argument, NULL, 's' },         { "format", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },           { 0 }
    };
    static const struct format colour = { "text", at_check_write_colour, NULL };
    struct request request = { .format = cli_has_colours() ? &colour : &formats[0],
                               .options.new_fails = in_ci() };
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_check, argc, argv, ":h", options, &status)) != -1) {
        switch (option) {
            case 'b': request.baseline = optarg; break;
            case 's': request.options.new_fails = request.options.obsolete_fails = true; break;
            case 'a':
                if (!at_tolerance_parse_named(optarg, request.options.allow))
                    return cli_misuse(&cli_check,
                                      "--allow is like allocs+2 or bytes+5%%, not \"%s\"", optarg);
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
    status = check(&request, &pool, argv + optind, argc - optind);
    at_pool_free(&pool);
    return status;
}
