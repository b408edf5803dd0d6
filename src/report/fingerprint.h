/* SPDX-License-Identifier: MIT */
/*
 * What allocation figures depend on besides the code: two runs with different fingerprints are not
 * to be compared.
 */
#ifndef AT_REPORT_FINGERPRINT_H
#define AT_REPORT_FINGERPRINT_H

#include "base/text.h"

/*
 * Appends the object of member "environment" of a results file. The compiler is the one that left
 * its name in the program; `optimization` is "none", "speed" or "size", or NULL where it is not
 * known. Uses no malloc.
 */
void at_fingerprint_add(struct at_text *text, const char *optimization);

#endif
