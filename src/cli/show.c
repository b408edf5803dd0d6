/* SPDX-License-Identifier: MIT */
/* alloc-tracker show: results as a table, and in the formats of other tools. */
#include "cli/command.h"
#include "cli/show_write.h"

static int run(int argc, char **argv);

const struct cli_command cli_show = {
    .name = "show",
    .summary = "Show what each test allocated",
    .usage = "[OPTION...] FILE...",
    .help =
        "  --sites            with each test its call sites (text, markdown)\n"
        "  --format FORMAT    text, markdown, json, folded, speedscope, html, bencher,\n"
        "                     github-action-benchmark\n"
        "  --baseline FILE    what changed against a baseline (html)\n"
        "  -o, --output FILE  the file to write; standard output unless given\n"
        "  -h, --help         this text\n\n"
        "  alloc-tracker show --sites results.json\n"
        "  alloc-tracker show --format html --baseline alloc.baseline -o report.html results.json\n"
        "  alloc-tracker show --format folded results.json | flamegraph.pl > graph.svg\n",
    .run = run,
};

static const struct {
    const char *name;
    at_show_writer *write;
} formats[] = {
    { "text", at_show_write_text },
    { "markdown", at_show_write_markdown },
    { "json", at_show_write_json },
    { "folded", at_show_write_folded },
    { "speedscope", at_show_write_speedscope },
    { "html", at_show_write_html },
    { "bencher", at_show_write_bencher },
    { "github-action-benchmark", at_show_write_github_action_benchmark },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct request {
    at_show_writer *write;
    const char *baseline;
    const char *output;
    bool sites;
};

static at_show_writer *choose_format(const char *name)
{
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++)
        names[i] = formats[i].name;
    int which = cli_choose(&cli_show, "--format", name, names, FORMATS);
    return which < 0 ? NULL : formats[which].write;
}

static int show(const struct request *request, struct at_pool *pool,
                const struct at_results *results)
{
    struct at_baseline baseline = { .pool = pool };
    struct at_comparison judgement = { 0 };
    struct at_show_options options = { .sites = request->sites };
    struct at_text text = { 0 };
    char error[1024];
    if (request->baseline) {
        if (!at_baseline_read(&baseline, request->baseline, error, sizeof error)) {
            at_baseline_free(&baseline);
            return cli_error("%s", error);
        }
        at_compare(&judgement, results, &baseline, &(struct at_compare_options){ 0 });
        options.judgement = &judgement;
    }
    request->write(&text, results, &options);
    int status = cli_write(request->output, &text, CLI_OK);
    at_comparison_free(&judgement);
    at_baseline_free(&baseline);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        { "sites", no_argument, NULL, 's' },          { "format", required_argument, NULL, 'f' },
        { "baseline", required_argument, NULL, 'b' }, { "output", required_argument, NULL, 'o' },
        { "help", no_argument, NULL, 'h' },           { 0 }
    };
    struct request request = { .write = at_show_write_text, .output = "-" };
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_show, argc, argv, ":o:h", options, &status)) != -1) {
        switch (option) {
            case 's': request.sites = true; break;
            case 'b': request.baseline = optarg; break;
            case 'o': request.output = optarg; break;
            case 'f':
                request.write = choose_format(optarg);
                if (!request.write)
                    return CLI_BAD;
                break;
            default: return status;
        }
    }
    if (optind == argc)
        return cli_misuse(&cli_show, "no FILE");
    if (request.baseline && request.write != at_show_write_html)
        return cli_misuse(&cli_show, "--baseline goes with --format html; see also `check`");
    struct at_pool pool = { 0 };
    struct cli_runs runs = { 0 };
    status = cli_load_one(&runs, &pool, argv + optind, argc - optind);
    if (status == CLI_OK)
        status = show(&request, &pool, &runs.at[0]);
    cli_runs_free(&runs);
    at_pool_free(&pool);
    return status;
}
