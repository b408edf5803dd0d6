/* SPDX-License-Identifier: MIT */
#include "aborted.h"
