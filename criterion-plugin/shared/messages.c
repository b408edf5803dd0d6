/* SPDX-License-Identifier: MIT */
/* See messages.h. A mark stands between control characters that no text has: where in the memory a
   verdict is and how long, or a line and a file. */
#include "shared/messages.h"

#include <stdlib.h>
#include <string.h>

#include "results/handover.h"
#include "symbols/source.h"
#include "worker/groups.h"

static const char mark_begin[] = "\001alloc_tracker\002";
static const char mark_end = '\003';

struct told {
    uint64_t region; /* as at_handover_write() has it */
    uint64_t region_size;
    struct criterion_alloc_limits limits;
    uint32_t entry;
    uint32_t line;
    uint32_t file_size; /* of the name of the file behind it, with its NUL */
};

static struct {
    struct at_area *area;
    uint32_t entry;
} worker;

void criterion_alloc_told_start(struct at_area *area, uint32_t entry)
{
    worker.area = area;
    worker.entry = entry;
}

static unsigned char *take(size_t size, uint64_t *place)
{
    bool entered = at_tracker_hold(); /* for one thread at a time */
    unsigned char *taken = at_area_take(worker.area, size, place);
    at_tracker_unhold(entered);
    return taken;
}

bool criterion_alloc_told_put(struct at_text *text, struct at_region *region,
                              const struct criterion_alloc_limits *limits, const char *file,
                              unsigned line)
{
    struct told told = {
        .limits = *limits,
        .entry = worker.entry,
        .line = line,
        .file_size = (uint32_t) strlen(file) + 1,
    };
    size_t size = sizeof told + told.file_size;
    uint64_t place;
    if (!worker.area || !at_handover_write(worker.area, region, &told.region, &told.region_size))
        return false;
    unsigned char *at = take(size, &place);
    if (!at)
        return false;
    memcpy(at, &told, sizeof told);
    memcpy(at + sizeof told, file, told.file_size);
    at_text_printf(text, "%s%llx.%llx%c", mark_begin, (unsigned long long) place,
                   (unsigned long long) size, mark_end);
    return true;
}

bool criterion_alloc_told_put_place(struct at_text *text, const char *file, unsigned line)
{
    if (!worker.area || !worker.area->start)
        return false;
    at_text_printf(text, "%s@%u:%s%c", mark_begin, line, file, mark_end);
    return true;
}

/* What was put in place of a mark: Criterion shows it, and later writes it to its files. */
struct words {
    struct words *next;
    uint64_t place;
    struct criterion_alloc_verdict verdict;
};

static struct words *all;

static void find_words(struct criterion_alloc_shared *shared, const struct told *told,
                       struct criterion_alloc_verdict *verdict)
{
    const char *file = (const char *) (told + 1);
    const void *bytes = criterion_alloc_shared_map(shared, told->region, told->region_size);
    struct at_region *region = bytes ? at_handover_read(bytes, told->region_size) : NULL;
    if (region) {
        const struct criterion_alloc_entry *entry =
            criterion_alloc_shared_entry(shared, told->entry);
        const struct criterion_alloc_place where = { "", NULL, 0 };
        criterion_alloc_groups_set_test(criterion_alloc_shared_string(shared, entry->suite),
                                        criterion_alloc_shared_string(shared, entry->name));
        *verdict = criterion_alloc_describe_here(region, &told->limits, &where, file, told->line);
    }
    at_handover_free(region);
    criterion_alloc_shared_unmap(bytes, told->region, told->region_size);
}

static const struct criterion_alloc_verdict *words_of(struct criterion_alloc_shared *shared,
                                                      uint64_t place, uint64_t size)
{
    struct words *words = all;
    while (words && words->place != place)
        words = words->next;
    if (words)
        return &words->verdict;
    const struct told *told = criterion_alloc_shared_map(shared, place, size);
    words = told && size >= sizeof *told ? calloc(1, sizeof *words) : NULL;
    if (words) {
        words->next = all;
        words->place = place;
        all = words;
        find_words(shared, told, &words->verdict);
    }
    criterion_alloc_shared_unmap(told, place, size);
    return words ? &words->verdict : NULL;
}

/* A message that is put together. */
struct message {
    struct at_text text;
    const char *
        *file; /* where the assertion failed: the first verdict's place, else the first one */
    unsigned *line;
    bool has_place;
    bool has_verdict;
};

static void add_place(struct message *message, const char *mark, const char *end)
{
    char *name;
    unsigned line = (unsigned) strtoul(mark, &name, 10);
    struct at_text file = { 0 };
    if (*name == ':')
        at_text_add(&file, name + 1, (size_t) (end - name - 1));
    char path[512];
    at_source_find(at_text_get(&file), NULL, path, sizeof path);
    at_text_free(&file);
    at_text_printf(&message->text, "%s:%u", path, line);
    struct words *words =
        message->has_place || message->has_verdict ? NULL : calloc(1, sizeof *words);
    if (words) {
        words->next = all;
        all = words;
        memcpy(words->verdict.file, path, sizeof path);
        *message->file = words->verdict.file;
        *message->line = line;
    }
    message->has_place = true;
}

static void add_verdict(struct message *message, struct criterion_alloc_shared *shared,
                        const char *mark)
{
    char *size;
    uint64_t place = strtoull(mark, &size, 16);
    const struct criterion_alloc_verdict *verdict =
        *size == '.' ? words_of(shared, place, strtoull(size + 1, NULL, 16)) : NULL;
    if (!verdict || !verdict->text.length) {
        at_text_add_string(&message->text, ": no memory to show what was allocated\n");
        return;
    }
    at_text_add_string(&message->text, at_text_get(&verdict->text));
    if (!message->has_verdict) {
        *message->file = verdict->file;
        *message->line = verdict->line;
    }
    message->has_verdict = true;
}

const char *criterion_alloc_told_expand(struct criterion_alloc_shared *shared, const char *text,
                                        const char **file, unsigned *line)
{
    struct message message = { .file = file, .line = line };
    const char *mark = text ? strstr(text, mark_begin) : NULL;
    if (!mark)
        return NULL;
    for (const char *end; mark && (end = strchr(mark, mark_end)); mark = strstr(end, mark_begin)) {
        at_text_add(&message.text, text, (size_t) (mark - text));
        mark += sizeof mark_begin - 1;
        text = end + 1;
        if (*mark == '@')
            add_place(&message, mark + 1, end);
        else
            add_verdict(&message, shared, mark);
    }
    at_text_add_string(&message.text, text);
    return at_text_get(&message.text); /* as long as the runner lives */
}
