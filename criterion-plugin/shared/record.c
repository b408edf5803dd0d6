/* SPDX-License-Identifier: MIT */
/* See record.h. */
#include "shared/record.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/json_text.h"
#include "results/handover.h"
#include "verdict/words.h"

static const char worker_id_prefix[] = "alloc_tracker: worker_id ";

/* In the head of an area: where its record is, 0 as long as there is none. */
static uint64_t *place_of(const void *area)
{
    return (uint64_t *) area + 1;
}

bool criterion_alloc_record_get(const struct criterion_alloc_shared *shared, uint32_t worker_id,
                                struct criterion_alloc_record *record)
{
    uint64_t area = shared->areas + (worker_id - 1) * shared->area_size;
    const void *head = worker_id && worker_id <= shared->n_areas
                           ? criterion_alloc_shared_map(shared, area, AT_AREA_HEAD)
                           : NULL;
    uint64_t place = head ? __atomic_load_n(place_of(head), __ATOMIC_ACQUIRE) : 0;
    criterion_alloc_shared_unmap(head, area, AT_AREA_HEAD);
    const void *from = place ? criterion_alloc_shared_map(shared, place, sizeof *record) : NULL;
    if (from)
        memcpy(record, from, sizeof *record);
    criterion_alloc_shared_unmap(from, place, sizeof *record);
    return from != NULL;
}

void criterion_alloc_worker_id_send(uint32_t worker_id, const char *file, unsigned line)
{
    struct at_text message = { 0 };
    at_text_printf(&message, "%s%u", worker_id_prefix, worker_id);
    struct criterion_assert_stats stats = {
        .message = at_text_get(&message),
        .passed = true,
        .file = file,
        .line = line,
    };
    criterion_send_assert(&stats);
    at_text_free(&message);
}

uint32_t criterion_alloc_worker_id_of(const char *message)
{
    size_t n = sizeof worker_id_prefix - 1;
    if (!message || strncmp(message, worker_id_prefix, n) != 0)
        return 0;
    return (uint32_t) strtoul(message + n, NULL, 10);
}

bool criterion_alloc_record_send(struct at_area *area, const struct criterion_alloc_record *record,
                                 struct at_region *region)
{
    bool entered = at_tracker_hold(); /* for one thread at a time */
    uint64_t place;
    struct criterion_alloc_record *stored = at_area_take(area, sizeof *stored, &place);
    at_tracker_unhold(entered);
    if (!stored)
        return false;
    struct criterion_alloc_record whole = *record;
    whole.no_room = region && !at_handover_write(area, region, &whole.region, &whole.region_size);
    if (whole.no_room)
        whole.region_size = 0;
    stored = (void *) (area->start + (place - area->offset)); /* it may have moved */
    *stored = whole;
    __atomic_store_n(place_of(area->start), place, __ATOMIC_RELEASE);
    return true;
}

static void add_limit(struct at_text *text, const struct criterion_alloc_limits *limits,
                      enum at_metric metric, bool is_max)
{
    static const char *const sources[] = {
        [CRITERION_ALLOC_STATEMENT] = "statement",
        [CRITERION_ALLOC_TEST] = "test",
        [CRITERION_ALLOC_SUITE] = "suite",
        [CRITERION_ALLOC_ENVIRONMENT] = "environment",
    };
    const struct criterion_alloc_limit *limit = &limits->fields[metric];
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "field", at_metric_names[metric]);
    at_json_integer(text, is_max ? "max" : "min", is_max ? limit->max : limit->min);
    at_json_member(text, "scope", at_scope_names[limits->scope]);
    at_json_member(text, "from", sources[is_max ? limit->max_source : limit->min_source]);
    if (limits->warn)
        at_text_add_string(text, ",\"warn\":true");
    at_text_add_string(text, "}");
}

static void add_limits(struct at_text *text, const struct criterion_alloc_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (limits->fields[i].min != INT64_MIN)
            add_limit(text, limits, (enum at_metric) i, false);
        if (limits->fields[i].max != INT64_MAX)
            add_limit(text, limits, (enum at_metric) i, true);
    }
}

void criterion_alloc_record_add_budget(struct at_text *text,
                                       const struct criterion_alloc_budgets *budgets,
                                       enum at_verdict outcome)
{
    at_json_name(text, "budget");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        add_limits(text, &budgets->kinds[i]);
    at_text_add_string(text, "]");
    at_json_member(text, "verdict", at_verdict_names[outcome]);
}
