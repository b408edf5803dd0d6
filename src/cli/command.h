/* SPDX-License-Identifier: MIT */
/*
 * A subcommand: one file, which exports one of these.
 */
#ifndef AT_CLI_COMMAND_H
#define AT_CLI_COMMAND_H

struct cli_command {
    const char *name;
    const char *summary;
    /* `argv[0]` is the subcommand's name; answers the exit status. */
    int (*run)(int argc, char **argv);
};

/* Exit statuses of the command's own. */
enum { CLI_OK = 0, CLI_GATE_FAILED = 1, CLI_BAD = 2 };

extern const struct cli_command cli_run;

#endif
