/* SPDX-License-Identifier: MIT */
/* The reader of handover.h, in the process that reports. */
#include <string.h>

#include "attribution/foreign.h"
#include "base/pages.h"
#include "results/handover.h"
#include "results/handover_format.h"

/* The bytes that have not been read yet. */
struct input {
    const unsigned char *at;
    uint64_t size;
};

/* Return the next `size` bytes; NULL if there are fewer. */
static const void *take_bytes(struct input *input, uint64_t size)
{
    const void *taken = input->at;
    if (size > input->size)
        return NULL;
    input->at += size;
    input->size -= size;
    return taken;
}

/* An object of the other process, and the distance to its addresses in this one. */
struct shifted {
    uint64_t start;
    uint64_t end;
    uint64_t shift;
    uint32_t epoch;
};

struct reading {
    struct at_handover_head head;
    struct shifted *objects; /* the newest first */
    const char *unobserved;  /* in the bytes */
    struct at_region *region;
    unsigned char *sites; /* memory for the next site */
    uint64_t frames_left; /* bytes of memory for frames */
};

static bool read_object(struct input *input, struct shifted *shifted)
{
    const struct at_handover_object *object = take_bytes(input, sizeof *object);
    const char *path = object ? take_bytes(input, object->path_size) : NULL;
    if (!path || object->path_size == 0 || path[object->path_size - 1] != '\0'
        || object->end <= object->start)
        return false;
    struct at_module module = {
        .path = path,
        .base = (uintptr_t) object->base,
        .start = (uintptr_t) object->start,
        .end = (uintptr_t) object->end,
        .owner = (enum at_owner) object->owner,
        .program = object->program,
        .loader = object->loader,
    };
    uintptr_t shift;
    if (!at_foreign_add(&module, object->identity, &shift))
        return false;
    *shifted = (struct shifted){ object->start, object->end, shift, object->epoch };
    return true;
}

/* Read the objects, which follow the sites. */
static bool read_objects(struct reading *reading, struct input input)
{
    uint64_t n = reading->head.n_objects;
    if (n > input.size / sizeof(struct at_handover_object)
        || reading->head.n_sites > input.size / sizeof(struct at_handover_site)
        || !take_bytes(&input, reading->head.n_sites * sizeof(struct at_handover_site))
        || !take_bytes(&input, reading->head.frames_bytes))
        return false;
    reading->objects = at_pages_new((n + 1) * sizeof *reading->objects);
    for (uint64_t i = 0; reading->objects && i < n; i++)
        if (!read_object(&input, &reading->objects[i]))
            return false;
    if (reading->head.unobserved_size == 0)
        return reading->objects != NULL;
    reading->unobserved = take_bytes(&input, reading->head.unobserved_size);
    return reading->objects && reading->unobserved
           && reading->unobserved[reading->head.unobserved_size - 1] == '\0';
}

static uintptr_t translate(const struct reading *reading, uintptr_t address, uint32_t epoch)
{
    for (uint64_t i = 0; i < reading->head.n_objects; i++) {
        const struct shifted *object = &reading->objects[i];
        if (object->epoch <= epoch && address >= object->start && address < object->end)
            return address + (uintptr_t) object->shift;
    }
    return address;
}

static bool read_site(struct reading *reading, struct input *input, struct at_site_stats *stats)
{
    struct at_handover_site from; /* a copy, since the bytes may not be aligned for it */
    const void *bytes = take_bytes(input, sizeof from);
    if (!bytes)
        return false;
    memcpy(&from, bytes, sizeof from);
    size_t size = at_handover_padded(from.n_frames * sizeof(uintptr_t));
    const uintptr_t *frames = size <= reading->frames_left ? take_bytes(input, size) : NULL;
    if (!frames || from.function > AT_ALLOCATOR_FREE)
        return false;
    struct at_call_site *site = (struct at_call_site *) (void *) reading->sites;
    *site = (struct at_call_site){
        .n_frames = from.n_frames,
        .function = from.function,
        .counted = from.counted,
        .end = from.end,
        .runtime_owned = from.runtime_owned,
        .suppressed = from.suppressed,
    };
    for (uint32_t i = 0; i < from.n_frames; i++)
        site->frames[i] = translate(reading, frames[i], from.epoch ? from.epoch : UINT32_MAX);
    reading->sites += sizeof *site + size;
    reading->frames_left -= size;
    *stats = from.stats;
    stats->site = site;
    return true;
}

/* Return the size of the memory that has the region, its statistics and its call sites. */
static size_t size_of(uint64_t n_sites, uint64_t frames)
{
    return sizeof(struct at_region)
           + n_sites * (sizeof(struct at_site_stats) + sizeof(struct at_call_site)) + frames;
}

static bool read_region(struct reading *reading, struct input *input)
{
    const struct at_handover_head *head = &reading->head;
    struct at_region *region = at_pages_new(size_of(head->n_sites, head->frames_bytes));
    reading->region = region;
    if (!region)
        return false;
    region->usage = head->usage;
    region->n_peaks = head->n_peaks;
    region->n_unsited = head->n_unsited;
    region->unsited = head->unsited;
    region->before = head->before;
    region->unobserved = reading->unobserved;
    region->options.sites = true;
    region->site_stats.n_sites = head->n_sites;
    region->site_stats.capacity = head->frames_bytes; /* for at_handover_free() */
    region->site_stats.sites = (struct at_site_stats *) (region + 1);
    reading->sites = (unsigned char *) (region->site_stats.sites + head->n_sites);
    reading->frames_left = head->frames_bytes;
    for (uint64_t i = 0; i < head->n_sites; i++)
        if (!read_site(reading, input, &region->site_stats.sites[i]))
            return false;
    for (int i = 0; i < AT_N_METRICS; i++)
        if (head->crossed[i] > 0 && head->crossed[i] <= head->n_sites)
            region->crossed[i] = region->site_stats.sites[head->crossed[i] - 1].site;
    return true;
}

struct at_region *at_handover_read(const void *bytes, uint64_t size)
{
    struct input input = { bytes, size };
    struct reading reading = { .region = NULL };
    const void *head = take_bytes(&input, sizeof reading.head);
    if (!head)
        return NULL;
    memcpy(&reading.head, head, sizeof reading.head); /* the bytes may not be aligned for it */
    bool done = read_objects(&reading, input) && read_region(&reading, &input);
    if (reading.objects)
        at_pages_free(reading.objects, (reading.head.n_objects + 1) * sizeof *reading.objects);
    if (!done)
        at_handover_free(reading.region);
    return done ? reading.region : NULL;
}

void at_handover_free(struct at_region *region)
{
    if (region)
        at_pages_free(region, size_of(region->site_stats.n_sites, region->site_stats.capacity));
}
