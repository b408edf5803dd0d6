/* SPDX-License-Identifier: MIT */
/* See operators.h. */
#define _GNU_SOURCE
#include "interpose/operators.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attribution/module.h"
#include "base/object.h"
#include "base/symbols.h"
#include "interpose/underlying.h"

enum { MAX_SCOPE = 64 };

unsigned at_operators_state;

/* No object that was loaded at start defines operator new. */
static bool without_runtime;

static bool is_runtime(const void *address)
{
    struct at_module module;
    return at_module_find((uintptr_t) address, &module) && module.owner == AT_OWNER_RUNTIME;
}

static bool is_replacement(const void *definition)
{
    return definition && !is_runtime(definition) && !at_underlying_contains(definition);
}

enum at_operators_state at_operators_resolve(void)
{
    at_underlying_resolve();
    bool shared = at_underlying.sanitized || !at_malloc_is_ours();
    bool found = false;
    for (struct at_operator *op = at_operators; op->name; op++) {
        void *next = at_symbol_next(op->name);
        found |= next != NULL;
        op->next = at_underlying.sanitized || is_replacement(next) ? next : NULL;
        shared |= op->next || op->linked != op->own;
    }
    without_runtime = !found;
    enum at_operators_state state = shared ? AT_OPERATORS_SHARED : AT_OPERATORS_OURS;
    __atomic_store_n(&at_operators_state, state, __ATOMIC_RELEASE);
    return state;
}

void at_operators_expect_object(void)
{
    if (__atomic_load_n(&at_operators_state, __ATOMIC_ACQUIRE) == AT_OPERATORS_UNKNOWN)
        at_operators_resolve();
    if (without_runtime)
        __atomic_store_n(&at_operators_state, AT_OPERATORS_SCOPED, __ATOMIC_RELEASE);
}

static bool find_object(const void *address, struct at_object *object)
{
    struct at_module module;
    bool found = at_module_find((uintptr_t) address, &module) && at_object_first(object);
    while (found && object->map->l_addr != module.base)
        found = at_object_next(object);
    return found;
}

static bool find_named(const char *soname, struct at_object *object)
{
    bool found = at_object_first(object);
    while (found && !(object->soname && strcmp(object->soname, soname) == 0))
        found = at_object_next(object);
    return found;
}

/* Append the objects that `object` needs and that are not in the list yet. Return the new number.
 */
static size_t add_needed(const struct at_object *object, struct at_object list[MAX_SCOPE], size_t n)
{
    for (const ElfW(Dyn) *entry = object->map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != DT_NEEDED || n == MAX_SCOPE
            || !find_named(object->strings + entry->d_un.d_val, &list[n]))
            continue;
        size_t i = 0;
        while (list[i].map != list[n].map)
            i++;
        n += i == n;
    }
    return n;
}

/* Find a definition in the scope of the opened object with `caller`: the object itself, the objects
   that it needs, and the objects that they need. */
static void *find_in_scope(const char *name, const void *caller)
{
    struct at_object scope[MAX_SCOPE];
    size_t n = find_object(caller, &scope[0]);
    for (size_t i = 0; i < n; i++) {
        void *found = at_object_symbol(&scope[i], name);
        if (found)
            return found;
        n = add_needed(&scope[i], scope, n);
    }
    return NULL;
}

void *at_operators_next(const struct at_operator *op, const void *caller)
{
    if (op->next || __atomic_load_n(&at_operators_state, __ATOMIC_ACQUIRE) != AT_OPERATORS_SCOPED)
        return op->next;
    void *found = find_in_scope(op->name, caller);
    return found != op->own && is_replacement(found) ? found : NULL;
}

static bool is_symbolic(const struct at_object *object)
{
    bool symbolic = false;
    for (const ElfW(Dyn) *entry = object->map->l_ld; entry->d_tag != DT_NULL; entry++)
        symbolic |= entry->d_tag == DT_SYMBOLIC
                    || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_SYMBOLIC);
    return symbolic;
}

/* Return true if code may call this definition. All objects call the first definition in the
   process. An object linked with -Bsymbolic calls its own. If no object that was loaded at start
   has a definition, opened objects may call any. */
static bool is_reached(const struct at_object *object, const char *name, const void *definition)
{
    if (definition == at_symbol(name))
        return true;
    return !at_underlying_contains(definition) && (is_symbolic(object) || without_runtime);
}

static const char *delete_name(int form)
{
    static const char *const names[] = { "_ZdlPv", "_ZdaPv", "_ZdlPvSt11align_val_t",
                                         "_ZdaPvSt11align_val_t" };
    return names[(form & AT_FORM_ARRAY) + (form & AT_FORM_ALIGNED ? 2 : 0)];
}

static const struct at_operator *find_operator(const char *name)
{
    const struct at_operator *op = at_operators;
    while (strcmp(op->name, name) != 0)
        op++;
    return op;
}

/* Append the object's definitions. Of the C++ runtime's definitions only one is tried. */
static size_t collect_from(const struct at_object *object, struct at_way ways[AT_MAX_WAYS],
                           size_t n)
{
    for (int form = 0; form < AT_N_FORMS && n < AT_MAX_WAYS; form++) {
        const struct at_operator *op = &at_operators[form];
        void *get = at_object_symbol(object, op->name);
        bool foreign = get && !is_runtime(get);
        if (!get || get == op->linked || get == op->own || (!foreign && form)
            || !is_reached(object, op->name, get))
            continue;
        void *put = at_object_symbol(object, delete_name(form));
        ways[n++] = (struct at_way){
            .form = form,
            .foreign = foreign,
            .get = get,
            .put = put ? put : (void *) find_operator(delete_name(form))->linked,
        };
    }
    return n;
}

/* Return the definition that a message names: this library's may only forward to another one. */
static const void *serving(const struct at_operator *op)
{
    return op->linked == op->own && op->next ? op->next : op->linked;
}

size_t at_operators_collect(struct at_way ways[AT_MAX_WAYS], size_t n)
{
    unsigned state = __atomic_load_n(&at_operators_state, __ATOMIC_ACQUIRE);
    if (!state)
        state = at_operators_resolve();
    if (at_underlying.sanitized)
        return n; /* its hooks report what its operators do */
    for (int form = 0; form < AT_N_FORMS; form++)
        ways[n++] = (struct at_way){
            .form = form,
            .foreign = state == AT_OPERATORS_SHARED,
            .get = (void *) serving(&at_operators[form]),
            .put = (void *) find_operator(delete_name(form))->linked,
        };
    struct at_object object;
    for (bool more = at_object_first(&object); more; more = at_object_next(&object))
        n = collect_from(&object, ways, n);
    return n;
}
