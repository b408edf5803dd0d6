/* SPDX-License-Identifier: MIT */
/*
 * Stop the process at its next allocation, and print the call site.
 *
 * Use this in a program that must not allocate after its start: arm the panic when the start is
 * complete.
 */
#ifndef ALLOC_TRACKER_PANIC_H
#define ALLOC_TRACKER_PANIC_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * Arm (true) or disarm (false) the panic of the process.
 *
 * An armed panic occurs at the next allocation of any thread: by the malloc family, operator new,
 * at_note_alloc() or at_allocator_alloc(). The library disarms the panic, so it occurs only once.
 * The library then prints the call site with source text and stack to standard error, and calls the
 * panic handler, which by default is abort(). Releases cause no panic, nor do allocations of a test
 * framework or of this library. A panic that is not armed costs nothing.
 *
 * If the environment variable ALLOC_TRACKER_TRAP is 1, the library executes a breakpoint
 * instruction instead of the handler, so that a debugger stops with the caller among its first
 * frames.
 *
 * Thread-safe. May be called inside an allocation and in a signal handler.
 */
AT_API void at_panic_on_next_alloc(bool enabled);

/*
 * Set the function that ends a panic, and return the previous one, or NULL for the default. NULL
 * restores the default, abort().
 *
 * `handler` runs on the thread whose allocation caused the panic, inside that allocation, after
 * the message was printed. It may allocate. If it returns, the allocation continues.
 *
 * Thread-safe. May be called inside an allocation and in a signal handler.
 */
typedef void at_panic_handler(void);
AT_API at_panic_handler *at_set_panic_handler(at_panic_handler *handler);

AT_END_DECLS

#endif
