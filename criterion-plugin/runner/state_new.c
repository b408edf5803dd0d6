/* SPDX-License-Identifier: MIT */
/* See state_new.h. */
#define _GNU_SOURCE
#include "runner/state_new.h"

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
#include "runner/suppressions.h"

/* Worker slots in addition to one for each test: for parameters, whose workers share an entry, and
   for workers that end without a verdict. */
enum { SPARE_SLOTS = 4096, FEW_SPARE_SLOTS = 16 };

static const char *describe_failure(const char *what, int error)
{
    static char reason[256];
    snprintf(reason, sizeof reason,
             "the test runner's budgets could not be shared with the tests: %s: %s", what,
             strerror(error));
    return reason;
}

/* Copy from an address that need not be valid: a .data may be anything. The kernel checks it. */
static bool copy_if_readable(const void *address, void *out, size_t size)
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

/* Copy a test's or a suite's budget. Return false if its .data is not a budget. */
static bool read_budget(const struct criterion_test_extra_data *data, struct at_budget *budget)
{
    return data && data->data && copy_if_readable(data->data, budget, sizeof *budget)
           && budget->tag == cri_alloc_budget_tag;
}

/* Add the budgets of the suite and of the test, if they have any. */
static void add_budgets(struct at_limits *limits, const struct criterion_test_extra_data *suite,
                        const struct criterion_test_extra_data *test)
{
    struct at_budget budget;
    if (read_budget(suite, &budget))
        at_limits_add(limits, &budget, AT_SOURCE_SUITE);
    if (read_budget(test, &budget))
        at_limits_add(limits, &budget, AT_SOURCE_TEST);
}

/* Return the test's file. A test that was registered at run time may have none. */
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

/* Copy a string to offset `*used` of the strings, and return that offset. */
static uint32_t put_string(struct criterion_alloc_shared *shared, size_t *used, const char *string)
{
    size_t offset = *used;
    size_t size = strlen(string) + 1;
    memcpy((char *) shared + shared->strings + offset, string, size);
    *used += size;
    return (uint32_t) offset;
}

static void fill_entry(struct criterion_alloc_shared *shared, size_t *used,
                       const struct criterion_test *test,
                       const struct criterion_test_extra_data *suite,
                       const struct at_limits *common)
{
    criterion_alloc_shared_hashes(shared)[shared->n_entries] =
        criterion_alloc_shared_hash(test->category, test->name);
    struct criterion_alloc_entry *entry = criterion_alloc_shared_entry(shared, shared->n_entries++);
    entry->suite = put_string(shared, used, test->category);
    entry->name = put_string(shared, used, test->name);
    entry->file = put_string(shared, used, file_of(test));
    entry->line = test->data->line_;
    entry->limits = *common;
    add_budgets(&entry->limits, suite, test->data);
}

static void fill(struct criterion_alloc_shared *shared, struct criterion_test_set *set,
                 const struct at_limits *common,
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
        FOREACH_SET (struct criterion_test *test, suite->tests)
            fill_entry(shared, &used, test, suite->suite.data, common);
    }
}

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
    head->worker_slots = head->entries + set->tests * sizeof(struct criterion_alloc_entry);
    head->n_worker_slots = (uint32_t) set->tests + spare_slots;
    head->suppressions =
        head->worker_slots
        + (uint64_t) head->n_worker_slots * sizeof(struct criterion_alloc_worker_slot);
    head->n_suppressions = (uint32_t) suppressions->n;
    head->strings = head->suppressions
                    + (uint64_t) head->n_suppressions * sizeof(struct criterion_alloc_suppression);
    head->size = head->strings + strings;
}

/* Make the file as large as the state and its areas. Areas take no memory before they are used, but
   a limit on the size of files also limits their number. */
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
        if ((head->n_areas >= head->n_worker_slots || last) && ftruncate(fd, whole) == 0)
            return true;
    }
    return false;
}

static char named_file[64]; /* the process `runner` removes it */
static pid_t runner;

static void remove_file(void)
{
    if (getpid() == runner)
        unlink(named_file);
}

/* Return the id of this process in /proc, which may be mounted for another process namespace. */
static pid_t number_in_proc(void)
{
    char number[32];
    ssize_t n = readlink("/proc/self", number, sizeof number - 1);
    if (n <= 0)
        return getpid();
    number[n] = '\0';
    return (pid_t) strtol(number, NULL, 10);
}

/* Make the file, write the path by which workers open it to `path`, and return its descriptor.
   Workers open a memfd through /proc. If the runner has dropped rights since its start, only root
   may do so, and the file needs a name of its own. */
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

struct criterion_alloc_shared *
criterion_alloc_shared_new(struct criterion_test_set *set, const struct at_limits *common,
                           const struct criterion_alloc_suppressions *suppressions,
                           const char **reason)
{
    struct criterion_alloc_shared head = { .magic = CRITERION_ALLOC_STATE_MAGIC };
    size_t strings = measure_strings(set, suppressions);
    lay_out(&head, set, suppressions, SPARE_SLOTS, strings);
    if (head.size > file_size_limit() / 2)
        lay_out(&head, set, suppressions, FEW_SPARE_SLOTS, strings);
    char path[64]; /* stays open as long as the runner lives */
    int fd = file_new(path);
    if (fd < 0 || !grow(fd, &head)) {
        *reason = describe_failure(
            errno == EFBIG ? "the limit on the size of files (ulimit -f)" : path, errno);
        return NULL;
    }
    head.fd = fd;
    void *memory = mmap(NULL, head.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED) {
        *reason = describe_failure("mmap", errno);
        return NULL;
    }
    struct criterion_alloc_shared *shared = memory;
    *shared = head;
    fill(shared, set, common, suppressions);
    setenv(CRITERION_ALLOC_STATE_VARIABLE, path, 1);
    return shared;
}

uint32_t criterion_alloc_shared_n_used(struct criterion_alloc_shared *shared)
{
    uint32_t n = 0;
    for (; n < shared->n_worker_slots; n++) {
        const struct criterion_alloc_worker_slot *worker_slot =
            criterion_alloc_shared_worker_slot(shared, n);
        if (!__atomic_load_n(&worker_slot->taken, __ATOMIC_ACQUIRE) && worker_slot->worker_id == 0)
            break;
    }
    return n;
}

enum { GRAIN = 0x10000 }; /* a multiple of the page size of any machine */

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
