/* SPDX-License-Identifier: MIT */
/* See record.h. */
#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "report/json_text.h"

static const char ticket_prefix[] = "alloc_tracker: ticket ";

bool criterion_alloc_records_new(struct criterion_alloc_board *board)
{
    board->records = memfd_create("alloc_tracker records", MFD_CLOEXEC);
    return board->records >= 0;
}

const char *criterion_alloc_records_map(const struct criterion_alloc_board *board, size_t *size)
{
    struct stat status;
    *size = 0;
    if (board->records < 0 || fstat(board->records, &status) != 0 || status.st_size == 0)
        return NULL;
    void *records = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, board->records, 0);
    if (records == MAP_FAILED)
        return NULL;
    *size = (size_t) status.st_size;
    return records;
}

bool criterion_alloc_record_next(const char *records, size_t size, size_t *at,
                                 struct criterion_alloc_record *record, const char **text)
{
    if (size - *at < sizeof *record)
        return false;
    memcpy(record, records + *at, sizeof *record);
    *at += sizeof *record;
    if (size - *at < record->length)
        return false;
    *text = records + *at;
    *at += record->length;
    return true;
}

void criterion_alloc_ticket_send(uint32_t ticket, const char *file, unsigned line)
{
    struct at_text message = { 0 };
    at_text_printf(&message, "%s%u", ticket_prefix, ticket);
    struct criterion_assert_stats stats = {
        .message = at_text_get(&message),
        .passed = true,
        .file = file,
        .line = line,
    };
    criterion_send_assert(&stats);
    at_text_free(&message);
}

uint32_t criterion_alloc_ticket_of(const char *message)
{
    size_t n = sizeof ticket_prefix - 1;
    if (!message || strncmp(message, ticket_prefix, n) != 0)
        return 0;
    return (uint32_t) strtoul(message + n, NULL, 10);
}

bool criterion_alloc_record_send(const struct criterion_alloc_board *board,
                                 const struct criterion_alloc_record *record,
                                 const struct at_text *text)
{
    struct at_text whole = { 0 };
    at_text_add(&whole, (const char *) record, sizeof *record);
    at_text_add(&whole, at_text_get(text), text->length);
    int fd = criterion_alloc_board_open_fd(board->records, O_WRONLY | O_APPEND);
    /* One write: the kernel appends it as a whole, between those of other workers. */
    bool sent = fd >= 0 && !whole.truncated
                && write(fd, whole.data, whole.length) == (ssize_t) whole.length;
    if (fd >= 0)
        close(fd);
    at_text_free(&whole);
    return sent;
}

static void add_limit(struct at_text *text, const struct criterion_alloc_limits *limits,
                      enum at_metric metric, bool is_max)
{
    static const char *const sources[] = {
        [CRITERION_ALLOC_STATEMENT] = "statement",
        [CRITERION_ALLOC_TEST] = "test",
        [CRITERION_ALLOC_SUITE] = "suite",
        [CRITERION_ALLOC_ENVIRONMENT] = "environment",
    };
    const struct criterion_alloc_limit *limit = &limits->fields[metric];
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "field", criterion_alloc_metric_name(metric));
    at_json_integer(text, is_max ? "max" : "min", is_max ? limit->max : limit->min);
    at_json_member(text, "scope", limits->scope == AT_THREAD ? "thread" : "process");
    at_json_member(text, "from", sources[is_max ? limit->max_source : limit->min_source]);
    if (limits->warn)
        at_text_add_string(text, ",\"warn\":true");
    at_text_add_string(text, "}");
}

static void add_limits(struct at_text *text, const struct criterion_alloc_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (limits->fields[i].min != INT64_MIN)
            add_limit(text, limits, (enum at_metric) i, false);
        if (limits->fields[i].max != INT64_MAX)
            add_limit(text, limits, (enum at_metric) i, true);
    }
}

void criterion_alloc_record_add_budget(struct at_text *text,
                                       const struct criterion_alloc_budgets *budgets,
                                       enum criterion_alloc_outcome outcome)
{
    static const char *const verdicts[] = {
        [CRITERION_ALLOC_OUTCOME_NONE] = "none",
        [CRITERION_ALLOC_OUTCOME_WITHIN] = "within",
        [CRITERION_ALLOC_OUTCOME_OVER] = "over",
        [CRITERION_ALLOC_OUTCOME_UNOBSERVED] = "unobserved",
        [CRITERION_ALLOC_OUTCOME_INCOMPLETE] = "incomplete",
    };
    at_json_name(text, "budget");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        add_limits(text, &budgets->kinds[i]);
    at_text_add_string(text, "]");
    at_json_member(text, "verdict", verdicts[outcome]);
}
