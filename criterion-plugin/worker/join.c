/* SPDX-License-Identifier: MIT */
/* See join.h. */
#include "worker/join.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "attribution/unobserved.h"
#include "guard/suppress.h"
#include "symbols/symbolize.h"
#include "verdict/call_sites.h"
#include "verdict/switch.h"
#include "worker/label.h"
#include "worker/message.h"
#include "worker/state_open.h"
#include "worker/worker.h"

/* Apply the run's suppressions. Return false without memory. */
static bool apply_suppressions(struct criterion_alloc_shared *shared)
{
    for (uint32_t i = 0; i < shared->n_suppressions; i++) {
        struct criterion_alloc_suppression *entry = criterion_alloc_shared_suppression(shared, i);
        const char *text = criterion_alloc_shared_string(shared, entry->text);
        if (at_suppress_watched(text, &entry->used) != AT_OK)
            return false;
    }
    if (shared->n_suppressions)
        at_symbolize_prepare(); /* call sites are compared with them while the test runs */
    return true;
}

static const char *find_test(struct criterion_alloc_joined *joined)
{
    struct criterion_alloc_shared *shared = joined->shared;
    const struct criterion_test *test = criterion_current_test;
    if (shared->ascii)
        at_messages_use_ascii();
    uint32_t index = criterion_alloc_shared_find(shared, test->category, test->name);
    if (index == shared->n_entries)
        return "alloc_tracker: the test was registered after the first test started; register it "
               "before the run";
    joined->entry = criterion_alloc_shared_entry(shared, index);
    joined->file = criterion_alloc_shared_string(shared, joined->entry->file);
    joined->line = joined->entry->line;
    if (!apply_suppressions(shared))
        return "alloc_tracker: no memory for the suppressions";
    struct criterion_alloc_worker_slot *own = criterion_alloc_worker_slot_take(shared, index);
    joined->worker_slot = own;
    if (!own)
        return "alloc_tracker: too many tests ended without a verdict: no worker slot is left";
    own->unseen = (uint32_t) __atomic_load_n(&at_unobserved_expected, __ATOMIC_ACQUIRE);
    __atomic_store_n(&at_unobserved_mirror, &own->unseen, __ATOMIC_RELEASE);
    return NULL;
}

static bool is_off;

bool criterion_alloc_is_off(void)
{
    return is_off;
}

const char *criterion_alloc_join(struct criterion_alloc_joined *joined)
{
    const char *unobserved = NULL;
    int fd = -1;
    joined->file = "unknown";
    joined->shared = criterion_alloc_shared_open(&fd, &unobserved);
    is_off = joined->shared ? joined->shared->off
                            : at_switch_parse(getenv("ALLOC_TRACKER")) == AT_SWITCH_OFF;
    if (!joined->shared)
        return is_off ? at_switch_off_reason : unobserved;
    unobserved = find_test(joined);
    criterion_alloc_shared_map_area(joined->shared, fd, joined->worker_slot, &joined->area);
    if (joined->worker_slot)
        criterion_alloc_messages_start(&joined->area, joined->worker_slot->entry);
    return is_off ? at_switch_off_reason : unobserved;
}

/* Return the index behind the parameter, -1 if there is none. */
static int32_t parameter_index(const struct criterion_alloc_entry *entry, const void *parameter)
{
    int32_t index = -1;
    if (entry->parameter_offset && parameter)
        memcpy(&index, (const char *) parameter + entry->parameter_offset, sizeof index);
    return index;
}

/* Return whether the runner must know which parameter the worker has: for results, or because the
   process may end over its budget and pass. Otherwise a user's hook would see a needless assertion.
 */
static bool needs_id(const struct criterion_alloc_joined *joined)
{
    const struct criterion_test_extra_data *data = criterion_current_test->data;
    return joined->shared->wants || data->exit_code || data->signal
           || at_limits_any(&joined->worker_slot->limits);
}

/* Report the worker's id to the runner, once. */
static void send_id(struct criterion_alloc_joined *joined)
{
    if (!__atomic_exchange_n(&joined->worker_slot->is_id_sent, 1, __ATOMIC_ACQ_REL))
        criterion_alloc_worker_id_send(joined->worker_slot->worker_id, joined->file, joined->line);
}

void criterion_alloc_joined_set_parameter(struct criterion_alloc_joined *joined,
                                          const void *parameter)
{
    if (!joined->worker_slot)
        return;
    joined->worker_slot->parameter = parameter_index(joined->entry, parameter);
    criterion_alloc_label_set_parameter(joined->worker_slot->parameter);
    if (parameter && needs_id(joined))
        send_id(joined);
}

void criterion_alloc_joined_set_limits(struct criterion_alloc_joined *joined,
                                       const struct at_limits *limits)
{
    if (!joined->worker_slot)
        return;
    joined->worker_slot->limits = *limits;
    if (joined->worker_slot->parameter >= 0)
        send_id(joined);
}
