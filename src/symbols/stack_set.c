/* SPDX-License-Identifier: MIT */
/* See stack_set.h. */
#include "symbols/stack_set.h"

#include <string.h>

#include "base/json_text.h"

/* Return the number of a row's frame, and store it in the row. AT_INTERN_NONE if there is no
 * memory.
 */
static uint32_t put_frame(struct at_stack_set *set, struct at_trace_row *row)
{
    if (row->number)
        return row->number - 1;
    struct at_text *text = &set->scratch;
    text->length = 0;
    at_text_add_string(text, "{");
    if (row->function[0])
        at_json_member(text, "function", row->function);
    if (row->line > 0) {
        at_json_member(text, "file", row->file);
        at_json_integer(text, "line", row->line);
        const char *source =
            set->sources ? at_source_lines_get(set->sources, row->file, row->object, row->line)
                         : NULL;
        if (source)
            at_json_member(text, "source", source);
    } else {
        if (row->module[0])
            at_json_member(text, "module", row->module);
        at_json_count(text, "offset", row->offset);
    }
    at_text_add_string(text, "}");
    if (text->truncated)
        return AT_INTERN_NONE;
    uint32_t number = at_intern_put(&set->frames, text->data, text->length);
    row->number = number + 1; /* 0 for AT_INTERN_NONE */
    return number;
}

uint32_t at_stack_set_put(struct at_stack_set *set, const struct at_trace *trace)
{
    uint32_t numbers[AT_TRACE_ROWS + 1]; /* of the frames; then how the stack ends */
    bool fits = true;
    for (size_t i = 0; i < trace->n_rows; i++) {
        numbers[i] = put_frame(set, trace->rows[i]);
        fits &= numbers[i] != AT_INTERN_NONE;
    }
    numbers[trace->n_rows] = trace->n_more ? AT_TRACE_CUT : trace->end;
    struct at_text *key = &set->scratch;
    key->length = 0;
    at_text_add(key, trace->entry, strlen(trace->entry) + 1);
    at_text_add(key, (const char *) numbers, (trace->n_rows + 1) * sizeof numbers[0]);
    return fits && !key->truncated ? at_intern_put(&set->stacks, key->data, key->length)
                                   : AT_STACK_SET_NONE;
}

uint32_t at_stack_set_size(const struct at_stack_set *set)
{
    return set->stacks.n;
}

const char *at_stack_set_function(const struct at_stack_set *set, uint32_t stack)
{
    size_t n;
    return at_intern_get(&set->stacks, stack, &n);
}

size_t at_stack_set_n_frames(const struct at_stack_set *set, uint32_t stack)
{
    size_t n;
    const char *key = at_intern_get(&set->stacks, stack, &n);
    return (n - strlen(key) - 1) / sizeof(uint32_t) - 1;
}

uint32_t at_stack_set_frame(const struct at_stack_set *set, uint32_t stack, size_t i)
{
    size_t n;
    const char *key = at_intern_get(&set->stacks, stack, &n);
    uint32_t number; /* is not aligned in the key */
    memcpy(&number, key + strlen(key) + 1 + i * sizeof number, sizeof number);
    return number;
}

enum at_trace_end at_stack_set_end(const struct at_stack_set *set, uint32_t stack)
{
    return (enum at_trace_end) at_stack_set_frame(set, stack, at_stack_set_n_frames(set, stack));
}

const char *at_stack_set_frame_json(const struct at_stack_set *set, uint32_t frame, size_t *n)
{
    return at_intern_get(&set->frames, frame, n);
}

static int compare_frames(const struct at_stack_set *set, uint32_t a, uint32_t b)
{
    size_t n_a, n_b;
    const char *json_a = at_stack_set_frame_json(set, a, &n_a);
    const char *json_b = at_stack_set_frame_json(set, b, &n_b);
    int order = memcmp(json_a, json_b, n_a < n_b ? n_a : n_b);
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

int at_stack_set_compare(const struct at_stack_set *set, uint32_t a, uint32_t b)
{
    size_t n_a = at_stack_set_n_frames(set, a), n_b = at_stack_set_n_frames(set, b);
    int order = strcmp(at_stack_set_function(set, a), at_stack_set_function(set, b));
    for (size_t i = 0; order == 0 && i < n_a && i < n_b; i++)
        order = compare_frames(set, at_stack_set_frame(set, a, i), at_stack_set_frame(set, b, i));
    if (order == 0)
        order = (n_a > n_b) - (n_a < n_b);
    return order ? order : (int) at_stack_set_end(set, a) - (int) at_stack_set_end(set, b);
}

void at_stack_set_free(struct at_stack_set *set)
{
    at_intern_free(&set->frames);
    at_intern_free(&set->stacks);
    at_text_free(&set->scratch);
}
