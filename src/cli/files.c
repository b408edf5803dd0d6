/* SPDX-License-Identifier: MIT */
/* Reading results and writing output, for all subcommands. See command.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace.h"
#include "cli/command.h"

/* Return the run of the file's environment; a new one if there is none. */
static struct at_results *find_or_add_run(struct cli_runs *runs, const struct at_results *file)
{
    for (size_t i = 0; i < runs->n; i++)
        if (at_environment_equal(&runs->at[i].environment, &file->environment))
            return &runs->at[i];
    struct at_results *run = at_array_add(runs);
    run->pool = file->pool;
    run->environment = file->environment;
    run->path = file->path;
    return run;
}

static bool load_file(struct cli_runs *runs, struct at_pool *pool, const char *path, char *error,
                      size_t size)
{
    struct at_results file = { .pool = pool };
    if (!at_results_read(&file, path, error, size)) {
        at_results_free(&file);
        return false;
    }
    struct at_results *run = find_or_add_run(runs, &file);
    if (run->tests.n == 0) {
        at_results_free(run);
        *run = file;
    } else {
        at_results_append(run, &file);
    }
    return true;
}

int cli_load(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths)
{
    char error[1024];
    bool good = true;
    for (int i = 0; good && i < n_paths; i++)
        good = load_file(runs, pool, paths[i], error, sizeof error);
    for (size_t i = 0; good && i < runs->n; i++)
        good = at_results_sort(&runs->at[i], error, sizeof error);
    return good ? CLI_OK : cli_error("%s", error);
}

int cli_load_one(struct cli_runs *runs, struct at_pool *pool, char **paths, int n_paths)
{
    int status = cli_load(runs, pool, paths, n_paths);
    if (status != CLI_OK || runs->n <= 1)
        return status;
    struct at_text a = { 0 }, b = { 0 };
    at_environment_describe(&a, pool, &runs->at[0].environment);
    at_environment_describe(&b, pool, &runs->at[1].environment);
    cli_error(
        "%s: its environment (%s) differs from that of %s (%s); give files of one environment",
        runs->at[1].path, at_text_get(&b), runs->at[0].path, at_text_get(&a));
    at_text_free(&a);
    at_text_free(&b);
    return CLI_BAD;
}

void cli_runs_free(struct cli_runs *runs)
{
    for (size_t i = 0; i < runs->n; i++)
        at_results_free(&runs->at[i]);
    free(runs->at);
    *runs = (struct cli_runs){ 0 };
}

int cli_write(const char *path, struct at_text *text, int status)
{
    /* Signals wait until the file is replaced: it is the old one or the new one, and no temporary
       file is left. */
    sigset_t interrupts, before;
    bool to_file = strcmp(path, "-") != 0;
    struct stat there;
    bool replaced = to_file && (stat(path, &there) != 0 || S_ISREG(there.st_mode));
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGHUP);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGTERM);
    if (replaced)
        sigprocmask(SIG_BLOCK, &interrupts, &before);
    errno = ENOMEM;
    bool written = at_replace_file(path, text);
    int error = errno;
    if (replaced)
        sigprocmask(SIG_SETMASK, &before, NULL);
    at_text_free(text);
    if (!written)
        return cli_error("%s: %s", to_file ? path : "standard output", strerror(error));
    return status;
}

bool cli_has_colours(void)
{
    const char *never = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(never && *never)
           && !(terminal && strcmp(terminal, "dumb") == 0);
}
