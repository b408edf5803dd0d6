/* SPDX-License-Identifier: MIT */
/*
 * See check.h. At exit the number of comparisons is appended to the file that ALLOC_TRACKER_CHECKS
 * names, so that a test knows that they took place.
 */
#include "unwind/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribution/module.h"
#include "base/text.h"
#include "unwind/capture.h"

static uint64_t n_checks; /* atomic */

static void add_stack(struct at_text *text, const char *title, const uintptr_t *frames, size_t n)
{
    at_text_printf(text, "%s, %zu frames:\n", title, n);
    for (size_t i = 0; i < n; i++) {
        struct at_module module = { .path = "?" };
        at_module_find(frames[i], &module);
        at_text_printf(text, "  %p %s+%p\n", (void *) frames[i], module.path,
                       (void *) (frames[i] - module.base));
    }
}

static bool agrees(const struct at_call_site *site, const struct at_stack *stack)
{
    if (site->n_frames == 0)
        return site->counted == at_attribution_counts(stack->frames, stack->n_frames);
    return site->n_frames == stack->n_frames && site->end == stack->end
           && site->hash == at_stack_hash(stack->hash, site->function)
           && memcmp(site->frames, stack->frames, stack->n_frames * sizeof stack->frames[0]) == 0;
}

void at_check_site(const struct at_call_site *site, const void *caller)
{
    if (!site)
        return;
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    __atomic_fetch_add(&n_checks, 1, __ATOMIC_RELAXED);
    if (agrees(site, &stack))
        return;
    struct at_text text = { 0 };
    at_text_add_string(&text, "alloc_tracker: the stack cache differs from the unwinder\n");
    add_stack(&text, "cache", site->frames, site->n_frames);
    add_stack(&text, "unwinder", stack.frames, stack.n_frames);
    at_text_write(&text, STDERR_FILENO);
    abort();
}

static __attribute__((destructor)) void tell(void)
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
