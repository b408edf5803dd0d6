/* SPDX-License-Identifier: MIT */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif
/* Uses the macro that USE names, and releases `before`, of 100 bytes. Weak: a program may have no
   definition. */
extern void use_macro(char *before) __attribute__((weak));
#ifdef __cplusplus
}
#endif
