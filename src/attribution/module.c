/* SPDX-License-Identifier: MIT */
/* See module.h. */
#define _GNU_SOURCE
#include "attribution/module.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

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

#if defined(DLFO_STRUCT_HAS_EH_DBASE)

static bool find(uintptr_t address, struct at_module *module)
{
    struct dl_find_object found;
    if (_dl_find_object((void *) address, &found) != 0)
        return false;
    module->path = found.dlfo_link_map->l_name;
    module->base = found.dlfo_link_map->l_addr;
    module->start = (uintptr_t) found.dlfo_map_start;
    module->end = (uintptr_t) found.dlfo_map_end;
    return true;
}

#else

struct search {
    uintptr_t address;
    struct at_module *module;
    bool past_program; /* which comes first, and which musl calls by argv[0] */
};

static int visit(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    struct search *search = arg;
    struct at_module module = { .base = info->dlpi_addr, .start = UINTPTR_MAX };
    module.path = search->past_program ? info->dlpi_name : "";
    search->past_program = true;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD)
            continue;
        if (start < module.start)
            module.start = start;
        if (start + header->p_memsz > module.end)
            module.end = start + header->p_memsz;
    }
    if (search->address < module.start || search->address >= module.end)
        return 0;
    *search->module = module;
    return 1;
}

static bool find(uintptr_t address, struct at_module *module)
{
    struct search search = { .address = address, .module = module };
    return dl_iterate_phdr(visit, &search) == 1;
}

#endif

bool at_module_find(uintptr_t address, struct at_module *module)
{
    if (!find(address, module))
        return false;
    if (!module->path)
        module->path = "";
    module->program = !module->path[0];
    module->gone = module->unreadable = false;
    classify(module);
    return true;
}

/* Code outside libc reaches the loader directly for a thread-local variable, which is the user's
   doing, or through a lazy binding, which is the loader's own. */
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

static bool decides(const struct at_stack *stack)
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
    if (!decides(&stack))
        at_stack_capture_some(&stack, caller, USUALLY_ENOUGH);
    if (!decides(&stack))
        at_stack_capture_some(&stack, caller, AT_STACK_MAX);
    return at_attribution_counts(stack.frames, stack.n_frames);
}

void at_module_start(void)
{
    tls_get_addr = at_symbol("__tls_get_addr");
    if (tls_get_addr)
        at_module_find((uintptr_t) tls_get_addr, &at_module_loader);
}
