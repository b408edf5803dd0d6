/* SPDX-License-Identifier: MIT */
/*
 * A breakpoint instruction. A debugger stops in the function that contains AT_TRAP(), and can
 * continue afterwards.
 */
#ifndef AT_BASE_TRAP_H
#define AT_BASE_TRAP_H

#if defined(__x86_64__) || defined(__i386__)
#define AT_TRAP() __asm__ volatile("int3")
#elif defined(__aarch64__)
#define AT_TRAP() __asm__ volatile("brk #0")
#else
#include <signal.h>
#define AT_TRAP() raise(SIGTRAP)
#endif

#endif
