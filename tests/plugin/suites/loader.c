/* SPDX-License-Identifier: MIT */
/*
 * Code that is opened at run time. The loader's allocations for lazy binding are not counted for
 * the test. Those for the first use of a thread-local variable are.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include <alloc_tracker/criterion.h>

static void *volatile sink;
static void *(*plugin_alloc)(size_t size);
static int (*plugin_call_lazily)(int n);
static int (*plugin_touch_local)(void);

static void load(void)
{
    void *helper = dlopen(getenv("HELPER"), RTLD_LAZY | RTLD_GLOBAL);
    void *plugin = dlopen(getenv("PLUGIN"), RTLD_LAZY | RTLD_LOCAL);
    if (!helper || !plugin)
        abort();
    plugin_alloc = (void *(*) (size_t)) dlsym(plugin, "plugin_alloc");
    plugin_call_lazily = (int (*)(int)) dlsym(plugin, "plugin_call_lazily");
    plugin_touch_local = (int (*)(void)) dlsym(plugin, "plugin_touch_local");
}

TestSuite(loader, .init = load);

Test(loader, fail_plugin)
{
    cr_assert_no_alloc(sink = plugin_alloc(30));
}

/* The loader records that the plugin depends on the helper. This allocation is permitted.
 */
Test(loader, pass_lazy_binding)
{
    struct at_counters before = at_thread_counters();
    cr_assert_no_alloc(plugin_call_lazily(3));
    struct at_counters after = at_thread_counters();
    cr_assert_eq(after.allocs - before.allocs, 1);
}

Test(loader, fail_first_touch_of_a_thread_local)
{
    cr_assert_no_alloc(plugin_touch_local());
}

Test(loader, pass_second_touch)
{
    plugin_touch_local();
    cr_assert_no_alloc(plugin_touch_local());
}

Test(loader, fail_dlopen)
{
    cr_assert_no_alloc(sink = dlopen("libm.so.6", RTLD_LAZY)); /* HERE fail_dlopen */
}
