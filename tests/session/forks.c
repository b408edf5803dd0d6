/* SPDX-License-Identifier: MIT */
/*
 * A process forks while its threads run code of the library. Each child uses every function of the
 * library. Prints the number of children that hung, and of those that failed.
 */
#define _GNU_SOURCE
#include <alloc_tracker/alloc_tracker.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_FORKS = 150, N_OPERATIONS = 40 };

static struct at_session *session;
static struct at_report *written;
static const char *directory;
static sigset_t alarms;
static volatile int stop;
static volatile int hung, failed;

static struct at_operation *operation_of(unsigned i)
{
    char name[32];
    snprintf(name, sizeof name, "operation %u", i % N_OPERATIONS);
    return at_session_operation(session, name);
}

static void *end_spans(void *unused)
{
    for (unsigned i = 0; !stop; i++) {
        struct at_span span = at_span_begin_thread(operation_of(i));
        at_span_end(&span);
    }
    return unused;
}

static void *track_spans(void *unused)
{
    for (unsigned i = 0; !stop; i++) {
        struct at_span span;
        if (at_span_begin_tracked(operation_of(i), AT_PROCESS, &span) != AT_OK)
            abort();
        free(malloc(i % 100 + 1));
        at_span_end(&span);
    }
    return unused;
}

static void *report(void *unused)
{
    while (!stop) {
        struct at_report *mine;
        at_session_report(session, &mine);
        at_report_free(mine);
    }
    return unused;
}

static void *suppress(void *unused)
{
    for (unsigned i = 0; !stop; i++) {
        struct at_region *region;
        if (i < 200)
            at_suppress("function:no_such_function_*");
        if (at_region_begin(AT_THREAD, &region) != AT_OK)
            abort();
        free(strdup("suppressed"));
        at_region_free(region);
    }
    return unused;
}

static void on_panic(void)
{
    at_panic_on_next_alloc(false);
}

/* Use every function of the library, and check exact counts. */
static void use_everything(void)
{
    struct at_region *region;
    struct at_permit permit;
    struct at_report *mine;
    if (at_region_begin(AT_THREAD, &region) != AT_OK)
        _exit(2);
    char *volatile block = malloc(100);
    at_permit_begin(&permit);
    free(strdup("permitted"));
    at_permit_end(&permit);
    at_note_alloc(directory, 7);
    at_fail_after(0);
    if (malloc(10) || at_fail_end().failed != 1)
        _exit(3);
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    if (usage.allocs != 2 || usage.bytes != 107 || usage.permitted != 1 || usage.failed != 1)
        _exit(4);
    free(block);
    at_region_free(region);
    struct at_span span = at_span_begin_process(operation_of(1));
    at_span_end(&span);
    at_suppress("function:nothing_here");
    at_set_panic_handler(on_panic);
    at_panic_on_next_alloc(true);
    free(malloc(1)); /* the message symbolises this stack */
    if (at_session_report(session, &mine) != AT_OK || at_report_n_operations(mine) == 0)
        _exit(5);
    at_report_free(mine);
    if (at_report_write_dir(written, directory, NULL) != AT_OK)
        _exit(6);
    at_process_counters();
    _exit(0);
}

static void fork_once(void)
{
    pid_t child = fork();
    if (child == 0) {
        stop = 1; /* the loops above end */
        signal(SIGALRM, SIG_DFL);
        pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
        alarm(20);
        use_everything();
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        hung++;
    else if (status != 0)
        failed++;
}

/* Fork inside regions and spans: the child has copies of them. */
static void fork_inside(void)
{
    struct at_region *region;
    struct at_permit permit;
    struct at_span span;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK
        || at_span_begin_tracked(operation_of(0), AT_THREAD, &span) != AT_OK)
        abort();
    at_permit_begin(&permit);
    for (int i = 0; i < 20; i++)
        fork_once();
    at_permit_end(&permit);
    at_span_end(&span);
    at_region_free(region);
}

/* A signal handler that interrupts the main thread in the library. */
static void fork_in_handler(int number)
{
    (void) number;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        at_thread_counters();
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
    hung += status != 0;
}

static void interrupt_main(void)
{
    struct itimerval timer = { { 0, 500 }, { 0, 500 } }, none = { { 0, 0 }, { 0, 0 } };
    signal(SIGALRM, fork_in_handler);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    for (unsigned i = 0; i < 20000; i++) {
        struct at_span span;
        if (at_span_begin_tracked(operation_of(i), AT_THREAD, &span) != AT_OK)
            abort();
        at_span_end(&span);
    }
    setitimer(ITIMER_REAL, &none, NULL);
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    session = at_session_new();
    struct at_span span = at_span_begin_thread(operation_of(0));
    at_span_end(&span);
    at_session_report(session, &written);
    void *(*const bodies[])(void *) = { end_spans, track_spans, report, suppress };
    pthread_t threads[4];
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL); /* fork() must not interrupt libc's malloc */
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, bodies[i], NULL);
    for (int i = 0; i < N_FORKS; i++)
        fork_once();
    fork_inside();
    interrupt_main();
    stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("%d hung, %d failed\n", hung, failed);
    return hung || failed;
}
