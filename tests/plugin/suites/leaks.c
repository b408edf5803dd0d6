/* SPDX-License-Identifier: MIT */
#include "leaks.h"
