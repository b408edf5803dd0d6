/* SPDX-License-Identifier: MIT */
/* The writer of handover.h, in the process that measures. */
#include <string.h>

#include "alloc_tracker/observable.h"
#include "attribution/loaded.h"
#include "results/handover.h"
#include "results/handover_format.h"
#include "symbols/symbolize.h"
#include "symbols/trace.h"
#include "track/observed.h"

static const char *path_of(const struct at_module *module)
{
    return module->program ? at_symbolize_program() : module->path;
}

static void measure_object(const struct at_module *module, uint64_t identity, uint32_t epoch,
                           void *arg)
{
    (void) identity;
    (void) epoch;
    *(size_t *) arg +=
        sizeof(struct at_handover_object) + at_handover_padded(strlen(path_of(module)) + 1);
}

static void write_object(const struct at_module *module, uint64_t identity, uint32_t epoch,
                         void *arg)
{
    unsigned char **at = arg;
    size_t n = strlen(path_of(module)) + 1;
    const struct at_handover_object object = {
        .identity = identity,
        .base = module->base,
        .start = module->start,
        .end = module->end,
        .epoch = epoch,
        .owner = (uint16_t) module->owner,
        .program = module->program,
        .loader = module->loader,
        .path_size = at_handover_padded(n),
    };
    memcpy(*at, &object, sizeof object);
    memcpy(*at + sizeof object, path_of(module), n);
    *at += sizeof object + at_handover_padded(n);
}

static void count_object(const struct at_module *module, uint64_t identity, uint32_t epoch,
                         void *arg)
{
    (void) module;
    (void) identity;
    (void) epoch;
    ++*(uint64_t *) arg;
}

static unsigned char *write_site(unsigned char *at, const struct at_site_stats *stats)
{
    const struct at_call_site *from = stats->site;
    size_t n = at_trace_n_inner(from->frames, from->n_frames);
    struct at_handover_site site = {
        .stats = *stats,
        .n_frames = (uint32_t) n,
        .epoch = from->epoch,
        .function = from->function,
        .counted = from->counted,
        .end = (uint8_t) (n < from->n_frames ? AT_STACK_WHOLE
                                             : at_module_stack_end(from->end, from->frames[n - 1])),
        .runtime_owned = from->runtime_owned,
        .suppressed = from->suppressed,
    };
    site.stats.site = NULL;
    memcpy(at, &site, sizeof site);
    memcpy(at + sizeof site, from->frames, n * sizeof from->frames[0]);
    return at + sizeof site + at_handover_padded(n * sizeof from->frames[0]);
}

static size_t frames_bytes(const struct at_site_stats_table *table)
{
    size_t size = 0;
    for (size_t i = 0; i < table->n_sites; i++) {
        const struct at_call_site *site = table->sites[i].site;
        size += at_handover_padded(at_trace_n_inner(site->frames, site->n_frames)
                                   * sizeof site->frames[0]);
    }
    return size;
}

static uint64_t number_of(const struct at_site_stats_table *table, const struct at_call_site *site)
{
    for (size_t i = 0; site && i < table->n_sites; i++)
        if (table->sites[i].site == site)
            return i + 1;
    return 0;
}

static struct at_handover_head head_of(struct at_region *region, const char *why)
{
    struct at_handover_head head = {
        .usage = at_region_settle(region, why),
        .n_sites = region->site_stats.n_sites,
        .frames_bytes = frames_bytes(&region->site_stats),
        .n_peaks = region->n_peaks,
        .n_unsited = region->n_unsited,
        .unsited = region->unsited,
        .before = region->before,
        .unobserved_size = why ? at_handover_padded(strlen(why) + 1) : 0,
    };
    for (int i = 0; i < AT_N_METRICS; i++)
        head.crossed[i] = number_of(&region->site_stats, region->crossed[i]);
    at_loaded_each(count_object, &head.n_objects);
    return head;
}

static bool write_held(struct at_area *area, struct at_region *region, const char *why,
                       uint64_t *where, uint64_t *size)
{
    const struct at_handover_head head = head_of(region, why);
    size_t bytes = sizeof head + head.n_sites * sizeof(struct at_handover_site) + head.frames_bytes
                   + head.unobserved_size;
    at_loaded_each(measure_object, &bytes);
    unsigned char *at = at_area_take(area, bytes, where);
    if (!at)
        return false;
    *size = bytes;
    memcpy(at, &head, sizeof head);
    at += sizeof head;
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        at = write_site(at, &region->site_stats.sites[i]);
    at_loaded_each(write_object, &at);
    if (why)
        memcpy(at, why, strlen(why) + 1);
    return true;
}

bool at_handover_write(struct at_area *area, struct at_region *region, uint64_t *where,
                       uint64_t *size)
{
    const char *why = region->unobserved;
    if (region->open)
        at_observed_settle(&why);
    bool entered = at_tracker_hold();
    bool written = write_held(area, region, why, where, size);
    at_tracker_unhold(entered);
    return written;
}
