/* SPDX-License-Identifier: MIT */
/* The object "environment" of results and baselines: reading and writing. */
#ifndef AT_RESULTS_ENVIRONMENT_H
#define AT_RESULTS_ENVIRONMENT_H

#include "base/json_scan.h"
#include "results/results.h"

/* Read an object with the first `n_fields` members, each of them required. */
bool at_environment_read(struct at_scan *scan, struct at_pool *pool, size_t n_fields,
                         struct at_environment *environment);

/* Append the first `n_fields` as an object. */
void at_environment_write(struct at_text *text, const struct at_pool *pool, size_t n_fields,
                          const struct at_environment *environment);

#endif
