/* SPDX-License-Identifier: MIT */
#include "parameters.h"
