/* SPDX-License-Identifier: MIT */
/*
 * The section of a baseline to compare with when there is none for the environment of a run, for
 * example after an upgrade of the compiler or of libc.
 */
#ifndef AT_RESULTS_NEAREST_H
#define AT_RESULTS_NEAREST_H

#include "results/baseline.h"

/*
 * Return the nearest section of another environment; NULL if none is near. A section is near if
 * only the versions of libc and of the compiler differ. The nearest one has the closest version of
 * libc, then the closest version of the compiler, number by number. Of two versions that
 * are equally close, the older one counts as closer.
 */
struct at_section *at_baseline_nearest(const struct at_baseline *baseline,
                                       const struct at_environment *environment);

#endif
