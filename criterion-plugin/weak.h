/* SPDX-License-Identifier: MIT */
/*
 * Included before everything else when the plugin is compiled for preloading: the loader then does
 * not miss Criterion in a program that has none.
 */
#ifndef CRITERION_ALLOC_WEAK_H
#define CRITERION_ALLOC_WEAK_H

#pragma weak cri_asserts_passed_incr
#pragma weak criterion_continue_test
#pragma weak criterion_current_suite
#pragma weak criterion_current_test
#pragma weak criterion_options
#pragma weak criterion_register_output_provider

#endif
