/* SPDX-License-Identifier: MIT */
/* See messages.h. */
#include "runner/messages.h"

#include <stdlib.h>
#include <string.h>

#include "results/handover.h"
#include "runner/state_new.h"
#include "shared/record.h"
#include "shared/test_name.h"
#include "symbols/source.h"
#include "verdict/describe.h"

/* The words for a mark. Criterion prints them, and writes them to its files later. */
struct words {
    struct words *next;
    uint64_t offset; /* of the stored verdict; 0: of a location */
    struct at_verdict_message verdict;
};

static struct words *all; /* as long as the runner lives */

static struct words *add_words(uint64_t offset)
{
    struct words *words = calloc(1, sizeof *words);
    if (!words)
        return NULL;
    words->next = all;
    words->offset = offset;
    return all = words;
}

/* Look up the names of a stored verdict's call sites, and describe it. */
static void describe(struct criterion_alloc_shared *shared,
                     const struct criterion_alloc_message *message,
                     struct at_verdict_message *verdict)
{
    const char *file = (const char *) (message + 1);
    const void *bytes = criterion_alloc_shared_map(shared, message->region, message->region_size);
    struct at_region *region = bytes ? at_handover_read(bytes, message->region_size) : NULL;
    if (region) {
        const struct criterion_alloc_entry *entry =
            criterion_alloc_shared_entry(shared, message->entry);
        const struct at_verdict_headline where = { "", NULL, 0 };
        criterion_alloc_test_name_set(criterion_alloc_shared_string(shared, entry->suite),
                                      criterion_alloc_shared_string(shared, entry->name));
        *verdict = at_verdict_describe(region, &message->limits, &where, file, message->line);
    }
    at_handover_free(region);
    criterion_alloc_shared_unmap(bytes, message->region, message->region_size);
}

static const struct at_verdict_message *verdict_of(struct criterion_alloc_shared *shared,
                                                   const struct criterion_alloc_mark *mark)
{
    struct words *words = all;
    while (words && words->offset != mark->number)
        words = words->next;
    if (words)
        return &words->verdict;
    const struct criterion_alloc_message *message =
        criterion_alloc_shared_map(shared, mark->number, mark->size);
    words = message && mark->size >= sizeof *message ? add_words(mark->number) : NULL;
    if (words)
        describe(shared, message, &words->verdict);
    criterion_alloc_shared_unmap(message, mark->number, mark->size);
    return words ? &words->verdict : NULL;
}

/* A message that is put together, and the location of its assertion. */
struct message {
    struct at_text text;
    const char **file;
    unsigned *line;
    bool has_location;
    bool has_verdict;
};

static void add_location(struct message *message, const struct criterion_alloc_mark *mark)
{
    struct at_text file = { 0 };
    at_text_add(&file, mark->text, mark->length);
    char path[512];
    at_source_find(at_text_get(&file), NULL, path, sizeof path);
    at_text_free(&file);
    unsigned line = (unsigned) mark->number;
    at_text_printf(&message->text, "%s:%u", path, line);
    struct words *words = message->has_location || message->has_verdict ? NULL : add_words(0);
    if (words) {
        memcpy(words->verdict.file, path, sizeof path);
        *message->file = words->verdict.file;
        *message->line = line;
    }
    message->has_location = true;
}

static void add_verdict(struct message *message, struct criterion_alloc_shared *shared,
                        const struct criterion_alloc_mark *mark)
{
    const struct at_verdict_message *verdict = verdict_of(shared, mark);
    if (!verdict || !verdict->text.length) {
        at_text_add_string(&message->text, ": no memory to show the call sites\n");
        return;
    }
    at_text_add_string(&message->text, at_text_get(&verdict->text));
    if (!message->has_verdict) {
        *message->file = verdict->file;
        *message->line = verdict->line;
    }
    message->has_verdict = true;
}

static void add_mark(struct message *message, struct criterion_alloc_shared *shared,
                     const struct criterion_alloc_mark *mark)
{
    switch (mark->kind) {
        case CRITERION_ALLOC_MARK_VERDICT: add_verdict(message, shared, mark); break;
        case CRITERION_ALLOC_MARK_LOCATION: add_location(message, mark); break;
        case CRITERION_ALLOC_MARK_WORKER_ID:
        case CRITERION_ALLOC_MARK_WARNING:
        case CRITERION_ALLOC_MARK_LATE: break; /* only for the runner */
    }
}

const char *criterion_alloc_message_complete(struct criterion_alloc_shared *shared,
                                             const char *text, const char **file, unsigned *line)
{
    struct message message = { .file = file, .line = line };
    struct criterion_alloc_mark mark;
    const char *begin = criterion_alloc_mark_find(text, &mark);
    if (!begin)
        return NULL;
    for (; begin; begin = criterion_alloc_mark_find(text, &mark)) {
        at_text_add(&message.text, text, (size_t) (begin - text));
        add_mark(&message, shared, &mark);
        text = mark.end;
    }
    at_text_add_string(&message.text, text);
    return at_text_get(&message.text);
}

bool criterion_alloc_message_has(const char *text, enum criterion_alloc_mark_kind kind,
                                 struct criterion_alloc_mark *mark)
{
    while (text && criterion_alloc_mark_find(text, mark)) {
        if (mark->kind == kind)
            return true;
        text = mark->end;
    }
    return false;
}
