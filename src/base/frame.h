/* SPDX-License-Identifier: MIT */
/*
 * A frame pointer for single functions, in files that are compiled without frame pointers.
 * Sanitizers follow frame pointers to capture the stack of an allocation. In a function without one
 * that stack would end.
 */
#ifndef AT_BASE_FRAME_H
#define AT_BASE_FRAME_H

/* Write this in the body of a function: gcc and clang then give the function a frame pointer. */
#define AT_KEEP_FRAME_POINTER() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))

#endif
