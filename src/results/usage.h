/* SPDX-License-Identifier: MIT */
/* Member "usage" of a test. May be called inside an allocation: the writers use no malloc. */
#ifndef AT_RESULTS_USAGE_H
#define AT_RESULTS_USAGE_H

#include <stdint.h>

#include "alloc_tracker/region.h"
#include "base/text.h"
#include "results/names.h"

/* Store the members of `usage`, indexed by enum at_usage_member. */
void at_usage_get_values(const struct at_usage *usage, int64_t values[AT_USAGE_MEMBERS]);

/* Append member "usage"; null if `values` is NULL, which means that nothing was measured. */
void at_usage_add_values(struct at_text *text, const int64_t *values);

/* The same for a region's usage. */
void at_usage_add(struct at_text *text, const struct at_usage *usage);

#endif
