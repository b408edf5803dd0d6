/* SPDX-License-Identifier: MIT */
/*
 * A region as members of a test in a results file (docs/results.schema.json): its usage and its
 * call sites. Uses no malloc, except to demangle C++ names; the caller has suspended tracking.
 */
#ifndef AT_RESULTS_MEASUREMENT_H
#define AT_RESULTS_MEASUREMENT_H

#include "base/text.h"
#include "symbols/trace.h"
#include "track/region.h"

/* Resolve the stack of a call site. Return false if there is no memory. */
typedef bool at_measurement_tracer(struct at_trace *trace, struct at_lookup *known,
                                   const struct at_call_site *site);

/* at_trace_site(), not in full. */
at_measurement_tracer at_measurement_trace;

/*
 * Append members "usage", "frames", "sites" and "dropped" of a region that has ended and whose
 * leaks were found. Call sites with equal stacks are one. Without memory, `text` is marked as
 * truncated.
 */
void at_measurement_add(struct at_text *text, const struct at_region *region,
                        at_measurement_tracer *trace);

#endif
