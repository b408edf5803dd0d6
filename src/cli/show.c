/* SPDX-License-Identifier: MIT */
/* alloc-tracker show: print results as a table, as a page, or in the format of another tool. */
#include "cli/command.h"
#include "cli/show_write.h"

static int run_show(int argc, char **argv);

const struct cli_command cli_show = {
    .name = "show",
    .summary = "Show what each test allocated",
    .usage = "[OPTION...] FILE...",
    .help =
        "  --sites            list the call sites of each test (text, markdown)\n"
        "  --format FORMAT    text, markdown, json, folded, speedscope, html, bencher,\n"
        "                     github-action-benchmark\n"
        "  --baseline FILE    mark the changes since a baseline (html)\n"
        "  -o, --output FILE  write to FILE instead of standard output\n"
        "  -h, --help         print this help\n\n"
        "  alloc-tracker show --sites results.json\n"
        "  alloc-tracker show --format html --baseline alloc.baseline -o report.html results.json\n"
        "  alloc-tracker show --format folded results.json | flamegraph.pl > graph.svg\n",
    .run = run_show,
};

struct format {
    const char *name;
    /* One of these; without any, it is html. */
    at_table_writer *table;
    at_results_writer *results;
    at_metrics_writer *metrics;
};

static const struct format formats[] = {
    { .name = "text", .table = at_show_write_text },
    { .name = "markdown", .table = at_show_write_markdown },
    { .name = "json", .results = at_results_write },
    { .name = "folded", .results = at_show_write_folded },
    { .name = "speedscope", .results = at_show_write_speedscope },
    { .name = "html" },
    { .name = "bencher", .metrics = at_metrics_write_bencher },
    { .name = "github-action-benchmark", .metrics = at_metrics_write_github_action_benchmark },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct request {
    const struct format *format;
    const char *baseline;
    const char *output;
    bool sites;
};

static const struct format *choose_format(const char *name)
{
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++)
        names[i] = formats[i].name;
    int which = cli_choose(&cli_show, "--format", name, names, FORMATS);
    return which < 0 ? NULL : &formats[which];
}

static bool is_html(const struct format *format)
{
    return !format->table && !format->results && !format->metrics;
}

static void write_format(struct at_text *text, const struct request *request,
                         const struct at_results *results, const struct at_comparison *comparison)
{
    const struct format *format = request->format;
    if (format->table)
        format->table(text, results, request->sites);
    else if (format->results)
        format->results(text, results);
    else if (format->metrics)
        format->metrics(text, results, 1);
    else
        at_show_write_html(text, results, comparison);
}

static int show_results(const struct request *request, struct at_pool *pool,
                        const struct at_results *results)
{
    struct at_baseline baseline = { .pool = pool };
    struct at_comparison comparison = { 0 };
    struct at_text text = { 0 };
    char error[1024];
    if (request->baseline) {
        if (!at_baseline_read(&baseline, request->baseline, error, sizeof error)) {
            at_baseline_free(&baseline);
            return cli_error("%s", error);
        }
        at_compare(&comparison, results, &baseline, &(struct at_compare_options){ 0 });
    }
    write_format(&text, request, results, request->baseline ? &comparison : NULL);
    int status = cli_write(request->output, &text, CLI_OK);
    at_comparison_free(&comparison);
    at_baseline_free(&baseline);
    return status;
}

static int run_show(int argc, char **argv)
{
    static const struct option options[] = {
        { "sites", no_argument, NULL, 's' },          { "format", required_argument, NULL, 'f' },
        { "baseline", required_argument, NULL, 'b' }, { "output", required_argument, NULL, 'o' },
        { "help", no_argument, NULL, 'h' },           { 0 }
    };
    struct request request = { .format = &formats[0], .output = "-" };
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_show, argc, argv, ":o:h", options, &status)) != -1) {
        switch (option) {
            case 's': request.sites = true; break;
            case 'b': request.baseline = optarg; break;
            case 'o': request.output = optarg; break;
            case 'f':
                request.format = choose_format(optarg);
                if (!request.format)
                    return CLI_BAD;
                break;
            default: return status;
        }
    }
    if (optind == argc)
        return cli_misuse(&cli_show, "no FILE");
    if (request.baseline && !is_html(request.format))
        return cli_misuse(&cli_show,
                          "--baseline needs --format html; to compare as text, use `check`");
    struct at_pool pool = { 0 };
    struct cli_runs runs = { 0 };
    status = cli_load_one(&runs, &pool, argv + optind, argc - optind);
    if (status == CLI_OK)
        status = show_results(&request, &pool, &runs.at[0]);
    cli_runs_free(&runs);
    at_pool_free(&pool);
    return status;
}
