/* SPDX-License-Identifier: MIT */
/* Stacks that read the same have one number, whichever frames were resolved first. */
#include <criterion/criterion.h>

#include <string.h>

#include "symbols/stack_set.h"

static struct at_trace_row push = { .function = "push", .file = "ring.c", .line = 4 };
static struct at_trace_row copy_of_push = { .function = "push", .file = "ring.c", .line = 4 };
static struct at_trace_row other_line = { .function = "push", .file = "ring.c", .line = 5 };
static struct at_trace_row no_line = { .function = "grow", .module = "libring.so", .offset = 16 };

static struct at_trace trace_of(const char *function, struct at_trace_row *inner,
                                struct at_trace_row *outer, enum at_trace_end end)
{
    struct at_trace trace = { .n_rows = outer ? 2 : 1, .end = end, .rows = { inner, outer } };
    strcpy(trace.entry, function);
    return trace;
}

static uint32_t put(struct at_stack_set *set, const char *function, struct at_trace_row *inner,
                    struct at_trace_row *outer, enum at_trace_end end)
{
    struct at_trace trace = trace_of(function, inner, outer, end);
    return at_stack_set_put(set, &trace);
}

Test(stack_set, equal_stacks_have_one_number)
{
    struct at_stack_set set = { 0 };
    cr_expect_eq(put(&set, "malloc", &push, &no_line, AT_TRACE_WHOLE), 0u);
    cr_expect_eq(put(&set, "malloc", &copy_of_push, &no_line, AT_TRACE_WHOLE), 0u);
    cr_expect_eq(put(&set, "calloc", &push, &no_line, AT_TRACE_WHOLE), 1u, "another function");
    cr_expect_eq(put(&set, "malloc", &other_line, &no_line, AT_TRACE_WHOLE), 2u, "another line");
    cr_expect_eq(put(&set, "malloc", &push, NULL, AT_TRACE_WHOLE), 3u, "a shorter stack");
    cr_expect_eq(put(&set, "malloc", &push, NULL, AT_TRACE_CUT), 4u, "another end");
    cr_expect_eq(at_stack_set_size(&set), 5u);
    at_stack_set_free(&set);
}

Test(stack_set, a_stack_returns_its_parts)
{
    struct at_stack_set set = { 0 };
    uint32_t stack = put(&set, "strdup", &push, &no_line, AT_TRACE_NO_TABLE);
    size_t n;
    cr_expect_str_eq(at_stack_set_function(&set, stack), "strdup");
    cr_assert_eq(at_stack_set_n_frames(&set, stack), 2u);
    cr_expect_eq(at_stack_set_end(&set, stack), AT_TRACE_NO_TABLE);
    const char *json = at_stack_set_frame_json(&set, at_stack_set_frame(&set, stack, 0), &n);
    static const char inner[] = "{\"function\":\"push\",\"file\":\"ring.c\",\"line\":4}";
    cr_assert_eq(n, sizeof inner - 1);
    cr_expect_eq(memcmp(json, inner, n), 0);
    json = at_stack_set_frame_json(&set, at_stack_set_frame(&set, stack, 1), &n);
    static const char outer[] = "{\"function\":\"grow\",\"module\":\"libring.so\",\"offset\":16}";
    cr_assert_eq(n, sizeof outer - 1);
    cr_expect_eq(memcmp(json, outer, n), 0);
    at_stack_set_free(&set);
}

Test(stack_set, the_order_is_that_of_the_text)
{
    struct at_stack_set set = { 0 };
    uint32_t later = put(&set, "malloc", &other_line, NULL, AT_TRACE_WHOLE);
    uint32_t earlier = put(&set, "malloc", &push, NULL, AT_TRACE_WHOLE);
    uint32_t longer = put(&set, "malloc", &push, &no_line, AT_TRACE_WHOLE);
    uint32_t function = put(&set, "calloc", &other_line, NULL, AT_TRACE_WHOLE);
    cr_expect_lt(at_stack_set_compare(&set, earlier, later), 0);
    cr_expect_gt(at_stack_set_compare(&set, later, earlier), 0);
    cr_expect_lt(at_stack_set_compare(&set, earlier, longer), 0);
    cr_expect_lt(at_stack_set_compare(&set, function, earlier), 0);
    cr_expect_eq(at_stack_set_compare(&set, later, later), 0);
    at_stack_set_free(&set);
}
