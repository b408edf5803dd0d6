/* SPDX-License-Identifier: MIT */
/* See records.h. */
#include "runner/records.h"

#include <string.h>

#include "base/json_text.h"
#include "runner/state_new.h"

bool criterion_alloc_record_get(const struct criterion_alloc_shared *shared, uint32_t worker_id,
                                struct criterion_alloc_record *record)
{
    uint64_t area = shared->areas + (worker_id - 1) * shared->area_size;
    const void *head = worker_id && worker_id <= shared->n_areas
                           ? criterion_alloc_shared_map(shared, area, AT_AREA_HEAD)
                           : NULL;
    uint64_t offset =
        head ? __atomic_load_n(criterion_alloc_record_offset(head), __ATOMIC_ACQUIRE) : 0;
    criterion_alloc_shared_unmap(head, area, AT_AREA_HEAD);
    const void *from = offset ? criterion_alloc_shared_map(shared, offset, sizeof *record) : NULL;
    if (from)
        memcpy(record, from, sizeof *record);
    criterion_alloc_shared_unmap(from, offset, sizeof *record);
    return from != NULL;
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
    at_json_member(text, "metric", at_metric_names[metric]);
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
