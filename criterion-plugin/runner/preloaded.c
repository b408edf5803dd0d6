/* SPDX-License-Identifier: MIT */
/*
 * The plugin in a suite that does not know of it. What replaces Criterion's functions and hooks in
 * a linked plugin is behind these here (see weak.h): where the suite has linked a plugin, that one
 * works, and these only pass on. Either is asked for its output as by --output=alloc:FILE, so that
 * `alloc-tracker run -- ./tests` has results of each test.
 */
#undef criterion_abort_test
#undef criterion_add_output
#undef criterion_internal_test_main
#undef criterion_internal_test_setup
#undef criterion_internal_test_teardown
#undef criterion_register_output_provider
#undef criterion_send_assert
#undef cri_assert_node_send
#undef ReportHook
#define ReportHook(Kind) CR_REPORT_HOOK_IMPL(Kind)

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "preload/preload.h"

/* What suites and libcriterion call. */
AT_API void criterion_abort_test(void);
AT_API int criterion_add_output(const char *provider, const char *path);
AT_API void criterion_internal_test_main(void (*fn)(void)) __attribute__((alias("test_main")));
AT_API void criterion_internal_test_setup(void);
AT_API void criterion_internal_test_teardown(void);
AT_API int criterion_register_output_provider(const char *name, criterion_reporter *reporter);
AT_API void criterion_send_assert(struct criterion_assert_stats *stats);
AT_API void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree);
AT_API struct criterion_test_set *criterion_initialize(void);
AT_API int criterion_run_all_tests(struct criterion_test_set *set);

static void test_main(void (*fn)(void));

/* Is no other plugin before this one? An exported name would mean the other's here too. */
static bool is_in_front(void)
{
    return dlsym(RTLD_DEFAULT, "criterion_internal_test_main") == (void *) test_main;
}

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        abort();
    return function;
}

void criterion_abort_test(void)
{
    if (is_in_front())
        preloaded_abort_test();
    ((void (*)(void)) next("criterion_abort_test"))();
    abort(); /* it does not return */
}

int criterion_add_output(const char *provider, const char *path)
{
    if (is_in_front())
        return preloaded_add_output(provider, path);
    return ((int (*)(const char *, const char *)) next("criterion_add_output"))(provider, path);
}

static void test_main(void (*fn)(void))
{
    if (is_in_front())
        preloaded_test_main(fn);
    else
        ((void (*)(void (*)(void))) next("criterion_internal_test_main"))(fn);
}

void criterion_internal_test_setup(void)
{
    if (is_in_front())
        preloaded_test_setup();
    else
        ((void (*)(void)) next("criterion_internal_test_setup"))();
}

void criterion_internal_test_teardown(void)
{
    if (is_in_front())
        preloaded_test_teardown();
    else
        ((void (*)(void)) next("criterion_internal_test_teardown"))();
}

int criterion_register_output_provider(const char *name, criterion_reporter *reporter)
{
    if (is_in_front())
        return preloaded_register_output_provider(name, reporter);
    return ((int (*)(const char *, criterion_reporter *)) next(
        "criterion_register_output_provider"))(name, reporter);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (is_in_front())
        preloaded_send_assert(stats);
    else
        ((void (*)(struct criterion_assert_stats *)) next("criterion_send_assert"))(stats);
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree)
{
    if (is_in_front()) {
        preloaded_node_send(file, line, tree);
        return;
    }
    ((void (*)(const char *, size_t, struct cri_assert_node *)) next("cri_assert_node_send"))(
        file, line, tree);
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

/* Every suite's main() calls this first. */
struct criterion_test_set *criterion_initialize(void)
{
    struct criterion_test_set *set =
        ((struct criterion_test_set * (*) (void) ) next("criterion_initialize"))();
    int (*add_output)(const char *, const char *) =
        (int (*)(const char *, const char *)) dlsym(RTLD_DEFAULT, "criterion_add_output");
    char path[PATH_MAX];
    if (add_output && at_preload_suite_path(path))
        add_output("alloc", path);
    return set;
}

/* It does not call this one if it is asked for help or a list. */
int criterion_run_all_tests(struct criterion_test_set *set)
{
    at_preload_suite_runs();
    return ((int (*)(struct criterion_test_set *)) next("criterion_run_all_tests"))(set);
}
