/* SPDX-License-Identifier: MIT */
/* See message.h. */
#include "worker/message.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "results/handover.h"
#include "shared/mark.h"
#include "shared/record.h"
#include "worker/worker.h"

static struct {
    struct at_area *area;
    uint32_t entry;
} worker;

void criterion_alloc_messages_start(struct at_area *area, uint32_t entry)
{
    worker.area = area;
    worker.entry = entry;
}

static unsigned char *take_room(size_t size, uint64_t *offset)
{
    bool entered = at_tracker_hold(); /* one thread at a time */
    unsigned char *taken = at_area_take(worker.area, size, offset);
    at_tracker_unhold(entered);
    return taken;
}

bool criterion_alloc_message_add_verdict(struct at_text *text, struct at_region *region,
                                         const struct at_limits *limits, const char *file,
                                         unsigned line)
{
    struct criterion_alloc_message message = {
        .limits = *limits,
        .entry = worker.entry,
        .line = line,
        .file_size = (uint32_t) strlen(file) + 1,
    };
    if (!worker.area
        || !at_handover_write(worker.area, region, &message.region, &message.region_size))
        return false;
    struct criterion_alloc_mark mark = {
        .kind = CRITERION_ALLOC_MARK_VERDICT,
        .size = sizeof message + message.file_size,
    };
    unsigned char *at = take_room(mark.size, &mark.number);
    if (!at)
        return false;
    memcpy(at, &message, sizeof message);
    memcpy(at + sizeof message, file, message.file_size);
    criterion_alloc_mark_add(text, &mark);
    return true;
}

bool criterion_alloc_message_add_location(struct at_text *text, const char *file, unsigned line)
{
    if (!worker.area || !worker.area->start)
        return false;
    const struct criterion_alloc_mark mark = {
        .kind = CRITERION_ALLOC_MARK_LOCATION,
        .number = line,
        .text = file,
        .length = strlen(file),
    };
    criterion_alloc_mark_add(text, &mark);
    return true;
}

void criterion_alloc_message_add_late(struct at_text *text)
{
    criterion_alloc_mark_add(text,
                             &(struct criterion_alloc_mark){ .kind = CRITERION_ALLOC_MARK_LATE });
}

/* Send a passed assertion that begins with a mark. */
static void send_marked(const struct criterion_alloc_mark *mark, const char *text, const char *file,
                        unsigned line)
{
    struct at_text message = { 0 };
    criterion_alloc_mark_add(&message, mark);
    at_text_add_string(&message, text);
    struct criterion_assert_stats stats = {
        .message = at_text_get(&message),
        .passed = true,
        .file = file,
        .line = line,
    };
    criterion_send_assert(&stats);
    at_text_free(&message);
}

void criterion_alloc_worker_id_send(uint32_t worker_id, const char *file, unsigned line)
{
    const struct criterion_alloc_mark mark = {
        .kind = CRITERION_ALLOC_MARK_WORKER_ID,
        .number = worker_id,
    };
    send_marked(&mark, "alloc_tracker measures this test", file, line);
}

void criterion_alloc_warning_send(const char *message, const char *file, unsigned line)
{
    static const struct criterion_alloc_mark mark = { .kind = CRITERION_ALLOC_MARK_WARNING };
    if (!criterion_alloc_is_child()) {
        send_marked(&mark, message, file, line);
        return;
    }
    struct at_text text = { 0 };
    at_text_add_string(&text, message);
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
}
