/* SPDX-License-Identifier: MIT */
/*
 * The compiler conditionals of every other header, so that those read as prose.
 */
#ifndef ALLOC_TRACKER_ATTRIBUTES_H
#define ALLOC_TRACKER_ATTRIBUTES_H

#ifdef __cplusplus
#define AT_BEGIN_DECLS extern "C" {
#define AT_END_DECLS }
#else
#define AT_BEGIN_DECLS
#define AT_END_DECLS
#endif

/* A symbol that other objects, shared libraries included, may use. */
#define AT_API __attribute__((visibility("default")))

/* Argument `Format` is a printf format whose arguments start at `First`. */
#define AT_PRINTF(Format, First) __attribute__((format(printf, Format, First)))

#endif
