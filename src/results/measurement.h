/* SPDX-License-Identifier: MIT */
/*
 * A region as part of a results file (docs/results.schema.json): what happened in it, and where.
 */
#ifndef AT_RESULTS_MEASUREMENT_H
#define AT_RESULTS_MEASUREMENT_H

#include "base/text.h"
#include "symbols/trace.h"
#include "track/region.h"

/* How a site's stack is to be shown; false without memory. */
typedef bool at_measurement_tracer(struct at_trace *trace, struct at_lookup *known,
                                   const struct at_call_site *site);

/* As the stack is: at_trace_site(), not in full. */
bool at_measurement_trace(struct at_trace *trace, struct at_lookup *known,
                          const struct at_call_site *site);

/*
 * Appends members "usage", "frames", "sites" and "dropped" of a region that has ended, with its
 * leaks found. Sites whose stacks read the same are one. Uses no malloc, but for C++ names. The
 * caller has suspended tracking.
 */
void at_measurement_add(struct at_text *text, const struct at_region *region,
                        at_measurement_tracer *trace);

#endif
