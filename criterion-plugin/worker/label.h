/* SPDX-License-Identifier: MIT */
/*
 * The name of the running test in messages: "suite::name", or "suite::name[2]" in a test with
 * parameters, as in results.
 */
#ifndef CRITERION_ALLOC_WORKER_LABEL_H
#define CRITERION_ALLOC_WORKER_LABEL_H

#include <stdint.h>

#include "base/text.h"

/* Set the index of the test's parameter. Without a call of this function, the test has none. */
void criterion_alloc_label_set_parameter(int32_t index);

/* Append the name of the test. */
void criterion_alloc_label_add(struct at_text *text);

/* Append " at". Before it, append " in suite::name[2]" if the test has parameters: Criterion prints
   the name of the test, but not the index of its parameter. */
void criterion_alloc_label_add_at(struct at_text *text);

/* Append "suite::name[2]: " if the test has parameters. Otherwise append nothing. */
void criterion_alloc_label_add_prefix(struct at_text *text);

#endif
