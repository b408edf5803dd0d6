/* SPDX-License-Identifier: MIT */
/*
 * A frame pointer for one function, in files that are compiled without: sanitizers read the stacks
 * of allocations along frame pointers, and their reports would end where one is missing.
 */
#ifndef AT_BASE_FRAME_H
#define AT_BASE_FRAME_H

/* In the body of a function: gcc and clang then give that function a frame pointer. */
#define AT_KEEP_FRAME_POINTER() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))

#endif
