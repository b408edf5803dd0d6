/* SPDX-License-Identifier: MIT */
/* See intern.h. A hash table with open addressing, at most half full. */
#include "base/intern.h"

#include <string.h>

#include "base/pages.h"

enum { FIRST_SLOTS = 1024 };

struct span {
    size_t offset;
    size_t length;
    uint64_t hash;
};

static const struct span *span_of(const struct at_intern *intern, uint32_t number)
{
    return (const struct span *) (const void *) intern->spans.data + number;
}

/* Eight bytes a step: multiply with an odd constant (2^64 divided by the golden ratio). All bits of
   the input affect the high bits of the product, which are folded onto the low ones. */
static uint64_t hash_of(const unsigned char *bytes, size_t n)
{
    uint64_t hash = n, word;
    for (; n >= sizeof word; bytes += sizeof word, n -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, bytes, n);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint32_t *find_slot(const struct at_intern *intern, uint64_t hash, const void *bytes,
                           size_t n)
{
    for (size_t i = (size_t) hash;; i++) {
        uint32_t *slot = &intern->slots[i & (intern->n_slots - 1)];
        if (*slot == 0)
            return slot;
        const struct span *span = span_of(intern, *slot - 1);
        if (span->hash == hash && span->length == n
            && memcmp(intern->bytes.data + span->offset, bytes, n) == 0)
            return slot;
    }
}

static bool grow_slots(struct at_intern *intern)
{
    struct at_intern bigger = *intern;
    bigger.n_slots = intern->n_slots ? intern->n_slots * 2 : FIRST_SLOTS;
    bigger.slots = at_pages_new(bigger.n_slots * sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (uint32_t i = 0; i < intern->n; i++) {
        const struct span *span = span_of(intern, i);
        *find_slot(&bigger, span->hash, intern->bytes.data + span->offset, span->length) = i + 1;
    }
    at_pages_free(intern->slots, intern->n_slots * sizeof *intern->slots);
    *intern = bigger;
    return true;
}

uint32_t at_intern_put(struct at_intern *intern, const void *bytes, size_t n)
{
    if ((size_t) intern->n * 2 >= intern->n_slots && !grow_slots(intern))
        return AT_INTERN_NONE;
    uint64_t hash = hash_of(bytes, n);
    uint32_t *slot = find_slot(intern, hash, bytes, n);
    if (*slot)
        return *slot - 1;
    struct span span = { .offset = intern->bytes.length, .length = n, .hash = hash };
    at_text_add(&intern->bytes, bytes, n);
    at_text_add(&intern->spans, (const char *) &span, sizeof span);
    if (intern->bytes.truncated || intern->spans.truncated)
        return AT_INTERN_NONE;
    *slot = ++intern->n;
    return intern->n - 1;
}

const char *at_intern_get(const struct at_intern *intern, uint32_t number, size_t *n)
{
    const struct span *span = span_of(intern, number);
    *n = span->length;
    return intern->bytes.data + span->offset;
}

void at_intern_free(struct at_intern *intern)
{
    at_text_free(&intern->bytes);
    at_text_free(&intern->spans);
    at_pages_free(intern->slots, intern->n_slots * sizeof *intern->slots);
    *intern = (struct at_intern){ 0 };
}
