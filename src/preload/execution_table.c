/* SPDX-License-Identifier: MIT */
/* See execution_table.h. Nothing here allocates or takes a lock. */
#define _GNU_SOURCE
#include "preload/execution_table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/names.h"

static const uint64_t magic = 0x616C6C6F6373706C; /* "allocspl" */

/* Possible layouts of the file: the number of rows and the size of each area, largest first. */
static const struct {
    uint32_t max_executions;
    uint64_t area_size;
} sizes[] = {
    { 1 << 14, 128 << 20 }, { 1 << 14, 8 << 20 }, { 1 << 12, 1 << 20 },
    { 1 << 10, 128 << 10 }, { 1 << 8, 64 << 10 }, { 1 << 6, 32 << 10 },
};

enum { RESERVED = 32 << 10 }; /* bytes of each area: enough for most executions */

static uint64_t table_size(uint32_t max_executions)
{
    uint64_t size =
        sizeof(struct at_execution_table) + (uint64_t) max_executions * sizeof(struct at_execution);
    return (size + 0xFFFF) / 0x10000 * 0x10000; /* areas begin at a page of any page size */
}

/* Set the layout in `head`: the largest one that the limit on the size of files and the file system
   allow. Exceeding the limit would be a signal. */
static bool grow_file(int fd, struct at_execution_table *head)
{
    struct rlimit limit = { .rlim_cur = RLIM_INFINITY };
    getrlimit(RLIMIT_FSIZE, &limit);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        head->max_executions = sizes[i].max_executions;
        head->area_size = sizes[i].area_size;
        head->size = table_size(head->max_executions);
        uint64_t whole = head->size + head->max_executions * head->area_size;
        errno = EFBIG;
        if (whole <= limit.rlim_cur && ftruncate(fd, (off_t) whole) == 0)
            return true;
    }
    return false;
}

/* Reserve disk space, because a store without space would be a signal. Some file systems cannot
   reserve: then nothing is reserved. */
static bool reserve_space(int fd, uint64_t where, uint64_t size)
{
    return fallocate(fd, 0, (off_t) where, (off_t) size) == 0 || errno == EOPNOTSUPP
           || errno == ENOSYS;
}

static void *map_table(int fd, uint64_t size)
{
    void *table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    return table == MAP_FAILED ? NULL : table;
}

static void close_keeping_errno(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
}

struct at_execution_table *at_execution_table_new(const char *path, const char *results)
{
    if (strlen(results) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    struct at_execution_table head = { .magic = 0 };
    bool grown = grow_file(fd, &head) && reserve_space(fd, 0, head.size);
    struct at_execution_table *table = grown ? map_table(fd, head.size) : NULL;
    close_keeping_errno(fd);
    if (!table) {
        int error = errno;
        unlink(path);
        errno = error;
        return NULL;
    }
    *table = head;
    memcpy(table->results, results, strlen(results) + 1);
    table->magic = magic;
    return table;
}

static struct at_execution_table *check_and_map(int fd)
{
    struct at_execution_table head;
    struct stat status;
    errno = EINVAL;
    if (fstat(fd, &status) != 0 || pread(fd, &head, sizeof head, 0) != (ssize_t) sizeof head)
        return NULL;
    errno = EINVAL;
    if (head.magic != magic || head.size != table_size(head.max_executions)
        || (uint64_t) status.st_size != head.size + head.max_executions * head.area_size)
        return NULL;
    return map_table(fd, head.size);
}

struct at_execution_table *at_execution_table_open(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct at_execution_table *table = check_and_map(fd);
    close_keeping_errno(fd);
    return table;
}

bool at_execution_table_map_area(const struct at_execution_table *table, const char *path,
                                 const struct at_execution *execution, struct at_area *area)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    uint64_t where = table->size + (uint64_t) (execution - table->executions) * table->area_size;
    bool mapped =
        reserve_space(fd, where, RESERVED) && at_area_map(area, fd, where, table->area_size);
    close_keeping_errno(fd);
    return mapped;
}

uint32_t at_execution_table_count(const struct at_execution_table *table)
{
    uint32_t n = __atomic_load_n(&table->n_executions, __ATOMIC_ACQUIRE);
    return n < table->max_executions ? n : table->max_executions;
}

struct at_execution *at_execution_table_add(struct at_execution_table *table,
                                            const struct at_execution *parent, int32_t pid)
{
    uint32_t row = __atomic_fetch_add(&table->n_executions, 1, __ATOMIC_ACQ_REL);
    if (row >= table->max_executions)
        return NULL;
    struct at_execution *execution = &table->executions[row];
    execution->parent = parent ? (uint32_t) (parent - table->executions) + 1 : 0;
    execution->pid = pid;
    at_execution_set_state(execution, AT_EXECUTION_EXPECTED);
    return execution;
}

struct at_execution *at_execution_table_find(struct at_execution_table *table, int32_t pid)
{
    for (uint32_t i = at_execution_table_count(table); i-- > 0;) {
        struct at_execution *execution = &table->executions[i];
        if (__atomic_load_n(&execution->pid, __ATOMIC_RELAXED) == pid
            && at_execution_state(execution) != AT_EXECUTION_VOID)
            return execution;
    }
    return NULL;
}

bool at_execution_append(struct at_area *area, const struct at_text *text, uint64_t *where,
                         uint64_t *size)
{
    void *place = text->truncated ? NULL : at_area_take(area, text->length, where);
    if (!place)
        return false;
    memcpy(place, at_text_get(text), text->length);
    *size = text->length;
    return true;
}

void at_execution_set_state(struct at_execution *execution, enum at_execution_state state)
{
    /* All processes see changes of states and of root_ended in one order. So either the root's end
       sees this state, or this process sees that the root has ended. */
    __atomic_store_n(&execution->state, (uint32_t) state, __ATOMIC_SEQ_CST);
}

enum at_execution_state at_execution_state(const struct at_execution *execution)
{
    return (enum at_execution_state) __atomic_load_n(&execution->state, __ATOMIC_SEQ_CST);
}

void at_execution_set_name(struct at_execution *execution, const char *path)
{
    const char *name = at_program_name(path);
    size_t n = strnlen(name, sizeof execution->name - 1);
    memcpy(execution->name, name, n);
    execution->name[n] = '\0';
}
