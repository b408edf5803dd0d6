/* SPDX-License-Identifier: MIT */
/* The permits in C. */
#include "permit.h"
