/* SPDX-License-Identifier: MIT */
/* See rows.h. */
#define _GNU_SOURCE
#include "preload/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/sort.h"
#include "preload/suite.h"

enum { MAX_DEPTH = 64 };

/* Return whether the process runs. A zombie, which its parent has not waited for, has ended. */
static bool is_alive(int32_t pid)
{
    if (pid == 0)
        return true; /* about to start */
    if (kill(pid, 0) != 0 && errno != EPERM)
        return false;
    char path[64];
    char stat[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, stat, sizeof stat - 1) : 0;
    if (fd >= 0)
        close(fd);
    stat[n > 0 ? n : 0] = '\0';
    const char *name_end = strrchr(stat, ')');
    return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

static const struct at_execution *parent_of(const struct at_rows *all,
                                            const struct at_execution *execution)
{
    return execution->parent ? &all->table->executions[execution->parent - 1] : NULL;
}

/* Return the parent, but skip forked copies that called exec, as a shell does for each command. */
static const struct at_execution *ancestor_of(const struct at_rows *all,
                                              const struct at_execution *execution)
{
    const struct at_execution *parent = parent_of(all, execution);
    while (parent && parent->copied && at_execution_state(parent) == AT_EXECUTION_REPLACED)
        parent = parent_of(all, parent);
    return parent;
}

const char *at_rows_program(const struct at_rows *all, const struct at_execution *execution)
{
    while (execution->copied && execution->parent)
        execution = parent_of(all, execution);
    return execution->name[0] ? execution->name : "unknown";
}

static void append_name(struct at_rows *all, struct at_text *name,
                        const struct at_execution *execution)
{
    const char *names[MAX_DEPTH];
    size_t depth = 0;
    for (; execution && depth < MAX_DEPTH; execution = ancestor_of(all, execution))
        names[depth++] = at_rows_program(all, execution);
    while (depth-- > 0)
        at_text_printf(name, "%s%s", names[depth], depth ? "/" : "");
}

const char *at_rows_id(const struct at_rows *all, const struct at_row *row)
{
    return at_text_get(&all->ids) + row->id;
}

static void put_row(struct at_rows *all, const struct at_row *row)
{
    at_text_add(&all->rows, (const char *) row, sizeof *row);
    all->n++;
    all->failed |= all->rows.truncated || all->ids.truncated;
}

static bool has_no_usage(const struct at_execution *execution)
{
    static const struct at_usage nothing;
    return memcmp(&execution->usage, &nothing, sizeof nothing) == 0;
}

/* Return whether another row describes the same process: parent and child may both have taken one,
   when neither could find that of the other. */
static bool has_another_row(const struct at_rows *all, const struct at_execution *execution)
{
    for (uint32_t i = 0; execution->spawned && i < at_execution_table_count(all->table); i++) {
        const struct at_execution *other = &all->table->executions[i];
        if (other != execution && other->pid == execution->pid
            && at_execution_state(other) != AT_EXECUTION_VOID)
            return true;
    }
    return false;
}

static void add_program(struct at_rows *all, const struct at_execution *execution)
{
    struct at_row row = { .execution = execution, .id = all->ids.length };
    struct at_text name = { 0 };
    append_name(all, &name, execution);
    at_json_escape(&all->ids, at_text_get(&name));
    at_text_add(&all->ids, "", 1);
    at_text_free(&name);
    put_row(all, &row);
}

/* Append the prefix of the names of a suite's tests: nothing for the root, else the name of the
   suite and, from the second run on, the number of the run. */
static void append_prefix(struct at_rows *all, struct at_text *prefix,
                          const struct at_execution *execution)
{
    if (execution == &all->table->executions[0])
        return;
    struct at_text name = { 0 };
    append_name(all, &name, execution);
    uint32_t suite = at_intern_put(&all->suites, name.data, name.length);
    uint32_t none = 0;
    if (suite == all->n_runs.length / sizeof none)
        at_text_add(&all->n_runs, (const char *) &none, sizeof none);
    all->failed |= suite == AT_INTERN_NONE || all->n_runs.truncated;
    uint32_t run = all->failed ? 0 : ++((uint32_t *) (void *) all->n_runs.data)[suite];
    if (run > 1)
        at_text_printf(&name, "#%u", run);
    at_text_add_string(&name, "/");
    at_json_escape(prefix, at_text_get(&name));
    at_text_free(&name);
}

static void add_test(struct at_rows *all, const struct at_execution *execution, const char *prefix,
                     const struct at_suite_test *test, const char *id)
{
    struct at_row row = {
        .execution = execution,
        .id = all->ids.length,
        .test = id + test->id_size,
        .test_size = (size_t) test->members_size,
    };
    at_text_add_string(&all->ids, prefix);
    at_text_add(&all->ids, id, (size_t) test->id_size);
    at_text_add(&all->ids, "", 1);
    put_row(all, &row);
    all->n_tests++;
}

static void add_suite(struct at_rows *all, const struct at_execution *execution, const char *text)
{
    struct at_text prefix = { 0 };
    append_prefix(all, &prefix, execution);
    uint64_t left = execution->text_size;
    struct at_suite_test test;
    while (left >= sizeof test) {
        memcpy(&test, text, sizeof test);
        left -= sizeof test;
        if (test.id_size > left || test.members_size > left - test.id_size)
            break;
        add_test(all, execution, at_text_get(&prefix), &test, text + sizeof test);
        left -= test.id_size + test.members_size;
        text += sizeof test + test.id_size + test.members_size;
    }
    at_text_free(&prefix);
}

const void *at_rows_text(const struct at_rows *all, uint64_t where, uint64_t size)
{
    enum { GRAIN = 0x10000 }; /* at least a page */
    if (size == 0 || where > all->size || size > all->size - where)
        return NULL;
    uint64_t before = where % GRAIN;
    const char *text =
        mmap(NULL, size + before, PROT_READ, MAP_SHARED, all->fd, (off_t) (where - before));
    return text == MAP_FAILED ? NULL : text + before;
}

static void add_execution(struct at_rows *all, const struct at_execution *execution)
{
    const char *text = at_rows_text(all, execution->text, execution->text_size);
    if (!execution->suite || execution->no_text
        || at_execution_state(execution) != AT_EXECUTION_EXITED)
        add_program(all, execution);
    else if (text)
        add_suite(all, execution, text);
}

static void add_ended_executions(struct at_rows *all)
{
    for (uint32_t i = 0; i < at_execution_table_count(all->table); i++) {
        const struct at_execution *execution = &all->table->executions[i];
        switch (at_execution_state(execution)) {
            case AT_EXECUTION_VOID: continue;
            case AT_EXECUTION_REPLACED:
                if (execution->copied && has_no_usage(execution))
                    continue; /* most forked copies call exec at once */
                break;
            case AT_EXECUTION_EXPECTED:
                if (has_another_row(all, execution))
                    continue;
                __attribute__((fallthrough));
            case AT_EXECUTION_RUNNING:
                if (is_alive(__atomic_load_n(&execution->pid, __ATOMIC_RELAXED))) {
                    all->n_running++;
                    continue;
                }
                break;
            case AT_EXECUTION_EXITED:
            case AT_EXECUTION_UNOBSERVED: break;
        }
        add_execution(all, execution);
    }
}

static int compare_counts(uint64_t left, uint64_t right)
{
    return (left > right) - (left < right);
}

static int compare_rows(const void *left, const void *right, void *arg)
{
    const struct at_rows *all = arg;
    const struct at_row *a = left, *b = right;
    const struct at_usage *x = &a->execution->usage, *y = &b->execution->usage;
    int order = strcmp(at_rows_id(all, a), at_rows_id(all, b));
    if (order == 0 && a->test && b->test) /* tests of one suite, in its order */
        return (a->test > b->test) - (a->test < b->test);
    order = order ? order : compare_counts(x->allocs, y->allocs);
    order = order ? order : compare_counts(x->bytes, y->bytes);
    order = order ? order : compare_counts(x->frees, y->frees);
    order = order ? order : compare_counts((uint64_t) x->peak, (uint64_t) y->peak);
    return order ? order : (a->execution > b->execution) - (a->execution < b->execution);
}

void at_rows_collect(struct at_rows *all)
{
    add_ended_executions(all);
    at_sort(all->rows.data, all->n, sizeof(struct at_row), compare_rows, all);
}

const struct at_row *at_rows_get(const struct at_rows *all, size_t i)
{
    return (const struct at_row *) (const void *) all->rows.data + i;
}

void at_rows_free(struct at_rows *all)
{
    at_text_free(&all->rows);
    at_text_free(&all->ids);
    at_text_free(&all->n_runs);
    at_intern_free(&all->suites);
}
