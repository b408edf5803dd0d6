/* SPDX-License-Identifier: MIT */
/*
 * The check of the loaded Criterion. All versions of Criterion have the same soname, and the plugin
 * reads and writes Criterion's structures. With another layout of these structures a test could
 * pass without being measured, so such a run ends before its first test.
 */
#ifndef CRITERION_ALLOC_RUNNER_ABI_H
#define CRITERION_ALLOC_RUNNER_ABI_H

#include <stdbool.h>

#include "base/text.h"

struct criterion_test_set;

/*
 * Return whether the plugin can be used with the loaded Criterion. If not, append the reason and
 * the remedy to `error`. Set `*garbles` if Criterion's files lose characters beyond ASCII. Call
 * this function in the runner, before the first test; it runs a child process.
 */
bool criterion_alloc_abi_check(const struct criterion_test_set *set, bool *garbles,
                               struct at_text *error);

#endif
