/* SPDX-License-Identifier: MIT */
/* alloc-tracker merge: merge the shards of a run. */
#include "cli/command.h"

static int run_merge(int argc, char **argv);

const struct cli_command cli_merge = {
    .name = "merge",
    .summary = "Merge the results files of the shards of a run into one",
    .usage = "-o OUT FILE...",
    .help = "  -o, --output OUT  write to OUT; \"-\" is standard output\n"
            "  -h, --help        print this help\n\n"
            "If one shard skipped a test and another ran it, the latter counts. If two shards of\n"
            "one program ran it, merge fails. Tests of different programs are kept apart.\n\n"
            "  alloc-tracker merge -o all.json shard-1.json shard-2.json\n",
    .run = run_merge,
};

static int run_merge(int argc, char **argv)
{
    static const struct option options[] = { { "output", required_argument, NULL, 'o' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    const char *output = NULL;
    int option, status = CLI_BAD;
    while ((option = cli_option(&cli_merge, argc, argv, ":o:h", options, &status)) != -1) {
        if (option != 'o')
            return status;
        output = optarg;
    }
    if (!output || optind == argc)
        return cli_misuse(&cli_merge, output ? "no FILE" : "no -o OUT");
    struct at_pool pool = { 0 };
    struct cli_runs runs = { 0 };
    status = cli_load_one(&runs, &pool, argv + optind, argc - optind);
    if (status == CLI_OK) {
        struct at_text text = { 0 };
        at_results_write(&text, &runs.at[0]);
        status = cli_write(output, &text, CLI_OK);
    }
    cli_runs_free(&runs);
    at_pool_free(&pool);
    return status;
}
