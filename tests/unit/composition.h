/* SPDX-License-Identifier: MIT */
/* The expected composition of the peak and of the end of a region, by the functions that allocate.
 */
#ifndef COMPOSITION_H
#define COMPOSITION_H

#include "regions.h"
#include "symbols/lookup.h"

/* The call sites whose stacks contain `function`. */
struct part {
    const char *function;
    struct at_site_part peak, live;
};

#define NOT_INLINED static __attribute__((noinline))

/* Return from a function that has a frame of its own (a tail call would replace the frame) and that
   is not equal to any other (gcc would use one function for both). */
#define RETURN_BLOCK(Block)                                                                        \
    do {                                                                                           \
        volatile int line_ = __LINE__;                                                             \
        void *volatile block_ = (Block);                                                           \
        (void) line_;                                                                              \
        return block_;                                                                             \
    } while (0)

static inline bool is_in_stack(struct at_lookup *known, const struct at_site *site,
                               const char *function)
{
    for (size_t i = 0; i < site->n_frames; i++) {
        size_t n = 0;
        const struct at_trace_row *rows = at_lookup_rows(known, site->frames[i], 0, &n);
        for (size_t j = 0; j < n; j++)
            if (strcmp(rows[j].function, function) == 0)
                return true;
    }
    return false;
}

static inline void add_part(struct at_site_part *sum, uint64_t count, uint64_t bytes)
{
    sum->count += count;
    sum->bytes += bytes;
}

static inline void expect_part(const char *function, const char *when, struct at_site_part expected,
                               struct at_site_part seen)
{
    cr_expect_eq(seen.count, expected.count, "%s, %s: %lld blocks, expected %lld", function, when,
                 (long long) seen.count, (long long) expected.count);
    cr_expect_eq(seen.bytes, expected.bytes, "%s, %s: %lld bytes, expected %lld", function, when,
                 (long long) seen.bytes, (long long) expected.bytes);
}

/* Check that the parts of all call sites, of blocks from before the region and of blocks without a
   call site add up. */
static inline void expect_sums(const struct at_region *region)
{
    struct at_site_part peak = at_region_site_at_peak(region, &region->unsited);
    struct at_site_part live = { region->unsited.live_count, region->unsited.live_bytes };
    for (size_t i = 0; i < at_region_n_sites(region); i++) {
        struct at_site site;
        cr_assert_eq(at_region_site(region, i, &site), AT_OK);
        add_part(&peak, site.peak_count, site.peak_bytes);
        add_part(&live, site.live_count, site.live_bytes);
    }
    cr_expect_eq((int64_t) peak.bytes + at_region_before_at_peak(region), region->usage.peak);
    cr_expect_eq((int64_t) live.bytes + at_region_before_at_end(region), region->usage.live);
}

/* End the region and check its composition: `parts`, and no other. */
static inline void expect_composition(struct at_region *region, const struct part *parts, size_t n)
{
    struct part seen[8] = { { 0 } };
    struct at_lookup known = { 0 };
    at_region_end(region);
    for (size_t i = 0; i < at_region_n_sites(region); i++) {
        struct at_site site;
        cr_assert_eq(at_region_site(region, i, &site), AT_OK);
        size_t j = 0;
        while (j < n && !is_in_stack(&known, &site, parts[j].function))
            j++;
        add_part(&seen[j].peak, site.peak_count, site.peak_bytes);
        add_part(&seen[j].live, site.live_count, site.live_bytes);
    }
    for (size_t j = 0; j < n; j++) {
        expect_part(parts[j].function, "peak", parts[j].peak, seen[j].peak);
        expect_part(parts[j].function, "end", parts[j].live, seen[j].live);
    }
    expect_part("others", "peak", (struct at_site_part){ 0, 0 }, seen[n].peak);
    expect_part("others", "end", (struct at_site_part){ 0, 0 }, seen[n].live);
    expect_sums(region);
    at_lookup_free(&known);
}

#define EXPECT_COMPOSITION(Region, ...)                                                            \
    do {                                                                                           \
        const struct part parts_[] = { __VA_ARGS__ };                                              \
        expect_composition(Region, parts_, sizeof parts_ / sizeof parts_[0]);                      \
    } while (0)

#endif
