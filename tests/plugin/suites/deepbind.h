/* SPDX-License-Identifier: MIT */
/*
 * Objects whose allocations the library cannot observe, opened at any time. A test `hidden_...`
 * must not pass. A test `seen_...` is similar, and passes.
 * The environment has the paths of: WORK, with a function work() that allocates; LINK, a symbolic
 * link to it; LAZY, the same, bound at the first call; OUTER, which only needs WORK; COPIES, whose
 * work() calls strdup(). Compiled as C and as C++.
 */
#include <alloc_tracker/criterion.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef void *work_function(void);

static void *volatile sink;
static void *handle;

/* Open an object, as a plugin loader of the user would. */
static work_function *load(const char *variable, int mode)
{
    handle = dlopen(getenv(variable), mode);
    return handle ? (work_function *) dlsym(handle, "work") : NULL;
}

static work_function *load_hidden(void)
{
    work_function *work = load("WORK", RTLD_NOW | RTLD_DEEPBIND);
    cr_assert(work != NULL);
    return work;
}

static work_function *before;

static void load_before(void)
{
    before = load_hidden();
}

static void work_and_release(work_function *work)
{
    sink = work();
}

Test(deepbind, hidden_statement)
{
    work_function *work = load_hidden();
    cr_assert_no_alloc(work_and_release(work));
}

Test(deepbind, hidden_statement_that_opens)
{
    cr_assert_alloc_budget((.frees = at_most(1000)), work_and_release(load_hidden()));
}

Test(deepbind, hidden_block_left_by_exit, .exit_code = 2)
{
    cr_alloc_scope(.allocs = at_most(1000))
    {
        work_and_release(load_hidden());
        exit(2);
    }
}

Test(deepbind, hidden_block)
{
    work_function *work = load_hidden();
    cr_no_alloc_scope
    {
        sink = work();
    }
}

Test(deepbind, hidden_block_that_is_left)
{
    work_function *work = load_hidden();
    for (int i = 0; i < 1; i++) {
        cr_alloc_scope(.allocs = at_most(0))
        {
            sink = work();
            break;
        }
    }
}

Test(deepbind, hidden_criterion)
{
    work_function *work = load_hidden();
    cr_assert(no_alloc(work_and_release(work)));
}

Test(deepbind, hidden_criterion_not)
{
    work_function *work = load_hidden();
    cr_assert(not(no_alloc(work_and_release(work))));
}

Test(deepbind, hidden_criterion_in_not_all)
{
    work_function *work = load_hidden();
    cr_assert(not(all(no_alloc(work_and_release(work)), 1)));
}

Test(deepbind, hidden_criterion_in_not_any)
{
    work_function *work = load_hidden();
    cr_assert(not(any(no_alloc(work_and_release(work)), 0)));
}

Test(deepbind, hidden_criterion_in_all)
{
    work_function *work = load_hidden();
    cr_assert(all(no_alloc(work_and_release(work)), no_leak(work_and_release(work))));
}

Test(deepbind, hidden_criterion_in_none)
{
    work_function *work = load_hidden();
    cr_assert(none(no_alloc(work_and_release(work)), no_leak(work_and_release(work))));
}

Test(deepbind, hidden_criterion_in_any)
{
    work_function *work = load_hidden();
    cr_assert(any(no_alloc(work_and_release(work)), no_leak(work_and_release(work))));
}

Test(deepbind, hidden_budget, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    work_and_release(load_hidden());
}

Test(deepbind, hidden_budget_set_after)
{
    work_function *work = load_hidden();
    cr_set_alloc_budget(.allocs = at_most(0));
    sink = work();
}

Test(deepbind, hidden_before, .init = load_before, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    sink = before();
}

static void unload(void)
{
    dlclose(handle);
}

/* Leaks are compared with the limit after the fixture. */
Test(deepbind, hidden_in_fixture, .fini = unload, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    work_and_release(load_hidden());
}

Test(deepbind, hidden_and_closed, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    work_and_release(load_hidden());
    dlclose(handle);
}

static void *open_in_thread(void *arg)
{
    work_and_release(load_hidden());
    return arg;
}

Test(deepbind, hidden_thread, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    pthread_t thread;
    cr_assert(pthread_create(&thread, NULL, open_in_thread, NULL) == 0);
    pthread_join(thread, NULL);
}

Test(deepbind, hidden_dependency, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(load("OUTER", RTLD_NOW | RTLD_DEEPBIND) != NULL);
}

Test(deepbind, hidden_lazy, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    work_and_release(load("LAZY", RTLD_LAZY | RTLD_DEEPBIND));
}

Test(deepbind, hidden_after_one_that_was_loaded, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(dlopen("libc.so.6", RTLD_NOW | RTLD_DEEPBIND) != NULL);
    work_and_release(load_hidden());
}

Test(deepbind, hidden_after_one_was_closed, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(load("LAZY", RTLD_LAZY) != NULL);
    cr_assert(dlopen("libc.so.6", RTLD_NOW | RTLD_DEEPBIND) != NULL);
    dlclose(handle);
    work_and_release(load_hidden());
}

Test(deepbind, hidden_namespace, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    void *space = dlmopen(LM_ID_NEWLM, getenv("WORK"), RTLD_NOW);
    cr_assert(space != NULL);
    work_and_release((work_function *) dlsym(space, "work"));
}

Test(deepbind, hidden_sweep)
{
    work_function *work = load_hidden();
    cr_alloc_failure_sweep()
    {
        sink = work();
    }
}

Test(deepbind, seen_without_any_limit)
{
    work_and_release(load_hidden());
}

Test(deepbind, seen_loaded_already, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(dlopen("libc.so.6", RTLD_NOW | RTLD_DEEPBIND) != NULL);
    sink = malloc(10);
}

Test(deepbind, seen_loaded_already_by_a_link, .data = cr_alloc_budget(.allocs = at_least(1)))
{
    cr_permit_alloc
    {
        cr_assert(load("WORK", RTLD_NOW) != NULL);
        before = load("LINK", RTLD_NOW | RTLD_DEEPBIND);
    }
    cr_assert_alloc_budget((.allocs = at_exactly(1)), work_and_release(before));
}

Test(deepbind, seen_then_another, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(dlopen("libc.so.6", RTLD_NOW | RTLD_DEEPBIND) != NULL);
    work_and_release(load("WORK", RTLD_NOW));
}

Test(deepbind, seen_missing, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(dlopen("/does/not/exist.so", RTLD_NOW | RTLD_DEEPBIND) == NULL);
    cr_assert(dlmopen(LM_ID_NEWLM, "/does/not/exist.so", RTLD_NOW) == NULL);
}

Test(deepbind, seen_through_libc)
{
    work_function *work = load("COPIES", RTLD_NOW | RTLD_DEEPBIND);
    cr_assert_alloc_budget((.allocs = at_exactly(1)), work_and_release(work));
}

Test(deepbind, seen_lazy_never_called, .data = cr_alloc_budget(.leaks = at_most(1000)))
{
    cr_assert(load("LAZY", RTLD_LAZY | RTLD_DEEPBIND) != NULL);
}

Test(deepbind, seen_in_the_first_namespace)
{
    void *first = dlmopen(LM_ID_BASE, getenv("WORK"), RTLD_NOW);
    work_function *work = (work_function *) dlsym(first, "work");
    cr_assert_alloc_budget((.allocs = at_exactly(1)), work_and_release(work));
}
