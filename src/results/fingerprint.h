/* SPDX-License-Identifier: MIT */
/*
 * What allocation figures depend on besides the code: two runs with different fingerprints are not
 * to be compared.
 */
#ifndef AT_RESULTS_FINGERPRINT_H
#define AT_RESULTS_FINGERPRINT_H

#include "base/text.h"
#include "results/build_facts.h"

/* Append the object of member "environment" of a results file. Uses no malloc. */
void at_fingerprint_add(struct at_text *text, const struct at_build_facts *facts);

#endif
