/* SPDX-License-Identifier: MIT */
/* See verdict.h. */
#include "worker/verdict.h"

#include <signal.h>
#include <stdio.h>

#include <criterion/options.h>

#include "guard/panic.h"
#include "verdict/verdict.h"
#include "worker/message.h"
#include "worker/worker.h"

/* A test that expects the signal of a breakpoint would pass because of one. */
static bool expects_trap(void)
{
    return criterion_current_test->data->signal == SIGTRAP;
}

struct at_region_options criterion_alloc_region_options(const struct at_limits *limits)
{
    struct at_region_options options = at_verdict_region_options(limits);
    options.trap = (criterion_options.crash || at_trap_requested()) && !expects_trap();
    return options;
}

void criterion_alloc_add_location(struct at_text *text, const char *file, unsigned line)
{
    if (criterion_alloc_is_child() || !criterion_alloc_message_add_location(text, file, line))
        at_verdict_add_location(text, file, line);
}

struct at_verdict_message criterion_alloc_describe(struct at_region *region,
                                                   const struct at_limits *limits,
                                                   const struct at_verdict_headline *headline,
                                                   const char *file, unsigned line)
{
    struct at_verdict_message message = { .line = line };
    at_region_find_buffers(region);
    if (!criterion_alloc_is_child()) {
        at_text_add_string(&message.text, headline->text);
        if (headline->file) {
            at_text_add_string(&message.text, " ");
            criterion_alloc_add_location(&message.text, headline->file, headline->line);
        }
        snprintf(message.file, sizeof message.file, "%s", file);
        if (criterion_alloc_message_add_verdict(&message.text, region, limits, file, line))
            return message;
    }
    at_text_free(&message.text);
    return at_verdict_describe(region, limits, headline, file, line);
}
