/* SPDX-License-Identifier: MIT */
/* Options and errors of subcommands. See command.h. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

static void print_error(const char *format, va_list args)
{
    fprintf(stderr, "alloc-tracker: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
}

int cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_error(format, args);
    va_end(args);
    return CLI_BAD;
}

int cli_misuse(const struct cli_command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_error(format, args);
    va_end(args);
    fprintf(stderr, "usage: alloc-tracker %s %s\nTry `alloc-tracker %s --help`.\n", command->name,
            command->usage, command->name);
    return CLI_BAD;
}

static int print_help(const struct cli_command *command)
{
    struct at_text text = { 0 };
    at_text_printf(&text, "usage: alloc-tracker %s %s\n\n%s.\n\n%s", command->name, command->usage,
                   command->summary, command->help);
    return cli_write("-", &text, CLI_OK);
}

int cli_option(const struct cli_command *command, int argc, char **argv, const char *letters,
               const struct option *options, int *status)
{
    opterr = 0;
    int option = getopt_long(argc, argv, letters, options, NULL);
    if (option == 'h') {
        *status = print_help(command);
        return '?';
    }
    if (option == '?' || option == ':') {
        const char *given = argv[optind - 1];
        *status = option == ':' ? cli_misuse(command, "option %s needs a value", given)
                                : cli_misuse(command, "unknown option %s", given);
        return '?';
    }
    return option;
}

int cli_choose(const struct cli_command *command, const char *option, const char *name,
               const char *const *names, size_t n)
{
    struct at_text known = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0) {
            at_text_free(&known);
            return (int) i;
        }
        at_text_printf(&known, "%s%s", i ? ", " : "", names[i]);
    }
    cli_misuse(command, "%s is one of %s, not \"%s\"", option, at_text_get(&known), name);
    at_text_free(&known);
    return -1;
}
