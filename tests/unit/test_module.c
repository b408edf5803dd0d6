/* SPDX-License-Identifier: MIT */
/* attribution/module.h: whether an allocation is counted, by the owners of the frames of its stack.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "attribution/module.h"
#include "attribution/site.h"

static void user_code(void)
{
}

static uintptr_t in_user(void)
{
    return (uintptr_t) user_code;
}

static uintptr_t in(const char *function)
{
    uintptr_t address = (uintptr_t) dlsym(RTLD_DEFAULT, function);
    cr_assert(address, "%s", function);
    return address;
}

Test(module, the_innermost_frame_of_user_or_framework_decides)
{
    const uintptr_t libc = in("strdup"), criterion = in("criterion_run_all_tests"),
                    nanomsg = in("nn_socket"), ffi = in("ffi_call"), user = in_user();
    const struct {
        uintptr_t frames[3];
        size_t n;
        bool counts;
    } cases[] = {
        { { user }, 1, true },
        { { libc, user, criterion }, 3, true },
        { { libc, criterion, user }, 3, false },
        { { criterion, user }, 2, false },
        { { libc }, 1, true }, /* a thread of libc: in doubt its allocations count */
        { { libc, nanomsg, libc }, 3, false },
        { { libc, ffi, criterion }, 3, false },
        { { ffi, user }, 2, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(at_attribution_counts(cases[i].frames, cases[i].n), cases[i].counts,
                     "case %zu", i);
}

/* More callers than the cache can store at a time, so they replace each other. */
Test(module, each_caller_has_its_own_owner)
{
    enum { N_CALLERS = 5000 };
    const char *criterion = (const char *) in("criterion_run_all_tests");
    struct at_stack_cache *cache = NULL;
    size_t n_user = 0, n_criterion = 0;
    for (size_t i = 1; i <= N_CALLERS; i++) {
        n_user += at_site_is_counted(&cache, (const char *) in_user() + i % 64);
        n_criterion += at_site_is_counted(&cache, criterion + i);
    }
    cr_assert_eq(n_user, N_CALLERS);
    cr_assert_eq(n_criterion, 0);
}

static const void *the_middle_of(const char *function)
{
    return (const char *) in(function) + 1;
}

Test(module, a_name_that_was_added_decides)
{
    static const struct at_module_name name = { "libc.", AT_OWNER_NEUTRAL },
                                       other = { "libcriterion.", AT_OWNER_NEUTRAL };
    static struct at_module_names names = { .names = &other, .n_names = 1 },
                                  runtime = { .names = &name, .n_names = 1 };
    struct at_module module;
    cr_assert(at_module_find((uintptr_t) the_middle_of("criterion_run_all_tests"), &module));
    cr_assert_eq(module.owner, AT_OWNER_FRAMEWORK);
    at_module_add_names(&names);
    cr_assert(at_module_find((uintptr_t) the_middle_of("criterion_run_all_tests"), &module));
    cr_expect_eq(module.owner, AT_OWNER_NEUTRAL, "the last list comes first");
    at_module_add_names(&runtime);
    cr_assert(at_module_find((uintptr_t) the_middle_of("strdup"), &module));
    cr_expect_eq(module.owner, AT_OWNER_RUNTIME, "the core's own names come before");
    cr_assert(at_module_find((uintptr_t) the_middle_of("ffi_call"), &module));
    cr_expect_eq(module.owner, AT_OWNER_NEUTRAL, "the other lists remain");
}
