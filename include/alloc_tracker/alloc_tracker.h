/* SPDX-License-Identifier: MIT */
/*
 * The whole public interface of the core. Linking the library is what puts it in place: it defines
 * the malloc family and forwards to the allocator beneath.
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
