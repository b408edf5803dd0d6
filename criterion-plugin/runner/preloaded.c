/* SPDX-License-Identifier: MIT */
/*
 * The plugin's runner in the preload object, for a suite that was not linked with the plugin (see
 * shared/weak.h). The functions of Criterion that the plugin replaces, and its hooks, are defined
 * here. If the suite has linked a plugin, that plugin works, and these definitions only forward. In
 * both cases Criterion is asked for an output, as by --output=alloc:FILE, so that
 * `alloc-tracker run -- ./tests` has results of each test.
 */
#undef criterion_add_output
#undef criterion_register_output_provider
#undef ReportHook
#define ReportHook(Kind) CR_REPORT_HOOK_IMPL(Kind)

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "preload/preload.h"

/* Suites and libcriterion call these functions. */
AT_API int criterion_add_output(const char *provider, const char *path)
    __attribute__((alias("add_output")));
AT_API int criterion_register_output_provider(const char *name, criterion_reporter *reporter);
AT_API struct criterion_test_set *criterion_initialize(void);
AT_API int criterion_run_all_tests(struct criterion_test_set *set);

static int add_output(const char *provider, const char *path);

/* Return whether this plugin is the one that works: no other plugin's definitions come first. */
static bool is_in_front(void)
{
    return dlsym(RTLD_DEFAULT, "criterion_add_output") == (void *) add_output;
}

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        abort();
    return function;
}

static int add_output(const char *provider, const char *path)
{
    if (is_in_front())
        return preloaded_add_output(provider, path);
    return ((int (*)(const char *, const char *)) next("criterion_add_output"))(provider, path);
}

int criterion_register_output_provider(const char *name, criterion_reporter *reporter)
{
    if (is_in_front())
        return preloaded_register_output_provider(name, reporter);
    return ((int (*)(const char *, criterion_reporter *)) next(
        "criterion_register_output_provider"))(name, reporter);
}

ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
    if (is_in_front())
        preloaded_hook_PRE_ALL(set);
}

ReportHook(ASSERT)(struct criterion_assert_stats *stats)
{
    if (is_in_front())
        preloaded_hook_ASSERT(stats);
}

ReportHook(POST_ALL)(struct criterion_global_stats *all)
{
    if (is_in_front())
        preloaded_hook_POST_ALL(all);
}

static int find_criterion(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    (void) arg;
    return strstr(info->dlpi_name, "libcriterion.") != NULL;
}

/* Without dlsym(), which would keep an error message that no program frees. */
static bool is_loaded(void)
{
    return dl_iterate_phdr(find_criterion, NULL);
}

static __attribute__((constructor(AT_PRELOAD_FRAMEWORK))) void start(void)
{
    static const struct at_preload_framework criterion = { .is_loaded = is_loaded };
    at_preload_set_framework(&criterion);
}

/* The main() of every suite calls this function first. */
struct criterion_test_set *criterion_initialize(void)
{
    struct criterion_test_set *set =
        ((struct criterion_test_set * (*) (void) ) next("criterion_initialize"))();
    int (*add)(const char *, const char *) =
        (int (*)(const char *, const char *)) dlsym(RTLD_DEFAULT, "criterion_add_output");
    char path[PATH_MAX];
    if (add && at_preload_suite_path(path))
        add("alloc", path);
    return set;
}

/* main() does not call this function if it is asked for help or for a list of tests. */
int criterion_run_all_tests(struct criterion_test_set *set)
{
    at_preload_suite_runs();
    return ((int (*)(struct criterion_test_set *)) next("criterion_run_all_tests"))(set);
}
