/* SPDX-License-Identifier: MIT */
/* See test_pairs.h. */
#include "results/test_pairs.h"

#include <stdlib.h>
#include <string.h>

struct key {
    uint32_t id, program;
    int64_t parameter;
};

struct keys {
    struct key *at;
    size_t n, capacity;
};

static void list_section(struct keys *keys, const struct at_section *section)
{
    for (size_t i = 0; section && i < section->n_tests; i++)
        *at_array_add(keys) = (struct key){ section->tests[i].id, section->tests[i].program,
                                            section->tests[i].parameter };
}

static void list_results(struct keys *keys, const struct at_results *results)
{
    for (size_t i = 0; i < results->tests.n; i++)
        *at_array_add(keys) = (struct key){ results->tests.at[i].id, results->tests.at[i].program,
                                            results->tests.at[i].parameter };
}

/* Compare the id and the parameter of two tests. NULL comes last. */
static int compare_ids(const struct at_pool *pool, const struct key *a, const struct key *b)
{
    if (!a || !b)
        return !a - !b;
    return at_result_compare_id(pool, a->id, a->parameter, b->id, b->parameter);
}

/* Return item `i`; NULL behind the last one. */
static const struct key *key_at(const struct keys *keys, size_t i)
{
    return i < keys->n ? &keys->at[i] : NULL;
}

static bool is_only_one(const struct at_pool *pool, const struct keys *keys, size_t i)
{
    const struct key *key = key_at(keys, i);
    return key && (i == 0 || compare_ids(pool, key_at(keys, i - 1), key) != 0)
           && compare_ids(pool, key, key_at(keys, i + 1)) != 0;
}

static void add_pairs(struct at_test_pairs *pairs, const struct at_pool *pool,
                      const struct keys *base, const struct keys *head)
{
    for (size_t b = 0, h = 0; b < base->n || h < head->n;) {
        const struct key *before = key_at(base, b), *after = key_at(head, h);
        int order = compare_ids(pool, before, after);
        if (order == 0 && before && after
            && !(is_only_one(pool, base, b) && is_only_one(pool, head, h)))
            order = strcmp(at_pool_get(pool, before->program), at_pool_get(pool, after->program));
        struct at_test_pair pair = { AT_NO_TEST, AT_NO_TEST, 0 };
        if (order <= 0)
            pair.base = b++;
        if (order >= 0)
            pair.head = h++;
        *at_array_add(pairs) = pair;
    }
}

static const struct key *key_of(const struct at_test_pair *pair, const struct keys *base,
                                const struct keys *head)
{
    return pair->head != AT_NO_TEST ? &head->at[pair->head] : &base->at[pair->base];
}

/* Set the programs to show: of each id that several programs have. */
static void set_shown_programs(const struct at_test_pairs *pairs, const struct keys *base,
                               const struct keys *head)
{
    for (size_t first = 0, next; first < pairs->n; first = next) {
        const struct key *key = key_of(&pairs->at[first], base, head);
        bool several = false;
        for (next = first + 1; next < pairs->n; next++) {
            const struct key *other = key_of(&pairs->at[next], base, head);
            if (other->id != key->id)
                break;
            several |= other->program != key->program;
        }
        for (size_t i = first; several && i < next; i++)
            pairs->at[i].shown_program = key_of(&pairs->at[i], base, head)->program;
    }
}

static void pair_keys(struct at_test_pairs *pairs, const struct at_pool *pool, struct keys *base,
                      struct keys *head)
{
    add_pairs(pairs, pool, base, head);
    set_shown_programs(pairs, base, head);
    free(base->at);
    free(head->at);
}

void at_test_pairs_of_results(struct at_test_pairs *pairs, const struct at_section *section,
                              const struct at_results *results)
{
    struct keys base = { 0 }, head = { 0 };
    list_section(&base, section);
    list_results(&head, results);
    pair_keys(pairs, results->pool, &base, &head);
}

void at_test_pairs_of_sections(struct at_test_pairs *pairs, const struct at_pool *pool,
                               const struct at_section *base, const struct at_section *head)
{
    struct keys before = { 0 }, after = { 0 };
    list_section(&before, base);
    list_section(&after, head);
    pair_keys(pairs, pool, &before, &after);
}
