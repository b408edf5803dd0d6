/* SPDX-License-Identifier: MIT */
/*
 * The plugin's worker in the preload object, for a suite that was not linked with the plugin: see
 * runner/preloaded.c.
 */
#undef criterion_abort_test
#undef criterion_internal_test_main
#undef criterion_internal_test_setup
#undef criterion_internal_test_teardown
#undef criterion_send_assert
#undef cri_assert_node_send

#include <dlfcn.h>
#include <stdlib.h>

/* Suites and libcriterion call these functions. */
AT_API void criterion_abort_test(void);
AT_API void criterion_internal_test_main(void (*fn)(void)) __attribute__((alias("test_main")));
AT_API void criterion_internal_test_setup(void);
AT_API void criterion_internal_test_teardown(void);
AT_API void criterion_send_assert(struct criterion_assert_stats *stats);
AT_API void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree);

static void test_main(void (*fn)(void));

/* Return whether this plugin is the one that works: no other plugin's definitions come first. */
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
