/* SPDX-License-Identifier: MIT */
/* This file is compiled with -fexceptions and without, as C is by default. Without it, no cleanup
   runs when an exception or the end of a thread leaves these frames. */
#include "blocks.h"

#include <alloc_tracker/criterion.h>

void in_scope(void (*leave)(void))
{
    cr_alloc_scope(.allocs = at_most(1))
    {
        leave();
    }
}

void in_statement(void (*leave)(void))
{
    cr_expect_alloc_budget((.allocs = at_most(1)), leave());
}

void in_permit(void (*leave)(void))
{
    cr_permit_alloc
    {
        leave();
    }
}

void in_sweep(void (*leave)(void))
{
    cr_alloc_failure_sweep()
    {
        leave();
    }
}
