/* SPDX-License-Identifier: MIT */
#include "unseen.h"
