/* SPDX-License-Identifier: MIT */
/*
 * The description of a subcommand, and the functions that subcommands share. The result goes to
 * standard output, everything else to standard error. Every function that returns a status returns
 * one of enum cli_status, and has printed the reason if it is CLI_BAD.
 */
#ifndef AT_CLI_COMMAND_H
#define AT_CLI_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "results/results.h"

/* Exit statuses. CLI_BAD: the command line or a file is wrong, and nothing was written. */
enum cli_status { CLI_OK = 0, CLI_GATE_FAILED = 1, CLI_BAD = 2 };

struct cli_command {
    const char *name;
    const char *summary; /* a sentence without its full stop */
    const char *usage;   /* "[-o FILE] -- PROGRAM [ARG...]" */
    const char *help;    /* options and examples */
    int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_check, cli_compare, cli_merge, cli_run, cli_show, cli_update;

/* Print "alloc-tracker: " and the message on standard error, and return CLI_BAD. */
int cli_error(const char *format, ...) AT_PRINTF(1, 2);

/*
 * Return the next option, as getopt_long() does, or -1 after the last one. Return '?' if the
 * command is to end with `*status`: after --help and -h, which print the help, and after an error.
 */
int cli_option(const struct cli_command *command, int argc, char **argv, const char *letters,
               const struct option *options, int *status);

/* Print a usage error with a reference to the help, and return CLI_BAD. */
int cli_misuse(const struct cli_command *command, const char *format, ...) AT_PRINTF(2, 3);

/* Return the index of `name` in `names`; -1, after an error that lists them, if it is not there. */
int cli_choose(const struct cli_command *command, const char *option, const char *name,
               const char *const *names, size_t n);

/* Results by environment. Zero-initialised is empty; release it with cli_runs_free(). */
struct cli_runs {
    struct at_results *at;
    size_t n, capacity;
};

/* Read results files; merge and sort those of one environment. */
int cli_load(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths);
void cli_runs_free(struct cli_runs *runs);

/* The same, and fail if the files are from several environments. */
int cli_load_one(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths);

/* Replace the file `path` by the text, or write it to standard output if `path` is "-"; free the
   text. Return `status`, or CLI_BAD if writing failed. */
int cli_write(const char *path, struct at_text *text, int status);

/* Return whether standard output is a terminal that shows colours, and NO_COLOR is not set. */
bool cli_has_colours(void);

#endif
