/* SPDX-License-Identifier: MIT */
/*
 * All public headers of the core. A program that links the library needs no call to start it: the
 * library defines the malloc family, counts each call, and forwards it to the underlying allocator.
 */
#ifndef ALLOC_TRACKER_H
#define ALLOC_TRACKER_H

#include <alloc_tracker/allocator.h>
#include <alloc_tracker/budget.h>
#include <alloc_tracker/counters.h>
#include <alloc_tracker/failure.h>
#include <alloc_tracker/observable.h>
#include <alloc_tracker/panic.h>
#include <alloc_tracker/permit.h>
#include <alloc_tracker/region.h>
#include <alloc_tracker/report.h>
#include <alloc_tracker/session.h>
#include <alloc_tracker/status.h>
#include <alloc_tracker/suppress.h>

#endif
