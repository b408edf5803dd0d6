/* SPDX-License-Identifier: MIT */
/*
 * Is the loaded Criterion one that the plugin can be used with? All versions have the same soname,
 * and the plugin reads and writes Criterion's structures. With another layout a test could pass
 * that was not measured, so such a run ends before its first test.
 */
#ifndef CRITERION_ALLOC_RUNNER_ABI_H
#define CRITERION_ALLOC_RUNNER_ABI_H

#include <stdbool.h>

#include "base/text.h"

struct criterion_test_set;

/*
 * Check it in the runner, before the first test. Return false, with the reason and the remedy in
 * `error`, if it is not. Set `*garbles` if Criterion's files lose characters beyond ASCII.
 */
bool criterion_alloc_abi_check(const struct criterion_test_set *set, bool *garbles,
                               struct at_text *error);

#endif
