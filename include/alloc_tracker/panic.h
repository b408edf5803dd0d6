/* SPDX-License-Identifier: MIT */
/*
 * Stop the process at its next allocation, and print the call site.
 *
 * For a program that must not allocate after its start: arm the trap when the start is complete.
 */
#ifndef ALLOC_TRACKER_PANIC_H
#define ALLOC_TRACKER_PANIC_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * Arm (true) or disarm (false) a trap for the whole process, which fires once.
 *
 * The trap fires at the next allocation of any thread: by the malloc family, operator new,
 * at_note_alloc() or at_allocator_alloc(). It disarms itself, prints the call site with source text
 * and stack to standard error, and calls the panic handler, which by default is abort(). Releases
 * do not fire it, nor do allocations of a test framework or of this library. A trap that is not
 * armed costs nothing.
 *
 * With ALLOC_TRACKER_TRAP=1 in the environment, a breakpoint instruction is executed instead of the
 * handler, so that a debugger stops with the caller among its first frames.
 *
 * Thread-safe. May be called inside an allocation and in a signal handler.
 */
AT_API void at_panic_on_next_alloc(bool enabled);

/*
 * Set the function that ends a panic, and return the previous one, or NULL for the default. NULL
 * restores the default, abort().
 *
 * `handler` runs on the thread whose allocation fired the trap, inside that allocation, after the
 * message was printed. It may allocate. If it returns, the allocation continues.
 *
 * Thread-safe. May be called inside an allocation and in a signal handler.
 */
typedef void at_panic_handler(void);
AT_API at_panic_handler *at_set_panic_handler(at_panic_handler *handler);

AT_END_DECLS

#endif
