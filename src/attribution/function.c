/* SPDX-License-Identifier: MIT */
/* at_function_name() of site.h, in a file of its own for the command, which measures nothing. */
#include "attribution/site.h"

const char *at_function_name(enum at_function function)
{
    static const char *const names[] = {
        [AT_MALLOC] = "malloc",
        [AT_CALLOC] = "calloc",
        [AT_REALLOC] = "realloc",
        [AT_REALLOCARRAY] = "reallocarray",
        [AT_ALIGNED_ALLOC] = "aligned_alloc",
        [AT_MEMALIGN] = "memalign",
        [AT_POSIX_MEMALIGN] = "posix_memalign",
        [AT_VALLOC] = "valloc",
        [AT_PVALLOC] = "pvalloc",
        [AT_NEW] = "operator new",
        [AT_NEW_ARRAY] = "operator new[]",
        [AT_NOTE_ALLOC] = "at_note_alloc",
        [AT_ALLOCATOR_ALLOC] = "at_allocator_alloc",
        [AT_ALLOCATOR_REALLOC] = "at_allocator_realloc",
        [AT_FREE] = "free",
        [AT_FREE_SIZED] = "free_sized",
        [AT_FREE_ALIGNED_SIZED] = "free_aligned_sized",
        [AT_DELETE] = "operator delete",
        [AT_DELETE_ARRAY] = "operator delete[]",
        [AT_NOTE_FREE] = "at_note_free",
        [AT_ALLOCATOR_FREE] = "at_allocator_free",
    };
    return names[function];
}
