/* SPDX-License-Identifier: MIT */
/* alloc-tracker: finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const struct cli_command *const commands[] = { &cli_run };

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fputs("usage: alloc-tracker COMMAND [ARGUMENT...]\n\n", out);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nalloc-tracker COMMAND --help tells more.\n", out);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return fflush(stdout) == 0 ? CLI_OK : CLI_BAD;
    }
    for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "alloc-tracker: no such command: %s\n", argv[1]);
    print_help(stderr);
    return CLI_BAD;
}
