/* SPDX-License-Identifier: MIT */
/*
 * The layout of the bytes of handover.h: the head; the call sites, each with its frames; the
 * objects, the newest first, each with its path; the reason why the region is unobserved. Each part
 * is a multiple of 8 bytes long. Writer and reader are of one build, so there is no version.
 */
#ifndef AT_RESULTS_HANDOVER_FORMAT_H
#define AT_RESULTS_HANDOVER_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "track/region.h"

struct at_handover_head {
    uint64_t n_sites;
    uint64_t n_objects;
    uint64_t frames_bytes; /* of all sites */
    struct at_usage usage;
    uint64_t n_peaks;
    uint64_t n_unsited;
    struct at_site_stats unsited;
    struct at_site_stats before;
    uint64_t unobserved_size;       /* of the reason, with its NUL and padding; 0: none */
    uint64_t crossed[AT_N_METRICS]; /* 1 + the number of the site; 0: none */
};

struct at_handover_site {
    struct at_site_stats stats;
    uint32_t n_frames;
    uint32_t epoch;
    uint16_t function;
    bool counted;
    uint8_t end; /* enum at_stack_end */
    uint8_t runtime_owned;
    bool suppressed;
    uint8_t padding[2];
};

struct at_handover_object {
    uint64_t identity;
    uint64_t base;
    uint64_t start;
    uint64_t end;
    uint32_t epoch;
    uint16_t owner; /* enum at_owner */
    bool program;
    bool loader;
    uint64_t path_size; /* with its NUL and padding */
};

static inline size_t at_handover_padded(size_t size)
{
    return (size + 7) & ~(size_t) 7;
}

#endif
