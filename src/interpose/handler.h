/* SPDX-License-Identifier: MIT */
/*
 * C++'s new handler, called for operator new(std::nothrow): what it throws must not leave.
 */
#ifndef AT_INTERPOSE_HANDLER_H
#define AT_INTERPOSE_HANDLER_H

#include <stdbool.h>

typedef void at_new_handler(void);

/* Calls the handler; false where it threw, and the exception is gone. */
bool at_handler_returns(at_new_handler *handler);

#endif
