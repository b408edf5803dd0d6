/* SPDX-License-Identifier: MIT */
/* See mark.h. */
#include "shared/mark.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] = "\001alloc_tracker\002";
enum { END = '\003' };

void criterion_alloc_mark_add(struct at_text *message, const struct criterion_alloc_mark *mark)
{
    at_text_printf(message, "%s%c%llx.%llx:", begin, mark->kind, (unsigned long long) mark->number,
                   (unsigned long long) mark->size);
    at_text_add(message, mark->text, mark->length);
    at_text_printf(message, "%c", END);
}

const char *criterion_alloc_mark_find(const char *message, struct criterion_alloc_mark *mark)
{
    const char *start = message ? strstr(message, begin) : NULL;
    const char *end = start ? strchr(start, END) : NULL;
    if (!end)
        return NULL;
    const char *at = start + sizeof begin - 1;
    *mark = (struct criterion_alloc_mark){ .kind = (enum criterion_alloc_mark_kind) * at };
    char *next;
    mark->number = strtoull(at + 1, &next, 16);
    if (*next == '.')
        mark->size = strtoull(next + 1, &next, 16);
    if (*next == ':') {
        mark->text = next + 1;
        mark->length = (size_t) (end - mark->text);
    }
    mark->end = end + 1;
    return start;
}
