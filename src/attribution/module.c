/* SPDX-License-Identifier: MIT */
/* See module.h. */
#include "attribution/module.h"

#include <string.h>

#include "base/mapping.h"
#include "base/symbols.h"
#include "unwind/capture.h"

static const struct at_module_name runtime_names[] = {
    { "ld-linux", AT_OWNER_RUNTIME },   { "ld-musl", AT_OWNER_RUNTIME },
    { "ld64.", AT_OWNER_RUNTIME },      { "linux-vdso.", AT_OWNER_RUNTIME },
    { "libasan.", AT_OWNER_RUNTIME },   { "libatomic.", AT_OWNER_RUNTIME },
    { "libc++.", AT_OWNER_RUNTIME },    { "libc++abi.", AT_OWNER_RUNTIME },
    { "libc.", AT_OWNER_RUNTIME },      { "libclang_rt.", AT_OWNER_RUNTIME },
    { "libdl.", AT_OWNER_RUNTIME },     { "libgcc_s.", AT_OWNER_RUNTIME },
    { "liblsan.", AT_OWNER_RUNTIME },   { "libm.", AT_OWNER_RUNTIME },
    { "libmvec.", AT_OWNER_RUNTIME },   { "libpthread.", AT_OWNER_RUNTIME },
    { "libresolv.", AT_OWNER_RUNTIME }, { "librt.", AT_OWNER_RUNTIME },
    { "libstdc++.", AT_OWNER_RUNTIME }, { "libtsan.", AT_OWNER_RUNTIME },
    { "libubsan.", AT_OWNER_RUNTIME },  { "libunwind.", AT_OWNER_RUNTIME },
};

static const struct at_module_names runtime = {
    .names = runtime_names,
    .n_names = sizeof runtime_names / sizeof runtime_names[0],
};

static const struct at_module_names *added; /* atomic: the last list that was added */

static const void *tls_get_addr;

struct at_module at_module_loader;

void at_module_add_names(struct at_module_names *names)
{
    names->next = __atomic_load_n(&added, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&added, &names->next, names, 0, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        continue;
}

static bool find_owner(const struct at_module_names *list, const char *name, enum at_owner *owner)
{
    for (size_t i = 0; i < list->n_names; i++) {
        const char *prefix = list->names[i].prefix;
        if (strncmp(name, prefix, strlen(prefix)) == 0) {
            *owner = list->names[i].owner;
            return true;
        }
    }
    return false;
}

/* Set the owner, and whether the module is the loader, from the module's path. */
static void classify(struct at_module *module)
{
    const char *slash = strrchr(module->path, '/');
    const char *name = slash ? slash + 1 : module->path;
    module->loader = strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.", 5) == 0;
    module->owner = AT_OWNER_USER;
    if (find_owner(&runtime, name, &module->owner))
        return;
    const struct at_module_names *list = __atomic_load_n(&added, __ATOMIC_ACQUIRE);
    while (list && !find_owner(list, name, &module->owner))
        list = list->next;
}

bool at_module_find(uintptr_t address, struct at_module *module)
{
    struct at_mapping mapping;
    if (!at_mapping_find(address, &mapping))
        return false;
    *module = (struct at_module){
        .path = mapping.path,
        .base = mapping.base,
        .start = mapping.start,
        .end = mapping.end,
        .program = !mapping.path[0],
    };
    classify(module);
    return true;
}

/* Return true if the loader was called to bind a symbol lazily, from the frame `caller`. Code
   outside libc calls the loader for a lazy binding or for a thread-local variable. The allocation
   of a variable is the user's. */
static bool is_lazy_binding(uintptr_t loader_frame, const struct at_module *caller)
{
    return tls_get_addr && caller->owner != AT_OWNER_RUNTIME
           && at_stack_function(loader_frame) != tls_get_addr;
}

bool at_attribution_counts(const uintptr_t *frames, size_t n_frames)
{
    bool neutral = false;
    bool in_loader = false;
    for (size_t i = 0; i < n_frames; i++) {
        struct at_module module;
        if (!at_module_find(frames[i], &module))
            return true;
        if (in_loader && !module.loader && is_lazy_binding(frames[i - 1], &module))
            return false;
        in_loader = module.loader;
        if (module.owner == AT_OWNER_USER)
            return true;
        if (module.owner == AT_OWNER_FRAMEWORK)
            return false;
        neutral |= module.owner == AT_OWNER_NEUTRAL;
    }
    return !neutral;
}

/* Return true if the frames decide whether the allocation is counted: more frames change nothing.
 */
static bool are_enough_frames(const struct at_stack *stack)
{
    for (size_t i = 0; i < stack->n_frames; i++) {
        struct at_module module;
        if (!at_module_find(stack->frames[i], &module) || module.owner == AT_OWNER_USER
            || module.owner == AT_OWNER_FRAMEWORK)
            return true;
    }
    return stack->end != AT_STACK_CUT;
}

bool at_attribution_counts_caller(const void *caller)
{
    enum { USUALLY_ENOUGH = 6 };
    struct at_stack stack;
    stack.n_frames = 1;
    stack.frames[0] = (uintptr_t) caller - 1;
    stack.end = AT_STACK_CUT;
    if (!are_enough_frames(&stack))
        at_stack_capture_some(&stack, caller, USUALLY_ENOUGH);
    if (!are_enough_frames(&stack))
        at_stack_capture_some(&stack, caller, AT_STACK_MAX);
    return at_attribution_counts(stack.frames, stack.n_frames);
}

/* Return true if nothing called the code at `return_address`: libc makes the first frame of a
   context (makecontext()) so that it returns to the start of a function. */
static bool starts_function(uintptr_t return_address)
{
    uintptr_t inside = return_address + 1; /* the unwinder looks at the byte before */
    return at_stack_unwinder_function(inside) == (const void *) return_address;
}

enum at_stack_end at_module_stack_end(enum at_stack_end end, uintptr_t last)
{
    struct at_module module;
    if (end != AT_STACK_LOST)
        return end;
    if (at_module_find(last, &module) && module.owner == AT_OWNER_RUNTIME
        && starts_function(last + 1))
        return AT_STACK_WHOLE;
    return at_stack_has_table(last) ? AT_STACK_BAD_TABLE : AT_STACK_NO_TABLE;
}

void at_module_start(void)
{
    tls_get_addr = at_symbol("__tls_get_addr");
    if (tls_get_addr)
        at_module_find((uintptr_t) tls_get_addr, &at_module_loader);
}
