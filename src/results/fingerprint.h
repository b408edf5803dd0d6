/* SPDX-License-Identifier: MIT */
/*
 * The environment of a run: the facts beside the code that its metrics depend on. Runs in different
 * environments cannot be compared.
 */
#ifndef AT_RESULTS_FINGERPRINT_H
#define AT_RESULTS_FINGERPRINT_H

#include "base/text.h"
#include "results/build_facts.h"

/* Append the object of member "environment" of a results file. Uses no malloc. */
void at_fingerprint_add(struct at_text *text, const struct at_build_facts *facts);

#endif
