/* SPDX-License-Identifier: MIT */
/* The blocks of a C file, which no cleanup leaves: see blocks.c. */
#ifndef BLOCKS_H
#define BLOCKS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Blocks in which `leave` is called; the first two allow one allocation. */
void in_scope(void (*leave)(void));
void in_statement(void (*leave)(void));
void in_sweep(void (*leave)(void));

#ifdef __cplusplus
}
#endif

#endif
