/* SPDX-License-Identifier: MIT */
/*
 * The text of macro arguments, as the preprocessor's # operator makes it: split at commas like the
 * preprocessor, searched for the fields of a budget, and shown as the source has it. A macro that
 * passes a budget on to another macro gets it with at_most() and its siblings expanded.
 */
#ifndef AT_VERDICT_MACRO_TEXT_H
#define AT_VERDICT_MACRO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Return the length of the first argument of `arguments`: the bytes before the first comma outside
   parentheses and literals. */
size_t at_macro_text_first(const char *arguments);

/* Return whether the initialisers of a budget, which may be in parentheses, set the field `name`.
 */
bool at_macro_text_sets(const char *initialisers, const char *name);

/* Append the first `length` bytes of `source`, with each limit as at_most(n), at_least(n) or
   at_exactly(n). */
void at_macro_text_add(struct at_text *text, const char *source, size_t length);

/* Append the initialisers of a budget, with each limit as at_most(n), at_least(n) or at_exactly(n),
   and `.warn = true` for `.warn = 1`, its expansion in C. */
void at_macro_text_add_budget(struct at_text *text, const char *initialisers);

#endif
