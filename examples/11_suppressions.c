/* SPDX-License-Identifier: MIT */
/*
 * Code that is not yours to change allocates in the hot path, and that is known. Run with
 * ALLOC_TRACKER_SUPPRESSIONS=examples/11_suppressions.txt, the first test passes and the second is
 * told of its own allocation alone; run without, both fail.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static char *trace;

/* As if it came with a library. */
static void vendor_trace(const char *text)
{
    free(trace);
    trace = strdup(text);
}

static char *copy;

static void handle(const char *request)
{
    vendor_trace(request);
}

static void handle_and_keep(const char *request)
{
    vendor_trace(request);
    copy = malloc(strlen(request) + 1);
    strcpy(copy, request);
}

Test(suppressions, only_the_vendor_allocates)
{
    cr_assert_no_alloc(handle("GET /"));
}

Test(suppressions, ours_is_caught)
{
    cr_assert_no_alloc(handle_and_keep("GET /"));
}
