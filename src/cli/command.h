/* SPDX-License-Identifier: MIT */
/*
 * What a subcommand is, and what they share. Standard output carries the result, standard error
 * everything else; a status is one of three.
 */
#ifndef AT_CLI_COMMAND_H
#define AT_CLI_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "results/results.h"

enum cli_status { CLI_OK = 0, CLI_GATE_FAILED = 1, CLI_BAD = 2 };

struct cli_command {
    const char *name;
    const char *summary;
    const char *usage; /* "[-o FILE] -- PROGRAM [ARG...]" */
    const char *help;  /* options and examples */
    int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_check, cli_compare, cli_merge, cli_run, cli_show, cli_update;

/* Prints "alloc-tracker: ..." on standard error and answers CLI_BAD. */
int cli_error(const char *format, ...) AT_PRINTF(1, 2);

/*
 * The next option, as getopt_long() answers it, -1 after the last. Takes --help and -h; one that is
 * unknown ends with a hint. Either way `*status` is what the command has to answer then, and '?' is
 * answered.
 */
int cli_option(const struct cli_command *command, int argc, char **argv, const char *letters,
               const struct option *options, int *status);

/* A usage error: the reason and where to look. Answers CLI_BAD. */
int cli_misuse(const struct cli_command *command, const char *format, ...) AT_PRINTF(2, 3);

/* Which of `n` names `name` is; -1 and an error that lists them if none. */
int cli_choose(const struct cli_command *command, const char *option, const char *name,
               const char *const *names, size_t n);

/* Results files, those of one environment together, sorted. */
struct cli_runs {
    struct at_results *at;
    size_t n, capacity;
};

/* Reads them; CLI_BAD, with the reason told, if one is bad. */
int cli_load(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths);
void cli_runs_free(struct cli_runs *runs);

/* The same for a command that makes one thing of them: of one environment only. */
int cli_load_one(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths);

/* Writes a text to standard output, or replaces a file by it, and frees it; `status` if that went
   well, CLI_BAD with the reason told if not. */
int cli_write(const char *path, struct at_text *text, int status);

/* Is standard output a terminal that wants colours? */
bool cli_has_colours(void);

#endif
