/* SPDX-License-Identifier: MIT */
/*
 * The compiler conditionals that the other headers use.
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

/* A symbol that other objects may use, also shared libraries. */
#define AT_API __attribute__((visibility("default")))

/* Parameter number `Format` is a printf format. Its arguments start at parameter number `First`. */
#define AT_PRINTF(Format, First) __attribute__((format(printf, Format, First)))

#endif
