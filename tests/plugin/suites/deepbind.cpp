/* SPDX-License-Identifier: MIT */
#include "deepbind.h"
