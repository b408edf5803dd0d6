/* SPDX-License-Identifier: MIT */
/* The criteria in C. */
#include "criteria.h"
