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

/* A number as results have it. The format's integers are signed, and so is usage: a limit above
   INT64_MAX compares like INT64_MAX. */
static int64_t bound_of(enum at_metric metric, uint64_t bound)
{
    bool fits = metric == AT_METRIC_LIVE || bound <= INT64_MAX;
    return fits ? (int64_t) bound : INT64_MAX;
}

static void add_bound(struct at_text *text, enum at_metric metric,
                      const struct at_metric_limit *limit, bool is_max)
{
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "metric", at_metric_names[metric]);
    at_json_integer(text, is_max ? "max" : "min",
                    bound_of(metric, is_max ? limit->max : limit->min));
    at_json_member(text, "scope", at_scope_names[limit->scope]);
    at_json_member(text, "from", at_limit_source_names[limit->source]);
    if (limit->warn)
        at_text_add_string(text, ",\"warn\":true");
    at_text_add_string(text, "}");
}

void criterion_alloc_record_add_budget(struct at_text *text, const struct at_limits *limits,
                                       enum at_verdict verdict)
{
    at_json_name(text, "budget");
    at_text_add_string(text, "[");
    for (int i = 0; i < AT_N_METRICS; i++) {
        const struct at_metric_limit *limit = &limits->metrics[i];
        if (limit->has_min)
            add_bound(text, (enum at_metric) i, limit, false);
        if (limit->has_max)
            add_bound(text, (enum at_metric) i, limit, true);
    }
    at_text_add_string(text, "]");
    at_json_member(text, "verdict", at_verdict_names[verdict]);
}
