/* SPDX-License-Identifier: MIT */
/* See lookup.h. */
#include "symbols/lookup.h"

#include <string.h>

#include "base/pages.h"

enum { MAX_INLINED = 24, CHUNK_BYTES = 64 << 10 };

/* Memory for rows and their strings, which are never moved. */
struct at_lookup_chunk {
    struct at_lookup_chunk *next;
    size_t used;
    unsigned char bytes[];
};

struct key {
    uint64_t address;
    uint64_t epoch;
};

struct result {
    struct at_trace_row *rows; /* NULL if not looked up yet */
    size_t n_rows;
    const char *name; /* of at_lookup_name(); NULL if not looked up yet */
};

/* Return `size` bytes, much fewer than CHUNK_BYTES, aligned for a row. */
static void *take_bytes(struct at_lookup *lookup, size_t size)
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

static const char *copy_text(struct at_lookup *lookup, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = size > 1 ? take_bytes(lookup, size) : "";
    return copy && size > 1 ? memcpy(copy, text, size) : copy;
}

static struct result *result_get(struct at_lookup *lookup, uintptr_t address, uint32_t epoch)
{
    const struct key key = { address, epoch };
    const struct result nothing = { .rows = NULL };
    uint32_t number = at_intern_put(&lookup->keys, &key, sizeof key);
    if (number == AT_INTERN_NONE)
        return NULL;
    while (lookup->known.length <= number * sizeof nothing && !lookup->known.truncated)
        at_text_add(&lookup->known, (const char *) &nothing, sizeof nothing);
    return lookup->known.truncated ? NULL : (struct result *) (void *) lookup->known.data + number;
}

static struct at_trace_row *copy_rows(struct at_lookup *lookup, const struct at_frame *found,
                                      size_t n)
{
    struct at_trace_row *rows = take_bytes(lookup, n * sizeof *rows);
    bool whole = rows != NULL;
    for (size_t i = 0; whole && i < n; i++) {
        rows[i] = (struct at_trace_row){
            .function = copy_text(lookup, found[i].function),
            .file = copy_text(lookup, found[i].file),
            .module = copy_text(lookup, found[i].module),
            .object = copy_text(lookup, found[i].object),
            .offset = found[i].offset,
            .owner = found[i].owner,
            .line = found[i].line,
            .program = found[i].program,
            .renamed = found[i].renamed,
            .start = found[i].start,
            .important = found[i].important,
            .note = found[i].note,
        };
        whole = rows[i].function && rows[i].file && rows[i].module && rows[i].object;
    }
    return whole ? rows : NULL;
}

struct at_trace_row *at_lookup_rows(struct at_lookup *lookup, uintptr_t address, uint32_t epoch,
                                    size_t *n_rows)
{
    struct result *result = result_get(lookup, address, epoch);
    if (result && !result->rows) {
        struct at_frame *found = at_pages_new(MAX_INLINED * sizeof *found);
        if (!found)
            return NULL;
        result->n_rows = at_symbolize(address, epoch, found, MAX_INLINED);
        at_symbolize_note(address, epoch, &found[result->n_rows - 1]);
        result->rows = copy_rows(lookup, found, result->n_rows);
        at_pages_free(found, MAX_INLINED * sizeof *found);
    }
    *n_rows = result ? result->n_rows : 0;
    return result ? result->rows : NULL;
}

const char *at_lookup_name(struct at_lookup *lookup, uintptr_t address, uint32_t epoch)
{
    struct result *result = result_get(lookup, address, epoch);
    if (result && !result->name) {
        struct at_frame *frame = at_pages_new(sizeof *frame);
        if (!frame)
            return "";
        at_symbolize_name(address, epoch, frame);
        result->name = copy_text(lookup, frame->function);
        at_pages_free(frame, sizeof *frame);
    }
    return result && result->name ? result->name : "";
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
