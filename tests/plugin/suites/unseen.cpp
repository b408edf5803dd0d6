/* SPDX-License-Identifier: MIT */
#include "unobserved.h"
