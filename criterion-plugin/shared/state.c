/* SPDX-License-Identifier: MIT */
/* See shared.h. */
#define _GNU_SOURCE
#include "shared/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/internal/ordered-set.h>

#include "base/libc.h"
#include "shared/suppressions.h"

static const char variable[] = "ALLOC_TRACKER_SHARED_STATE";
static const uint64_t magic = 0x616C6C6F63747231; /* "alloctr1" */
static char reason_buffer[256];

static const char *fail(const char *what, int error)
{
    snprintf(reason_buffer, sizeof reason_buffer,
             "the test runner's budgets could not be shared with the tests: %s: %s", what,
             strerror(error));
    return reason_buffer;
}

struct criterion_alloc_entry *criterion_alloc_shared_entry(struct criterion_alloc_shared *shared,
                                                           uint32_t index)
{
    void *entries = (char *) shared + shared->entries;
    return (struct criterion_alloc_entry *) entries + index;
}

struct criterion_alloc_worker_slot *
criterion_alloc_shared_slot(struct criterion_alloc_shared *shared, uint32_t index)
{
    void *slots = (char *) shared + shared->slots;
    return (struct criterion_alloc_worker_slot *) slots + index;
}

struct criterion_alloc_suppression *
criterion_alloc_shared_suppression(struct criterion_alloc_shared *shared, uint32_t index)
{
    void *suppressions = (char *) shared + shared->suppressions;
    return (struct criterion_alloc_suppression *) suppressions + index;
}

const char *criterion_alloc_shared_string(const struct criterion_alloc_shared *shared,
                                          uint32_t offset)
{
    return (const char *) shared + shared->strings + offset;
}

/* A .data may be anything: a small struct, an integer. The kernel says whether it can be read. */
static bool read_foreign(const void *address, void *out, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    bool readable = write(ends[1], address, size) == (ssize_t) size
                    && read(ends[0], out, size) == (ssize_t) size;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

static bool read_budget(const struct criterion_test_extra_data *data,
                        struct cr_alloc_budget *budget)
{
    return data && data->data && read_foreign(data->data, budget, sizeof *budget)
           && budget->cri_tag == cri_alloc_budget_tag;
}

static void add_budgets(struct criterion_alloc_budgets *budgets,
                        const struct criterion_test_extra_data *suite,
                        const struct criterion_test_extra_data *test)
{
    struct cr_alloc_budget budget;
    if (read_budget(suite, &budget))
        criterion_alloc_budgets_add(budgets, &budget, CRITERION_ALLOC_SUITE);
    if (read_budget(test, &budget))
        criterion_alloc_budgets_add(budgets, &budget, CRITERION_ALLOC_TEST);
}

/* A test that was registered at run time may have none. */
static const char *file_of(const struct criterion_test *test)
{
    return test->data->file_ ? test->data->file_ : "unknown";
}

static size_t measure_strings(struct criterion_test_set *set,
                              const struct criterion_alloc_suppressions *suppressions)
{
    size_t size = 0;
    for (size_t i = 0; i < suppressions->n; i++)
        size += strlen(suppressions->patterns[i].text) + 1;
    FOREACH_SET (struct criterion_suite_set *suite, set->suites) {
        if (!suite->tests)
            continue;
        FOREACH_SET (struct criterion_test *test, suite->tests)
            size += strlen(test->category) + strlen(test->name) + strlen(file_of(test)) + 3;
    }
    return size;
}

static uint32_t *hashes_of(struct criterion_alloc_shared *shared)
{
    return (uint32_t *) ((char *) shared + shared->hashes);
}

/* FNV-1a, of both names with their ends. */
static uint32_t hash_of(const char *suite, const char *name)
{
    uint32_t hash = 2166136261u;
    const char *const strings[] = { suite, name };
    for (size_t i = 0; i < 2; i++)
        for (const char *at = strings[i];; at++) {
            hash = (hash ^ (unsigned char) *at) * 16777619u;
            if (!*at)
                break;
        }
    return hash;
}

static uint32_t put_string(struct criterion_alloc_shared *shared, size_t *used, const char *string)
{
    size_t offset = *used;
    size_t size = strlen(string) + 1;
    memcpy((char *) shared + shared->strings + offset, string, size);
    *used += size;
    return (uint32_t) offset;
}

static void fill(struct criterion_alloc_shared *shared, struct criterion_test_set *set,
                 const struct criterion_alloc_budgets *common,
                 const struct criterion_alloc_suppressions *suppressions)
{
    size_t used = 0;
    for (uint32_t i = 0; i < shared->n_suppressions; i++)
        *criterion_alloc_shared_suppression(shared, i) = (struct criterion_alloc_suppression){
            .text = put_string(shared, &used, suppressions->patterns[i].text),
            .line = suppressions->patterns[i].line,
        };
    FOREACH_SET (struct criterion_suite_set *suite, set->suites) {
        if (!suite->tests)
            continue;
        FOREACH_SET (struct criterion_test *test, suite->tests) {
            hashes_of(shared)[shared->n_entries] = hash_of(test->category, test->name);
            struct criterion_alloc_entry *entry =
                criterion_alloc_shared_entry(shared, shared->n_entries++);
            entry->suite = put_string(shared, &used, test->category);
            entry->name = put_string(shared, &used, test->name);
            entry->file = put_string(shared, &used, file_of(test));
            entry->line = test->data->line_;
            entry->budgets = *common;
            add_budgets(&entry->budgets, suite->suite.data, test->data);
        }
    }
}

static void *map(int fd, size_t size)
{
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

enum { FEW_SPARE_SLOTS = 16 };

static rlim_t file_size_limit(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

static void lay_out(struct criterion_alloc_shared *head, const struct criterion_test_set *set,
                    const struct criterion_alloc_suppressions *suppressions, uint32_t spare_slots,
                    size_t strings)
{
    head->hashes = sizeof *head;
    head->entries = head->hashes + (set->tests + set->tests % 2) * sizeof(uint32_t);
    head->slots = head->entries + set->tests * sizeof(struct criterion_alloc_entry);
    head->n_slots = (uint32_t) set->tests + spare_slots;
    head->suppressions =
        head->slots + (uint64_t) head->n_slots * sizeof(struct criterion_alloc_worker_slot);
    head->n_suppressions = (uint32_t) suppressions->n;
    head->strings = head->suppressions
                    + (uint64_t) head->n_suppressions * sizeof(struct criterion_alloc_suppression);
    head->size = head->strings + strings;
}

/* Areas cost nothing until they are used; but a limit on the size of files is one on their number.
 */
static bool grow(int fd, struct criterion_alloc_shared *head)
{
    enum { PAGES = 0x10000, MOST = 1 << 20 };
    static const uint64_t sizes[] = { 1 << 30, 16 << 20, 1 << 20, PAGES };
    rlim_t limit = file_size_limit();
    head->areas = (head->size + PAGES - 1) / PAGES * PAGES;
    errno = EFBIG;
    if (limit < head->areas)
        return false;
    uint64_t room = limit == RLIM_INFINITY ? UINT64_MAX : limit - head->areas;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bool last = i + 1 == sizeof sizes / sizeof sizes[0];
        head->area_size = sizes[i];
        head->n_areas = room / sizes[i] < MOST ? room / sizes[i] : MOST;
        off_t whole = (off_t) (head->areas + head->n_areas * head->area_size);
        if ((head->n_areas >= head->n_slots || last) && ftruncate(fd, whole) == 0)
            return true;
    }
    return false;
}

static char named_file[64]; /* to be removed by this process */
static pid_t runner;

static void remove_file(void)
{
    if (getpid() == runner)
        unlink(named_file);
}

/* The number of this process in /proc, which may be mounted for another namespace of processes. */
static pid_t number_in_proc(void)
{
    char number[32];
    ssize_t n = readlink("/proc/self", number, sizeof number - 1);
    if (n <= 0)
        return getpid();
    number[n] = '\0';
    return (pid_t) strtol(number, NULL, 10);
}

/* Workers reach the runner's memfd through /proc; but not if the runner has given up rights that it
   had when it was started, so that only root may look into it there. Then the file has a name. */
static int file_new(char path[64])
{
    int fd = memfd_create("alloc_tracker", MFD_CLOEXEC);
    runner = getpid();
    snprintf(path, 64, "/proc/%ld/fd/%d", (long) number_in_proc(), fd);
    if (fd < 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
        return fd;
    close(fd);
    snprintf(path, 64, "/dev/shm/alloc_tracker.%ld", (long) runner);
    unlink(path); /* of an earlier process of this number, which died */
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    strcpy(named_file, path);
    if (fd >= 0)
        at_libc_atexit(remove_file);
    return fd;
}

struct criterion_alloc_shared *criterion_alloc_shared_new(
    struct criterion_test_set *set, const struct criterion_alloc_budgets *common,
    const struct criterion_alloc_suppressions *suppressions, const char **reason)
{
    struct criterion_alloc_shared head = { .magic = magic };
    size_t strings = measure_strings(set, suppressions);
    lay_out(&head, set, suppressions, CRITERION_ALLOC_SPARE_SLOTS, strings);
    if (head.size > file_size_limit() / 2)
        lay_out(&head, set, suppressions, FEW_SPARE_SLOTS, strings);
    char path[64]; /* stays open as long as the runner lives */
    int fd = file_new(path);
    if (fd < 0 || !grow(fd, &head)) {
        *reason = fail(errno == EFBIG ? "the limit on the size of files (ulimit -f)" : path, errno);
        return NULL;
    }
    head.fd = fd;
    struct criterion_alloc_shared *shared = map(fd, head.size);
    if (!shared) {
        *reason = fail("mmap", errno);
        return NULL;
    }
    *shared = head;
    fill(shared, set, common, suppressions);
    setenv(variable, path, 1);
    return shared;
}

struct criterion_alloc_shared *criterion_alloc_shared_open(int *fd, const char **reason)
{
    const char *path = getenv(variable);
    *fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct criterion_alloc_shared head;
    if (*fd < 0 || pread(*fd, &head, sizeof head, 0) != (ssize_t) sizeof head) {
        *reason = path ? fail(path, errno)
                       : "the test runner did not start alloc_tracker: link the plugin into the "
                         "executable that holds the tests";
        return NULL;
    }
    struct criterion_alloc_shared *shared = head.magic == magic ? map(*fd, head.size) : NULL;
    if (!shared)
        *reason = fail(path, head.magic == magic ? errno : EINVAL);
    return shared;
}

void criterion_alloc_shared_map_area(const struct criterion_alloc_shared *shared, int fd,
                                     const struct criterion_alloc_worker_slot *slot,
                                     struct at_area *area)
{
    if (slot && slot->worker_id <= shared->n_areas)
        at_area_map(area, fd, shared->areas + (slot->worker_id - 1) * shared->area_size,
                    shared->area_size);
    if (fd >= 0)
        close(fd);
}

enum { GRAIN = 0x10000 }; /* a page, of whatever size */

const void *criterion_alloc_shared_map(const struct criterion_alloc_shared *shared, uint64_t where,
                                       uint64_t size)
{
    uint64_t end = shared->areas + shared->n_areas * shared->area_size;
    if (where < shared->areas || where > end || size > end - where || size == 0)
        return NULL;
    uint64_t before = where % GRAIN;
    const char *bytes =
        mmap(NULL, size + before, PROT_READ, MAP_SHARED, shared->fd, (off_t) (where - before));
    return bytes == MAP_FAILED ? NULL : bytes + before;
}

void criterion_alloc_shared_unmap(const void *bytes, uint64_t where, uint64_t size)
{
    if (bytes)
        munmap((char *) bytes - where % GRAIN, size + where % GRAIN);
}

uint32_t criterion_alloc_shared_find(struct criterion_alloc_shared *shared, const char *suite,
                                     const char *name)
{
    const uint32_t *hashes = hashes_of(shared);
    uint32_t hash = hash_of(suite, name), i = 0;
    for (; i < shared->n_entries; i++) {
        if (hashes[i] != hash)
            continue;
        const struct criterion_alloc_entry *entry = criterion_alloc_shared_entry(shared, i);
        if (strcmp(criterion_alloc_shared_string(shared, entry->name), name) == 0
            && strcmp(criterion_alloc_shared_string(shared, entry->suite), suite) == 0)
            break;
    }
    return i;
}

uint32_t criterion_alloc_shared_n_used(struct criterion_alloc_shared *shared)
{
    uint32_t n = 0;
    for (; n < shared->n_slots; n++) {
        const struct criterion_alloc_worker_slot *slot = criterion_alloc_shared_slot(shared, n);
        if (!__atomic_load_n(&slot->taken, __ATOMIC_ACQUIRE) && slot->worker_id == 0)
            break;
    }
    return n;
}

struct criterion_alloc_worker_slot *
criterion_alloc_shared_take(struct criterion_alloc_shared *shared, uint32_t entry)
{
    for (uint32_t i = 0; i < shared->n_slots; i++) {
        struct criterion_alloc_worker_slot *slot = criterion_alloc_shared_slot(shared, i);
        uint32_t untaken = 0;
        if (!__atomic_compare_exchange_n(&slot->taken, &untaken, 1, 0, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        slot->entry = entry;
        slot->n_over = 0;
        slot->worker_id = __atomic_add_fetch(&shared->last_worker_id, 1, __ATOMIC_RELAXED);
        slot->parameter = -1;
        slot->late = 0;
        memset(slot->usage, 0, sizeof slot->usage);
        slot->budgets = criterion_alloc_shared_entry(shared, entry)->budgets;
        return slot;
    }
    return NULL;
}

void criterion_alloc_shared_give_back(struct criterion_alloc_worker_slot *slot)
{
    __atomic_store_n(&slot->taken, 0, __ATOMIC_RELEASE);
}
