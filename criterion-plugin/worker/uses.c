/* SPDX-License-Identifier: MIT */
/* See uses.h. */
#include "worker/uses.h"

#include "alloc_tracker/criterion.h"

static bool uses_sizes;
static bool uses_threads;

void cri_alloc_uses_sizes(void)
{
    uses_sizes = true;
}

void cri_alloc_uses_threads(void)
{
    uses_threads = true;
}

bool criterion_alloc_suite_uses_sizes(void)
{
    return uses_sizes;
}

bool criterion_alloc_suite_uses_threads(void)
{
    return uses_threads;
}
