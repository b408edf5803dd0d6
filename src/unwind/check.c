/* SPDX-License-Identifier: MIT */
/*
 * See check.h. At exit the number of comparisons is appended to the file named by
 * ALLOC_TRACKER_CHECKS, so that a test can see that comparisons took place.
 */
#include "unwind/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mapping.h"
#include "base/text.h"
#include "unwind/capture.h"

static uint64_t n_checks; /* atomic */

static void print_stack(const struct at_stack *stack)
{
    struct at_text text = { 0 };
    at_text_printf(&text,
                   "alloc_tracker: the stack cache returned the value of another stack than the "
                   "unwinder's, which has %zu frames and end %d:\n",
                   stack->n_frames, (int) stack->end);
    for (size_t i = 0; i < stack->n_frames; i++) {
        struct at_mapping mapping = { .path = "?" };
        at_mapping_find(stack->frames[i], &mapping);
        at_text_printf(&text, "  %p %s+%p\n", (void *) stack->frames[i], mapping.path,
                       (void *) (stack->frames[i] - mapping.base));
    }
    at_text_write(&text, STDERR_FILENO);
}

void at_check_value(const void *value, const void *caller, unsigned kind, at_stack_value *make)
{
    if (!value)
        return;
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    __atomic_fetch_add(&n_checks, 1, __ATOMIC_RELAXED);
    if (make(&stack, kind) == value)
        return;
    print_stack(&stack);
    abort();
}

static __attribute__((destructor)) void append_number_of_checks(void)
{
    const char *path = getenv("ALLOC_TRACKER_CHECKS");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    struct at_text text = { 0 };
    at_text_printf(&text, "%llu\n", (unsigned long long) n_checks);
    at_text_write(&text, fd);
    at_text_free(&text);
    close(fd);
}
