/* SPDX-License-Identifier: MIT */
/*
 * The compiler includes this file first when it compiles the plugin for the preload object.
 *
 * References to Criterion are weak, so the preload object also loads into a program without
 * Criterion. The hooks, and the functions that replace those of Criterion, have other names here.
 * runner/preloaded.c and worker/preloaded.c call them, unless the program has a plugin of its own.
 */
#ifndef CRITERION_ALLOC_SHARED_WEAK_H
#define CRITERION_ALLOC_SHARED_WEAK_H

#define _GNU_SOURCE
#define CRITERION_ALLOC_PRELOADED true

#include <alloc_tracker/criterion.h>

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <criterion/output.h>

#pragma weak cri_asserts_passed_incr
#pragma weak criterion_continue_test
#pragma weak criterion_current_suite
#pragma weak criterion_current_test
#pragma weak criterion_options

#define criterion_abort_test preloaded_abort_test
#define criterion_add_output preloaded_add_output
#define criterion_internal_test_main preloaded_test_main
#define criterion_internal_test_setup preloaded_test_setup
#define criterion_internal_test_teardown preloaded_test_teardown
#define criterion_register_output_provider preloaded_register_output_provider
#define criterion_send_assert preloaded_send_assert
#define cri_assert_node_send preloaded_node_send

AT_API void preloaded_abort_test(void);
AT_API int preloaded_add_output(const char *provider, const char *path);
AT_API void preloaded_test_main(void (*fn)(void));
AT_API void preloaded_test_setup(void);
AT_API void preloaded_test_teardown(void);
AT_API int preloaded_register_output_provider(const char *name, criterion_reporter *reporter);
AT_API void preloaded_send_assert(struct criterion_assert_stats *stats);
AT_API void preloaded_node_send(const char *file, size_t line, struct cri_assert_node *tree);
void preloaded_hook_PRE_ALL(struct criterion_test_set *set);
void preloaded_hook_ASSERT(struct criterion_assert_stats *stats);
void preloaded_hook_POST_ALL(struct criterion_global_stats *all);

#undef ReportHook
#define ReportHook(Kind) void preloaded_hook_##Kind

#endif
