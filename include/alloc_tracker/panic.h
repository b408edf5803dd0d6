/* SPDX-License-Identifier: MIT */
/*
 * Stopping at the very next allocation, wherever in the process it is made.
 */
#ifndef ALLOC_TRACKER_PANIC_H
#define ALLOC_TRACKER_PANIC_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * Arms (true) or disarms (false) a one-shot trap for the whole process. The next call of malloc,
 * calloc, realloc, reallocarray, aligned_alloc, memalign, posix_memalign, valloc or pvalloc, by any
 * thread, first disarms the trap, then prints its call site with the source text and the stack to
 * standard error, then ends the process through the panic handler. Releases do not fire, nor does
 * what Criterion or this library allocates. Costs nothing while unarmed.
 *
 * With ALLOC_TRACKER_TRAP=1 in the environment a breakpoint instruction is executed instead of the
 * handler, so that a debugger stops with the caller within its first frames.
 *
 * Thread-safe. May be called in a signal handler.
 */
AT_API void at_panic_on_next_alloc(bool enabled);

/*
 * Replaces what ends a panic; NULL restores the default, abort(). `handler` runs inside the
 * allocation that fired, on that thread, after the message was printed, and may itself allocate.
 * If it returns, the allocation goes on. Thread-safe; returns the handler that it replaces, or NULL
 * for the default.
 */
typedef void at_panic_handler(void);
AT_API at_panic_handler *at_set_panic_handler(at_panic_handler *handler);

AT_END_DECLS

#endif
