/* SPDX-License-Identifier: MIT */
/* alloc-tracker show: print results as a table, as a page, or in the format of another tool. */
#include "cli/command.h"
#include "cli/describe.h"
#include "cli/show_write.h"

static int run_show(int argc, char **argv);

const struct cli_command cli_show = {
    .name = "show",
    .summary = "Show what each test allocated",
    .usage = "[OPTION...] FILE...",
    .help =
        "  --sites            list the call sites of each test (text, markdown)\n"
        "  --by METRIC        rank and draw by bytes, allocs, peak (live at the peak) or leaks\n"
        "  --format FORMAT    text, markdown, json, folded, speedscope, html, bencher,\n"
        "                     github-action-benchmark\n"
        "  --baseline FILE    mark the changes since a baseline (html)\n"
        "  -o, --output FILE  write to FILE instead of standard output\n"
        "  -h, --help         print this help\n\n"
        "  alloc-tracker show --sites --by peak results.json\n"
        "  alloc-tracker show --format html --baseline alloc.baseline -o report.html results.json\n"
        "  alloc-tracker show --format folded results.json | flamegraph.pl > graph.svg\n",
    .run = run_show,
};

/* Whether call sites are in a document. */
enum sites { SITES_NEVER, SITES_ON_REQUEST, SITES_ALWAYS };

struct format {
    const char *name;
    enum sites sites;
    /* One of these; without any, it is json. */
    at_results_writer *results;
    at_metrics_writer *metrics;
};

static const struct format formats[] = {
    { .name = "text", .sites = SITES_ON_REQUEST, .results = at_show_write_text },
    { .name = "markdown", .sites = SITES_ON_REQUEST, .results = at_show_write_markdown },
    { .name = "json" },
    { .name = "folded", .sites = SITES_ALWAYS, .results = at_show_write_folded },
    { .name = "speedscope", .sites = SITES_ALWAYS, .results = at_show_write_speedscope },
    { .name = "html", .sites = SITES_ALWAYS, .results = at_show_write_html },
    { .name = "bencher", .metrics = at_metrics_write_bencher },
    { .name = "github-action-benchmark", .metrics = at_metrics_write_github_action_benchmark },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct request {
    const struct format *format;
    const char *baseline;
    const char *output;
    struct at_show_options options;
    bool is_ranked; /* --by was given */
};

static const struct format *choose_format(const char *name)
{
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++)
        names[i] = formats[i].name;
    int which = cli_choose(&cli_show, "--format", name, names, FORMATS);
    return which < 0 ? NULL : &formats[which];
}

/* Choose the metric. Return false after an error. */
static bool choose_metric(struct request *request, const char *name)
{
    const char *names[AT_N_BY];
    for (enum at_by by = 0; by < AT_N_BY; by++)
        names[by] = at_by_name(by);
    int which = cli_choose(&cli_show, "--by", name, names, AT_N_BY);
    if (which >= 0)
        request->options.by = (enum at_by) which;
    request->is_ranked = true;
    return which >= 0;
}

static void write_format(struct at_text *text, const struct request *request,
                         const struct at_results *results, const struct at_show_options *options)
{
    const struct format *format = request->format;
    if (format->results)
        format->results(text, results, options);
    else if (format->metrics)
        format->metrics(text, results, 1);
    else
        at_results_write(text, results);
}

static int show_results(const struct request *request, struct at_pool *pool,
                        const struct at_results *results)
{
    struct at_baseline baseline = { .pool = pool };
    struct at_comparison comparison = { 0 };
    struct at_show_options options = request->options;
    struct at_text text = { 0 };
    char error[1024];
    if (request->baseline) {
        if (!at_baseline_read(&baseline, request->baseline, error, sizeof error)) {
            at_baseline_free(&baseline);
            return cli_error("%s", error);
        }
        at_compare(&comparison, results, &baseline, &(struct at_compare_options){ 0 });
        options.comparison = &comparison;
    }
    write_format(&text, request, results, &options);
    int status = cli_write(request->output, &text, CLI_OK);
    at_comparison_free(&comparison);
    at_baseline_free(&baseline);
    return status;
}

/* Return CLI_OK if the call sites of the document have the metric. Otherwise print an error. */
static int check_parts(const struct request *request, const struct at_results *results)
{
    enum at_by by = request->options.by;
    enum sites sites = request->format->sites;
    const struct at_result_test *test = at_by_find_unknown(results, by);
    if (!test || sites == SITES_NEVER || (sites == SITES_ON_REQUEST && !request->options.sites))
        return CLI_OK;
    struct at_text id = { 0 }, plain = { 0 };
    at_result_describe_id(&id, results->pool, test->shown_program, test->id, test->parameter);
    at_escape_plain(&plain, at_text_get(&id));
    cli_error(
        "%s:%llu:%llu: the call sites of %s have no \"%s\": an older version wrote the file; run "
        "the tests again, or use another --by",
        test->path, (unsigned long long) test->read_line, (unsigned long long) test->read_column,
        at_text_get(&plain), at_site_member_names[AT_SITE_PEAK_BYTES]);
    at_text_free(&id);
    at_text_free(&plain);
    return CLI_BAD;
}

/* Return CLI_OK if the options apply to the format. Otherwise print an error. */
static int check_options(const struct request *request)
{
    if (request->baseline && request->format->results != at_show_write_html)
        return cli_misuse(&cli_show,
                          "--baseline needs --format html; to compare as text, use `check`");
    if (request->is_ranked && request->format->sites == SITES_NEVER)
        return cli_misuse(
            &cli_show,
            "--by needs a format with call sites: text, markdown, folded, speedscope, html");
    return CLI_OK;
}

/* Read the options. Return false if the command is to end with `*status`. */
static bool parse_options(struct request *request, int argc, char **argv, int *status)
{
    static const struct option options[] = { { "sites", no_argument, NULL, 's' },
                                             { "format", required_argument, NULL, 'f' },
                                             { "baseline", required_argument, NULL, 'b' },
                                             { "output", required_argument, NULL, 'o' },
                                             { "by", required_argument, NULL, 'm' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    int option;
    *status = CLI_BAD;
    while ((option = cli_option(&cli_show, argc, argv, ":o:h", options, status)) != -1) {
        switch (option) {
            case 's': request->options.sites = true; break;
            case 'b': request->baseline = optarg; break;
            case 'o': request->output = optarg; break;
            case 'f':
                request->format = choose_format(optarg);
                if (!request->format)
                    return false;
                break;
            case 'm':
                if (!choose_metric(request, optarg))
                    return false;
                break;
            default: return false;
        }
    }
    return true;
}

static int run_show(int argc, char **argv)
{
    struct request request = { .format = &formats[0], .output = "-" };
    int status;
    if (!parse_options(&request, argc, argv, &status))
        return status;
    if (optind == argc)
        return cli_misuse(&cli_show, "no FILE");
    if (check_options(&request) != CLI_OK)
        return CLI_BAD;
    struct at_pool pool = { 0 };
    struct cli_runs runs = { 0 };
    status = cli_load_one(&runs, &pool, argv + optind, argc - optind);
    if (status == CLI_OK)
        status = check_parts(&request, &runs.at[0]);
    if (status == CLI_OK && request.is_ranked && request.format->sites == SITES_ON_REQUEST)
        at_by_sort_tests(&runs.at[0], request.options.by);
    if (status == CLI_OK)
        status = show_results(&request, &pool, &runs.at[0]);
    cli_runs_free(&runs);
    at_pool_free(&pool);
    return status;
}
