/* SPDX-License-Identifier: MIT */
/* results/handover.h and base/area.h: the reader returns what was written, and rejects damage. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <alloc_tracker/criterion.h>

#include "attribution/foreign.h"
#include "results/handover.h"
#include "results/handover_format.h"
#include "symbols/lookup.h"

enum { AREA = 4 << 20 };

static void *volatile kept[8];

static int fd = -1;

static struct at_area area_new(size_t capacity)
{
    struct at_area area = { .start = NULL };
    fd = memfd_create("area", 0);
    cr_assert_eq(ftruncate(fd, 65536 + AREA), 0);
    cr_assert(at_area_map(&area, fd, 65536, capacity));
    return area;
}

static struct at_region *measure(void)
{
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    kept[0] = malloc(10);
    for (volatile int i = 1; i < 5; i++) /* not unrolled: one site */
        kept[i] = calloc(1, 20);
    free(kept[1]);
    return region;
}

/* Write a region's bytes into new memory. */
static unsigned char *write_region(struct at_region *region, uint64_t *size)
{
    struct at_area area = area_new(AREA);
    uint64_t where = 0;
    cr_assert(at_handover_write(&area, region, &where, size));
    unsigned char *copy = malloc(*size);
    cr_assert_eq(pread(fd, copy, *size, (off_t) where), (ssize_t) *size);
    return copy;
}

Test(handover, reads_as_it_was_written)
{
    uint64_t size;
    struct at_region *region = measure();
    unsigned char *bytes = write_region(region, &size);
    struct at_region *copy = at_handover_read(bytes, size);
    cr_assert_not_null(copy);
    cr_expect_eq(copy->usage.allocs, 5);
    cr_expect_eq(copy->usage.bytes, 90);
    cr_expect_eq(copy->usage.leaks, 4);
    cr_assert_eq(copy->site_stats.n_sites, 2);
    const struct at_site_stats *entry = &copy->site_stats.sites[1];
    cr_expect_eq(entry->count, 4);
    cr_expect_eq(entry->leaks, 3);
    cr_expect_eq(entry->site->function, AT_CALLOC);
    struct at_lookup known = { 0 };
    size_t n;
    const struct at_trace_row *rows = at_lookup_rows(&known, entry->site->frames[0], 0, &n);
    cr_expect_str_eq(rows[n - 1].function, "measure");
    cr_expect(rows[0].line > 0 && rows[0].program);
    at_lookup_free(&known);
    at_handover_free(copy);
    at_region_free(region);
}

Test(handover, keeps_the_composition_of_the_peak)
{
    uint64_t size;
    void *before = malloc(7);
    struct at_region *region = NULL;
    const struct at_region_options options = { .scope = AT_PROCESS };
    cr_assert_eq(at_region_open(&options, &region), AT_OK);
    kept[0] = malloc(10);
    at_region_want_sites(region);
    kept[1] = malloc(20);
    free(before);
    free(kept[1]);
    kept[2] = calloc(1, 5);
    unsigned char *bytes = write_region(region, &size);
    struct at_region *copy = at_handover_read(bytes, size);
    cr_assert_not_null(copy);
    cr_assert_eq(copy->site_stats.n_sites, 2);
    const struct at_site_stats *sites = copy->site_stats.sites;
    cr_expect_eq(at_region_site_at_peak(copy, &sites[0]).bytes, 20);
    cr_expect_eq(at_region_site_at_peak(copy, &sites[1]).bytes, 0);
    cr_expect_eq(at_region_site_at_peak(copy, &copy->unsited).bytes, 10);
    cr_expect_eq(at_region_before_at_peak(copy), 0);
    cr_expect_eq(sites[0].live_bytes, 0);
    cr_expect_eq(sites[1].live_bytes, 5);
    cr_expect_eq(copy->unsited.live_bytes, 10);
    cr_expect_eq(at_region_before_at_end(copy), -7);
    at_handover_free(copy);
    at_region_free(region);
}

Test(handover, an_ended_region_keeps_its_leaks)
{
    uint64_t size;
    struct at_region *region = measure();
    at_region_find_leaks(region);
    at_region_end(region);
    unsigned char *bytes = write_region(region, &size);
    struct at_region *copy = at_handover_read(bytes, size);
    cr_assert_not_null(copy);
    cr_expect_eq(copy->site_stats.sites[1].leaks, 3);
}

Test(handover, bytes_that_are_cut_are_rejected)
{
    uint64_t size;
    struct at_region *region = measure();
    at_region_end(region);
    unsigned char *bytes = write_region(region, &size);
    for (uint64_t n = 0; n < size; n += 8)
        cr_expect_null(at_handover_read(bytes, n), "%llu of %llu bytes", (unsigned long long) n,
                       (unsigned long long) size);
}

/* Any word may have any value: the reader rejects it, or reads it without harm. */
Test(handover, damaged_bytes_do_no_harm)
{
    uint64_t size;
    struct at_region *region = measure();
    at_region_end(region);
    unsigned char *bytes = write_region(region, &size);
    for (uint64_t n = 0; n < size; n += 4) {
        uint32_t saved;
        const uint32_t damage = 0x7FFFFFF9;
        memcpy(&saved, bytes + n, sizeof saved);
        memcpy(bytes + n, &damage, sizeof damage);
        at_handover_free(at_handover_read(bytes, size));
        memcpy(bytes + n, &saved, sizeof saved);
    }
    cr_expect_not_null(at_handover_read(bytes, size));
}

/* The objects follow the sites. A reader that took them for frames would write beyond its memory.
 */
Test(handover, more_frames_than_announced_are_rejected)
{
    uint64_t size;
    struct at_region *region = measure();
    at_region_end(region);
    unsigned char *bytes = write_region(region, &size);
    struct at_handover_head head;
    struct at_handover_site site;
    memcpy(&head, bytes, sizeof head);
    unsigned char *at = bytes + sizeof head;
    for (uint64_t i = 0; i + 1 < head.n_sites; i++) {
        memcpy(&site, at, sizeof site);
        at += sizeof site + at_handover_padded(site.n_frames * sizeof(uintptr_t));
    }
    memcpy(&site, at, sizeof site);
    site.n_frames++;
    memcpy(at, &site, sizeof site);
    cr_expect_null(at_handover_read(bytes, size));
}

Test(area, grows_up_to_its_capacity_and_no_further)
{
    struct at_area area = area_new(AREA);
    uint64_t where = 0, before = 0;
    for (int i = 0; i < 63; i++) {
        unsigned char *at = at_area_take(&area, 65536, &where);
        cr_assert_not_null(at);
        cr_expect_eq(at[65535], 0);
        at[65535] = 1;
        cr_expect(where >= 65536 + AT_AREA_HEAD && where > before);
        before = where;
    }
    cr_expect_null(at_area_take(&area, 65536, &where));
    cr_expect_null(at_area_take(&area, SIZE_MAX, &where));
    cr_expect_not_null(at_area_take(&area, 64, &where), "what fits still does");
    cr_expect_eq(where, before + 65536);
    unsigned char last = 0;
    cr_expect_eq(pread(fd, &last, 1, (off_t) (before + 65535)), 1);
    cr_expect_eq(last, 1, "it is in the file");
}

Test(area, does_not_grow_without_memory)
{
    struct at_area area = { .start = NULL };
    uint64_t where;
    cr_expect_null(at_area_take(&area, 1, &where));
}

Test(foreign, a_file_of_another_identity_is_not_read)
{
    uintptr_t shift = 0;
    struct at_module own, found;
    cr_assert(at_module_find((uintptr_t) measure, &own));
    uint64_t identity = at_module_identity((const void *) own.start);
    char path[4096] = "";
    cr_assert(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    own.path = path;
    for (uint64_t other = 0; other < 2; other++) {
        cr_assert(at_foreign_add(&own, identity + other, &shift));
        cr_assert(at_foreign_find((uintptr_t) measure + shift, &found));
        cr_expect(found.gone);
        cr_expect_eq(found.unreadable, other != 0);
        cr_expect_eq(found.base, own.base + shift);
    }
}
