/* SPDX-License-Identifier: MIT */
/* See suppress.h. Patterns are pushed on a list and never removed. A site records with how many
   patterns it was compared. */
#include "guard/suppress.h"

#include <errno.h>
#include <string.h>

#include "base/pages.h"
#include "guard/glob.h"
#include "symbols/symbolize.h"
#include "track/thread.h"

enum { MAX_INLINED = 24 };

enum subject { FUNCTION = 0, FILE_NAME, MODULE, N_SUBJECTS };

static const char *const prefixes[N_SUBJECTS] = { "function:", "file:", "module:" };

struct pattern {
    struct pattern *next;
    enum subject subject;
    uint32_t number;   /* from 1, in the order in which they were added */
    uint32_t used;     /* atomic */
    uint32_t *watched; /* NULL, or another process's copy of `used` */
    const char *glob;  /* within `text` */
    char text[];
};

static struct pattern *patterns; /* atomic: the newest first */

static struct pattern *newest_pattern(void)
{
    return __atomic_load_n(&patterns, __ATOMIC_ACQUIRE);
}

static bool find_subject(const char *text, enum subject *subject)
{
    for (int i = 0; i < N_SUBJECTS; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(text, prefixes[i], n) == 0 && text[n]) {
            *subject = (enum subject) i;
            return true;
        }
    }
    return false;
}

enum at_status at_suppress_watched(const char *text, uint32_t *used)
{
    enum subject subject;
    if (!find_subject(text, &subject))
        return AT_ERROR_INVALID_ARGUMENT;
    struct pattern *pattern = at_pages_new(sizeof *pattern + strlen(text) + 1);
    if (!pattern)
        return AT_ERROR_NO_MEMORY;
    strcpy(pattern->text, text);
    pattern->subject = subject;
    pattern->glob = pattern->text + strlen(prefixes[subject]);
    pattern->watched = used;
    pattern->next = newest_pattern();
    do
        pattern->number = pattern->next ? pattern->next->number + 1 : 1;
    while (!__atomic_compare_exchange_n(&patterns, &pattern->next, pattern, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
    return AT_OK;
}

enum at_status at_suppress(const char *text)
{
    return at_suppress_watched(text, NULL);
}

bool at_suppress_is_used(const char *text)
{
    for (struct pattern *pattern = newest_pattern(); pattern; pattern = pattern->next)
        if (strcmp(pattern->text, text) == 0 && __atomic_load_n(&pattern->used, __ATOMIC_RELAXED))
            return true;
    return false;
}

bool at_suppress_is_active(void)
{
    return newest_pattern() != NULL;
}

bool at_suppress_is_decided(const struct at_call_site *site)
{
    const struct pattern *pattern = newest_pattern();
    return !pattern || __atomic_load_n(&site->n_patterns, __ATOMIC_ACQUIRE) >= pattern->number;
}

static bool matches_frame(const struct pattern *pattern, const struct at_frame *frame)
{
    switch (pattern->subject) {
        case FUNCTION: return at_glob_matches_function(pattern->glob, frame->function);
        case FILE_NAME: return frame->line > 0 && at_glob_matches_file(pattern->glob, frame->file);
        default: return at_glob_matches(pattern->glob, frame->module);
    }
}

/* Return true if the frame matches one of the patterns, and mark these as used. */
static bool match_patterns(struct pattern *pattern, const struct at_frame *frame)
{
    bool matched = false;
    for (; pattern; pattern = pattern->next) {
        if (!matches_frame(pattern, frame))
            continue;
        matched = true;
        __atomic_store_n(&pattern->used, 1, __ATOMIC_RELAXED);
        if (pattern->watched)
            __atomic_store_n(pattern->watched, 1, __ATOMIC_RELAXED);
    }
    return matched;
}

void at_suppress_decide(const struct at_call_site *constant)
{
    struct at_call_site *site = (struct at_call_site *) constant;
    struct pattern *pattern = newest_pattern();
    struct at_frame *frames = at_pages_new(MAX_INLINED * sizeof *frames);
    if (!frames)
        return; /* undecided: the event is counted */
    int error = errno;
    at_suspend();
    bool suppressed = false;
    for (size_t i = 0; i < site->n_frames; i++) {
        size_t n = at_symbolize(site->frames[i], site->epoch, frames, MAX_INLINED);
        for (size_t j = 0; j < n; j++)
            suppressed |= match_patterns(pattern, &frames[j]);
    }
    at_resume();
    at_pages_free(frames, MAX_INLINED * sizeof *frames);
    errno = error;
    __atomic_store_n(&site->suppressed, suppressed, __ATOMIC_RELAXED);
    __atomic_store_n(&site->n_patterns, pattern->number, __ATOMIC_RELEASE);
}
