/* SPDX-License-Identifier: MIT */
/* See hidden.h: in a fully static program this library is part of the program. */
#include "interpose/hidden.h"

size_t at_hidden_collect(struct at_way ways[AT_MAX_WAYS], size_t n)
{
    (void) ways;
    return n;
}
