/* SPDX-License-Identifier: MIT */
/*
 * The figures that a gate looks at, and how far each may be above its baseline: "+2" or "+5%".
 */
#ifndef AT_RESULTS_TOLERANCE_H
#define AT_RESULTS_TOLERANCE_H

#include "results/results.h"

enum at_gate { AT_GATE_ALLOCS, AT_GATE_BYTES, AT_GATE_PEAK, AT_GATE_LEAKS, AT_GATES };

extern const char *const at_gate_names[AT_GATES];
extern const enum at_figure at_gate_figures[AT_GATES];

struct at_tolerance {
    bool percent;
    int64_t amount; /* of percent: hundredths */
};

/* Reads "+2", "+5%", "+2.5%"; false if it is none. */
bool at_tolerance_parse(const char *string, struct at_tolerance *tolerance);

/* Reads "allocs+2" into the field of that name; false if it is none. */
bool at_tolerance_parse_named(const char *string, struct at_tolerance tolerances[AT_GATES]);

void at_tolerance_describe(struct at_text *text, const struct at_tolerance *tolerance);

/* The highest figure that is still within. */
int64_t at_tolerance_limit(int64_t figure, const struct at_tolerance *tolerance);

#endif
