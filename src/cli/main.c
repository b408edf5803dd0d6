/* SPDX-License-Identifier: MIT */
/* alloc-tracker: find the subcommand and run it. */
#include <string.h>

#include "cli/command.h"

static const struct cli_command *const commands[] = { &cli_run,     &cli_show,  &cli_merge,
                                                      &cli_compare, &cli_check, &cli_update };
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int print_help(void)
{
    struct at_text text = { 0 };
    at_text_add_string(&text, "usage: alloc-tracker COMMAND [OPTION...] [ARG...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        at_text_printf(&text, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    at_text_add_string(
        &text,
        "\n"
        "`alloc-tracker COMMAND --help` describes a command. FILE and RESULTS are written by a\n"
        "suite with --output=alloc:FILE, or by `alloc-tracker run`; \"-\" is standard input.\n\n"
        "Exit status: 0 success, 1 check failed, 2 usage or bad input. `run` returns the status\n"
        "of the program.\n");
    return cli_write("-", &text, CLI_OK);
}

static int print_version(void)
{
    struct at_text text = { 0 };
    at_text_add_string(&text, "alloc-tracker " AT_VERSION "\n");
    return cli_write("-", &text, CLI_OK);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return print_help();
    if (strcmp(name, "--version") == 0)
        return print_version();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    if (*name)
        return cli_error("no command \"%s\"; `alloc-tracker --help` lists the commands", name);
    return cli_error("a command is missing; `alloc-tracker --help` lists the commands");
}
