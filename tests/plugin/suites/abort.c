/* SPDX-License-Identifier: MIT */
#include "abort.h"
