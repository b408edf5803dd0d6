/* SPDX-License-Identifier: MIT */
#include "runner/late.h"
