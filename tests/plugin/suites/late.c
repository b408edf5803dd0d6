/* SPDX-License-Identifier: MIT */
#include "late.h"
