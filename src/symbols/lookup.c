/* SPDX-License-Identifier: MIT */
/* See lookup.h. */
#include "symbols/lookup.h"

#include <string.h>

#include "base/pages.h"

enum { MAX_INLINED = 24, CHUNK_BYTES = 64 << 10 };

/* Rows and their texts, which stay where they are. */
struct at_lookup_chunk {
    struct at_lookup_chunk *next;
    size_t used;
    unsigned char bytes[];
};

struct key {
    uint64_t address;
    uint64_t epoch;
};

struct known {
    struct at_trace_row *rows; /* NULL: not looked up yet */
    size_t n_rows;
    const char *name; /* of at_lookup_name(); NULL: not asked yet */
};

/* At most CHUNK_BYTES, aligned for a row. */
static void *take(struct at_lookup *lookup, size_t size)
{
    size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    struct at_lookup_chunk *chunk = lookup->chunks;
    if (!chunk || chunk->used + size > CHUNK_BYTES - sizeof *chunk) {
        chunk = at_pages_new(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        chunk->next = lookup->chunks;
        lookup->chunks = chunk;
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += size;
    return taken;
}

static const char *keep_text(struct at_lookup *lookup, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = size > 1 ? take(lookup, size) : "";
    return kept && size > 1 ? memcpy(kept, text, size) : kept;
}

static struct known *known_get(struct at_lookup *lookup, uintptr_t address, uint32_t epoch)
{
    const struct key key = { address, epoch };
    const struct known nothing = { .rows = NULL };
    uint32_t number = at_intern_put(&lookup->keys, &key, sizeof key);
    if (number == AT_INTERN_NONE)
        return NULL;
    while (lookup->known.length <= number * sizeof nothing && !lookup->known.truncated)
        at_text_add(&lookup->known, (const char *) &nothing, sizeof nothing);
    return lookup->known.truncated ? NULL : (struct known *) (void *) lookup->known.data + number;
}

static struct at_trace_row *keep(struct at_lookup *lookup, const struct at_frame *found, size_t n)
{
    struct at_trace_row *rows = take(lookup, n * sizeof *rows);
    bool whole = rows != NULL;
    for (size_t i = 0; whole && i < n; i++) {
        rows[i] = (struct at_trace_row){
            .function = keep_text(lookup, found[i].function),
            .file = keep_text(lookup, found[i].file),
            .module = keep_text(lookup, found[i].module),
            .offset = found[i].offset,
            .owner = found[i].owner,
            .line = found[i].line,
            .program = found[i].program,
            .pressing = found[i].pressing,
            .note = found[i].note,
        };
        whole = rows[i].function && rows[i].file && rows[i].module;
    }
    return whole ? rows : NULL;
}

struct at_trace_row *at_lookup_rows(struct at_lookup *lookup, uintptr_t address, uint32_t epoch,
                                    size_t *n_rows)
{
    struct known *known = known_get(lookup, address, epoch);
    if (known && !known->rows) {
        struct at_frame *found = at_pages_new(MAX_INLINED * sizeof *found);
        if (!found)
            return NULL;
        known->n_rows = at_symbolize(address, epoch, found, MAX_INLINED);
        at_symbolize_note(address, epoch, &found[known->n_rows - 1]);
        known->rows = keep(lookup, found, known->n_rows);
        at_pages_free(found, MAX_INLINED * sizeof *found);
    }
    *n_rows = known ? known->n_rows : 0;
    return known ? known->rows : NULL;
}

const char *at_lookup_name(struct at_lookup *lookup, uintptr_t address, uint32_t epoch)
{
    struct known *known = known_get(lookup, address, epoch);
    if (known && !known->name) {
        struct at_frame *frame = at_pages_new(sizeof *frame);
        if (!frame)
            return "";
        at_symbolize_name(address, epoch, frame);
        known->name = keep_text(lookup, frame->function);
        at_pages_free(frame, sizeof *frame);
    }
    return known && known->name ? known->name : "";
}

void at_lookup_free(struct at_lookup *lookup)
{
    while (lookup->chunks) {
        struct at_lookup_chunk *chunk = lookup->chunks;
        lookup->chunks = chunk->next;
        at_pages_free(chunk, CHUNK_BYTES);
    }
    at_intern_free(&lookup->keys);
    at_text_free(&lookup->known);
}
