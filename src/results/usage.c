/* SPDX-License-Identifier: MIT */
/* See usage.h. */
#include "results/usage.h"

#include "base/json_text.h"

void at_usage_get_values(const struct at_usage *usage, int64_t values[AT_USAGE_MEMBERS])
{
    for (enum at_metric metric = 0; metric < AT_N_METRICS; metric++)
        values[metric] = at_usage_value(usage, metric);
    values[AT_USAGE_LEAKED_BYTES] = (int64_t) usage->leaked_bytes;
    values[AT_USAGE_FAILED] = (int64_t) usage->failed;
    values[AT_USAGE_PERMITTED] = (int64_t) usage->permitted;
    values[AT_USAGE_UNKNOWN] = (int64_t) usage->unknown;
}

void at_usage_add_values(struct at_text *text, const int64_t *values)
{
    at_json_name(text, "usage");
    if (!values) {
        at_text_add_string(text, "null");
        return;
    }
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_USAGE_MEMBERS; i++)
        at_json_integer(text, at_usage_name(i), values[i]);
    at_text_add_string(text, "}");
}

void at_usage_add(struct at_text *text, const struct at_usage *usage)
{
    int64_t values[AT_USAGE_MEMBERS];
    at_usage_get_values(usage, values);
    at_usage_add_values(text, values);
}
