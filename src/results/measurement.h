/* SPDX-License-Identifier: MIT */
/*
 * A region as members of a test in a results file (docs/results.schema.json): its usage and its
 * call sites. Uses no malloc, except to demangle C++ names; the caller has suspended tracking.
 */
#ifndef AT_RESULTS_MEASUREMENT_H
#define AT_RESULTS_MEASUREMENT_H

#include "base/text.h"
#include "symbols/source_lines.h"
#include "track/region.h"

/*
 * Append members "usage", "frames", "sites" and "dropped" of a region that has ended and whose
 * leaks were found. Call sites with equal stacks are one. `sources` has the source files that were
 * read for other regions. Without memory, `text` is marked as truncated.
 */
void at_measurement_add(struct at_text *text, const struct at_region *region,
                        struct at_source_lines *sources);

#endif
