/* SPDX-License-Identifier: MIT */
/* The plugin's blocks, in a C file whose frames may have no cleanup: see blocks.c. */
#ifndef BLOCKS_H
#define BLOCKS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Each calls `leave` inside a block. The first two blocks allow one allocation. */
void in_scope(void (*leave)(void));
void in_statement(void (*leave)(void));
void in_sweep(void (*leave)(void));

#ifdef __cplusplus
}
#endif

#endif
