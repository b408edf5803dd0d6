/* SPDX-License-Identifier: MIT */
/*
 * Which location of one run is which location of another. Code moves between runs, so locations are
 * matched by what has not changed: the strongest common evidence first. The text of the source line
 * is stronger than the metrics, and the metrics are stronger than the number of the line.
 *
 * 1. The same function, file and text. If a function has several such lines, they keep their order.
 * 2. The same file and text: a function was renamed, or a line moved to another function.
 * 3. The same function and text: a file was renamed, or a function moved to another file.
 * 4. The same text anywhere, if each run has it once, or if the metrics are equal too.
 * 5. The same function and file, between the lines that are matched already: a line was edited, or
 *    texts are unknown. Equal metrics outweigh an equal number of the line.
 * 6. The same file, number of the line and metrics. Without texts, also the same file and metrics,
 *    or file and number.
 * 7. The same function, in another file.
 * 8. The same function and file, and the same text, number of the line or metrics, but another
 *    allocating function: calloc replaced malloc, or a compiler names a function of C++ in another
 *    way. Or the same file and text: a type was renamed that the names of both functions contain.
 * In all other steps, the allocating function must be equal.
 *
 * In steps 2 to 4 and 8, and for metrics alone, the two runs must have equally many such locations
 * that are not matched yet.
 */
#ifndef AT_RESULTS_LOCATION_MATCH_H
#define AT_RESULTS_LOCATION_MATCH_H

#include "results/location.h"

/* For each location of a run: 1 + the index of its match in the other run; 0 without a match. */
struct at_location_matches {
    size_t *of_base, *of_head;
};

/* Match the sorted locations of two runs. Release the result with at_locations_match_free(). */
struct at_location_matches at_locations_match(const struct at_location *base, size_t n_base,
                                              const struct at_location *head, size_t n_head);
void at_locations_match_free(struct at_location_matches *matches);

#endif
