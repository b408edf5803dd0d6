/* SPDX-License-Identifier: MIT */
/*
 * alloc-tracker run: run a program with the preload object in it, and write the results when the
 * program has ended. The program keeps its standard streams and its exit status. Signals that are
 * sent to this process are passed on to the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/replace.h"
#include "cli/command.h"
#include "cli/program.h"
#include "cli/supervise.h"
#include "preload/assemble.h"
#include "preload/inspect.h"
#include "preload/unmeasured.h"
#include "verdict/switch.h"

enum { NOT_EXECUTABLE = 126, BY_SIGNAL = 128 };

struct run {
    const char *output;
    const char *baseline; /* to check the results against; NULL: none */
    bool quiet;
    char **argv; /* the program's */
    char program[PATH_MAX];
    char preload[PATH_MAX];
    char results[PATH_MAX];
    char table_path[PATH_MAX];
    struct at_execution_table *table;
    struct at_execution *execution; /* the program's */
    bool writes_once;               /* to a pipe or a device: no process can be added later */
    int status;                     /* as waitpid() returns it */
};

static int parse(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        { "baseline", required_argument, NULL, 'b' },
        { "help", no_argument, NULL, 'h' },
        { "output", required_argument, NULL, 'o' },
        { "quiet", no_argument, NULL, 'q' },
        { 0 },
    };
    run->output = "alloc-tracker-results.json";
    int status = CLI_BAD;
    for (int option;
         (option = cli_option(&cli_run, argc, argv, "+:hb:o:q", options, &status)) != -1;) {
        switch (option) {
            case 'b': run->baseline = optarg; break;
            case 'o': run->output = optarg; break;
            case 'q': run->quiet = true; break;
            default: return status;
        }
    }
    if (!run->output[0])
        return cli_misuse(&cli_run, "-o needs the name of a FILE");
    run->argv = argv + optind;
    return run->argv[0] ? -1 : cli_misuse(&cli_run, "no PROGRAM");
}

/* Find the preload object relative to this program: in the build tree, else in the installation,
   which may have been moved. */
static bool find_preload(struct run *run)
{
    static const char *const paths[] = { "../preload/liballoc_tracker_preload.so",
                                         AT_PRELOAD_FROM_BINDIR };
    char self[PATH_MAX];
    char path[2 * PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    for (size_t i = 0; slash && i < sizeof paths / sizeof paths[0]; i++) {
        snprintf(path, sizeof path, "%.*s/%s", (int) (slash - self), self, paths[i]);
        if (!realpath(path, run->preload))
            continue;
        if (!strpbrk(run->preload, " :"))
            return true;
        fprintf(stderr,
                "alloc-tracker: %s: LD_PRELOAD cannot name a path with a space or a colon; install "
                "alloc-tracker elsewhere\n",
                run->preload);
        return false;
    }
    fprintf(stderr,
            "alloc-tracker: liballoc_tracker_preload.so was not found at %s; install alloc-tracker "
            "again\n",
            path);
    return false;
}

static bool is_standard_output(const struct run *run)
{
    return strcmp(run->output, "-") == 0;
}

/* Find the path of the results file, links resolved. Return false with errno set if the file cannot
   be written. */
static bool find_results(struct run *run)
{
    struct stat status;
    char directory[PATH_MAX] = "";
    if (is_standard_output(run)) {
        run->writes_once = true;
        strcpy(run->results, run->output);
        return true;
    }
    bool exists = stat(run->output, &status) == 0;
    run->writes_once = exists && !S_ISREG(status.st_mode);
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (run->writes_once && access(run->output, W_OK) != 0)
        return false;
    if (exists && realpath(run->output, run->results))
        return true;
    if (!run->output[0]) {
        errno = ENOENT;
        return false;
    }
    if (run->output[0] != '/' && !getcwd(directory, sizeof directory))
        return false;
    int n = snprintf(run->results, sizeof run->results, "%s%s%s", directory,
                     directory[0] ? "/" : "", run->output);
    errno = ENAMETOOLONG;
    return n < PATH_MAX;
}

/* Name the table's file. It is beside the results, where the program's processes can see it even if
   they have another directory for temporary files. If the results go to a device or a pipe, it is
   in that directory. */
static bool name_table(struct run *run)
{
    const char *temporary = getenv("TMPDIR");
    int n;
    if (run->writes_once)
        n = snprintf(run->table_path, sizeof run->table_path, "%s/alloc-tracker.%ld.run",
                     temporary && temporary[0] == '/' ? temporary : "/tmp", (long) getpid());
    else
        n = snprintf(run->table_path, sizeof run->table_path, "%s.%ld.run", run->results,
                     (long) getpid());
    errno = ENAMETOOLONG;
    return n < PATH_MAX;
}

static bool make_table(struct run *run)
{
    if (name_table(run)) {
        cli_supervise_begin(run->table_path);
        run->table = at_execution_table_new(run->table_path, run->results);
        if (!run->table) {
            int error = errno;
            cli_supervise_end(true); /* the file may be another's */
            errno = error;
        }
    }
    if (!run->table && errno == EFBIG)
        cli_error(
            "not run: measuring needs a file of a few MiB beside %s, but the limit on the size of "
            "files (ulimit -f), or that of the file system, is too small; raise the limit",
            run->output);
    else if (!run->table)
        cli_error("%s: %s", run->output, strerror(errno));
    return run->table != NULL;
}

static bool set_environment(const struct run *run)
{
    const char *old = getenv("LD_PRELOAD");
    char *preload = NULL;
    char *setting = NULL;
    bool set =
        asprintf(&preload, "%s%s%s", run->preload, old && *old ? ":" : "", old ? old : "") > 0
        && asprintf(&setting, "run:%s", run->table_path) > 0
        && setenv("LD_PRELOAD", preload, 1) == 0
        && setenv("ALLOC_TRACKER_RESULTS", setting, 1) == 0;
    free(preload);
    free(setting);
    return set;
}

static void note_other_allocator(const struct run *run)
{
    static const char *const names[] = { "jemalloc", "mimalloc", "tcmalloc" };
    const char *preload = getenv("LD_PRELOAD");
    for (size_t i = 0; preload && i < sizeof names / sizeof names[0]; i++)
        if (!run->quiet && strstr(preload, names[i]))
            fprintf(stderr,
                    "alloc-tracker: LD_PRELOAD has %s: it stays the program's allocator, and "
                    "alloc_tracker counts its calls\n",
                    names[i]);
}

static void execute(void *arg)
{
    struct run *run = arg;
    run->execution->pid = getpid();
    if (set_environment(run))
        execv(run->program, run->argv);
    at_execution_set_state(run->execution, AT_EXECUTION_VOID);
    cli_error("%s: %s", run->argv[0], strerror(errno));
    _exit(NOT_EXECUTABLE);
}

static bool start(struct run *run)
{
    run->execution = at_execution_table_add(run->table, NULL, 0);
    at_execution_set_name(run->execution, run->argv[0]);
    run->table->supervised = 1;
    if (cli_supervise(execute, run, &run->status))
        return true;
    cli_error("%s: not run: cannot start a process: %s", run->argv[0], strerror(errno));
    return false;
}

static void print_summary(const struct run *run, const struct at_outcome *outcome)
{
    struct at_text text = { 0 };
    at_text_printf(&text, "alloc-tracker: %s: ", run->argv[0]);
    if (outcome->n_tests)
        at_text_printf(&text, "%u test%s%s", outcome->n_tests, outcome->n_tests == 1 ? "" : "s",
                       outcome->n_measured ? "; " : "");
    if (outcome->n_measured || !outcome->n_tests) {
        at_text_add_count(&text, outcome->usage.allocs);
        at_text_add_string(&text, " allocations, ");
        at_text_add_count(&text, outcome->usage.bytes);
        at_text_add_string(&text, " bytes, peak ");
        at_text_add_number(&text, outcome->usage.peak);
        at_text_printf(&text, ", %u process%s", outcome->n_measured,
                       outcome->n_measured == 1 ? "" : "es");
    }
    at_text_printf(&text, "; results in %s\n",
                   is_standard_output(run) ? "standard output" : run->output);
    if (outcome->n_running)
        at_text_printf(&text, "alloc-tracker: %u process%s still running; %s\n", outcome->n_running,
                       outcome->n_running == 1 ? " is" : "es are",
                       run->writes_once ? "the results contain no running process"
                                        : "a process is added to the results when it ends");
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
}

static void report(const struct run *run, enum at_execution_state state, bool written, int error,
                   const struct at_outcome *outcome)
{
    if (state == AT_EXECUTION_EXPECTED)
        cli_error("%s: not measured: it ended without results; did the loader print an error "
                  "about %s above?",
                  run->argv[0], run->preload);
    else if (!written)
        cli_error("%s: %s", is_standard_output(run) ? "standard output" : run->output,
                  strerror(error));
    else if (!run->quiet)
        print_summary(run, outcome);
    if (outcome->n_unobserved)
        fprintf(stderr, "alloc-tracker: some processes were not measured completely:\n%s",
                at_text_get(&outcome->notes));
}

/* Write the results, and remove the table unless a process still runs, which adds to the results.
   Return true if the program itself was measured and the results are written. */
static bool finish(struct run *run)
{
    struct at_execution_table *table = run->table;
    enum at_execution_state state = at_execution_state(run->execution);
    if (state == AT_EXECUTION_VOID) { /* the program was not executed; an error was printed */
        cli_supervise_end(false);
        return true;
    }
    table->root_signal = WIFSIGNALED(run->status) ? WTERMSIG(run->status) : 0;
    if (!run->writes_once)
        __atomic_store_n(&table->root_ended, 1, __ATOMIC_SEQ_CST);
    state = at_execution_state(run->execution);
    struct at_outcome outcome;
    cli_supervise_hold(!run->writes_once); /* writing to a pipe may never end */
    bool written = at_assemble(table, run->table_path, &outcome);
    int error = errno;
    cli_supervise_end(written && outcome.n_running && !run->writes_once);
    report(run, state, written, error, &outcome);
    at_text_free(&outcome.notes);
    return written && state != AT_EXECUTION_UNOBSERVED && table->executions[0].reason_size == 0;
}

static int check_results(const struct run *run)
{
    char *argv[] = {
        "check", "--baseline", (char *) run->baseline, "--", (char *) run->output, NULL
    };
    optind = 0; /* restart getopt_long() */
    return cli_check.run(sizeof argv / sizeof argv[0] - 1, argv);
}

/* Return -1 if the results can be compared with the baseline; else print an error before the
   program runs. */
static int check_baseline(const struct run *run)
{
    if (!run->baseline)
        return -1;
    if (run->writes_once)
        return cli_misuse(&cli_run, "--baseline needs -o FILE: %s cannot be read again",
                          is_standard_output(run) ? "standard output" : run->output);
    if (access(run->baseline, R_OK) == 0)
        return -1;
    return cli_error("%s: %s; `alloc-tracker update --baseline %s RESULTS...` writes one",
                     run->baseline, strerror(errno), run->baseline);
}

/* Write results that every reader refuses, and become the program. */
static int run_unmeasured(const struct run *run)
{
    if (run->baseline)
        return cli_error("not run: --baseline needs a measurement; %s", at_switch_off_reason);
    if (!at_unmeasured_write(run->output, run->argv[0], at_switch_off_reason))
        return cli_error("%s: %s", run->output, strerror(errno));
    fprintf(stderr, "alloc-tracker: %s: %s\n", run->argv[0], at_switch_off_reason);
    execv(run->program, run->argv);
    cli_error("%s: %s", run->argv[0], strerror(errno));
    return NOT_EXECUTABLE;
}

static int run_program(int argc, char **argv)
{
    struct run run = { 0 };
    enum at_switch state = at_switch_parse(getenv("ALLOC_TRACKER"));
    if (state == AT_SWITCH_INVALID)
        return cli_error("%s", at_switch_invalid_reason);
    int status = parse(&run, argc, argv);
    if (status < 0)
        status = cli_program_find(run.argv[0], state == AT_SWITCH_OFF, run.program);
    if (status >= 0)
        return status;
    if (state == AT_SWITCH_OFF)
        return run_unmeasured(&run);
    if (!find_preload(&run))
        return CLI_BAD;
    if (!find_results(&run))
        return cli_error("%s: %s", run.output, strerror(errno));
    status = check_baseline(&run);
    if (status >= 0)
        return status;
    if (!make_table(&run))
        return CLI_BAD;
    note_other_allocator(&run);
    if (!start(&run)) {
        cli_supervise_end(false);
        return CLI_BAD;
    }
    bool measured = finish(&run);
    int own = WIFSIGNALED(run.status) ? BY_SIGNAL + WTERMSIG(run.status) : WEXITSTATUS(run.status);
    if (own != 0)
        return own;
    if (!measured)
        return CLI_BAD;
    return run.baseline ? check_results(&run) : CLI_OK;
}

const struct cli_command cli_run = {
    .name = "run",
    .summary = "Measure a program, and each process it starts",
    .usage = "[-q] [-o FILE] [-b FILE] [--] PROGRAM [ARG...]",
    .help =
        "  -b, --baseline FILE  check the results against FILE if PROGRAM succeeds\n"
        "  -o, --output FILE    write the results to FILE [alloc-tracker-results.json]; \"-\" is\n"
        "                       standard output, after the output of PROGRAM\n"
        "  -q, --quiet          print no summary on standard error\n"
        "  -h, --help           print this help\n\n"
        "PROGRAM need not be built for alloc_tracker. The exit status is that of PROGRAM, or 128\n"
        "plus the number of the signal that ended it. With --baseline, the exit status is that of\n"
        "`alloc-tracker check` if PROGRAM returns 0.\n\n"
        "  alloc-tracker run -- git log -1\n"
        "  alloc-tracker run -o build.json -- make -j4\n"
        "  alloc-tracker run -b alloc.baseline -- ./tests\n"
        "  alloc-tracker run -- ./tests --jobs 4        each test of a Criterion suite\n",
    .run = run_program,
};
