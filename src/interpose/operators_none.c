/* SPDX-License-Identifier: MIT */
/*
 * See operators.h. In fully static programs, and on machines whose size_t is unsigned int, this
 * library has no operators. The program calls its own, or those of the C++ runtime.
 */
#include "interpose/operators.h"

#include <limits.h>
#include <stdint.h>

#include "attribution/module.h"

#if SIZE_MAX == ULONG_MAX && SIZE_MAX > UINT_MAX
#define NEW(Rest) _Znwm##Rest
#define NEW_ARRAY(Rest) _Znam##Rest
#else
#define NEW(Rest) _Znwj##Rest
#define NEW_ARRAY(Rest) _Znaj##Rest
#endif

#define WEAK __attribute__((weak))

void NEW()(void) WEAK;
void NEW_ARRAY()(void) WEAK;
void NEW(RKSt9nothrow_t)(void) WEAK;
void NEW_ARRAY(RKSt9nothrow_t)(void) WEAK;
void NEW(St11align_val_t)(void) WEAK;
void NEW_ARRAY(St11align_val_t)(void) WEAK;
void NEW(St11align_val_tRKSt9nothrow_t)(void) WEAK;
void NEW_ARRAY(St11align_val_tRKSt9nothrow_t)(void) WEAK;
void _ZdlPv(void) WEAK;
void _ZdaPv(void) WEAK;
void _ZdlPvSt11align_val_t(void) WEAK;
void _ZdaPvSt11align_val_t(void) WEAK;

void at_operators_expect_object(void)
{
}

size_t at_operators_collect(struct at_way ways[AT_MAX_WAYS], size_t n)
{
    const struct at_way all[] = {
        { .get = (void *) NEW(), .put = (void *) _ZdlPv },
        { .get = (void *) NEW_ARRAY(), .put = (void *) _ZdaPv },
        { .get = (void *) NEW(RKSt9nothrow_t), .put = (void *) _ZdlPv },
        { .get = (void *) NEW_ARRAY(RKSt9nothrow_t), .put = (void *) _ZdaPv },
        { .get = (void *) NEW(St11align_val_t), .put = (void *) _ZdlPvSt11align_val_t },
        { .get = (void *) NEW_ARRAY(St11align_val_t), .put = (void *) _ZdaPvSt11align_val_t },
        { .get = (void *) NEW(St11align_val_tRKSt9nothrow_t),
          .put = (void *) _ZdlPvSt11align_val_t },
        { .get = (void *) NEW_ARRAY(St11align_val_tRKSt9nothrow_t),
          .put = (void *) _ZdaPvSt11align_val_t },
    };
    for (int form = 0; form < AT_N_FORMS; form++) {
        if (!all[form].get)
            continue;
        struct at_module module;
        ways[n] = all[form];
        ways[n].form = form;
        ways[n].foreign =
            !at_module_find((uintptr_t) all[form].get, &module) || module.owner != AT_OWNER_RUNTIME;
        n++;
    }
    return n;
}
