/* SPDX-License-Identifier: MIT */
/*
 * Third-party code on the hot path allocates, and you accept this. Set
 * ALLOC_TRACKER_SUPPRESSIONS=examples/11_suppressions.txt: then the first test passes, and the
 * failure of the second lists only the allocation of handle_and_keep(). Without the variable both
 * tests fail.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static char *trace;

/* This function represents third-party code. */
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
