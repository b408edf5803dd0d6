/* SPDX-License-Identifier: MIT */
/* See mark.h. */
#define _GNU_SOURCE
#include "base/mark.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/pages.h"

enum { WIPE_ON_FORK = 18 }; /* MADV_WIPEONFORK, which musl does not name */

uint32_t at_mark_memory_is_shared;

void at_mark_set(struct at_mark *mark)
{
    mark->pid = getpid();
    if (!mark->word)
        mark->word = at_pages_new(sizeof *mark->word);
    if (!mark->word)
        return;
    *mark->word = 1;
    if (madvise(mark->word, sizeof *mark->word, WIPE_ON_FORK) != 0) {
        at_pages_free(mark->word, sizeof *mark->word);
        mark->word = NULL;
    }
}

void at_mark_move(struct at_mark *mark)
{
    at_mark_memory_is_shared = 0;
    mark->pid = mark->word ? 0 : getpid();
    if (mark->word)
        *mark->word = 1;
}

bool at_mark_is_here(const struct at_mark *mark)
{
    if (!mark->word)
        return mark->pid && getpid() == mark->pid;
    if (!__atomic_load_n(mark->word, __ATOMIC_RELAXED))
        return false;
    return !__atomic_load_n(&at_mark_memory_is_shared, __ATOMIC_RELAXED) || !mark->pid
           || getpid() == mark->pid;
}
