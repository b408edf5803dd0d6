/* SPDX-License-Identifier: MIT */
/* The part of measurement.h that the command needs too: figures without a region. */
#include "base/json_text.h"
#include "results/measurement.h"

void at_measurement_add_usage(struct at_text *text, const struct at_usage *usage)
{
    at_json_name(text, "usage");
    at_text_add_string(text, "{");
    at_json_count(text, "allocs", usage->allocs);
    at_json_count(text, "reallocs", usage->reallocs);
    at_json_count(text, "frees", usage->frees);
    at_json_count(text, "bytes", usage->bytes);
    at_json_integer(text, "peak", usage->peak);
    at_json_integer(text, "live", usage->live);
    at_json_count(text, "leaks", usage->leaks);
    at_json_count(text, "leaked_bytes", usage->leaked_bytes);
    at_json_count(text, "failed", usage->failed);
    at_json_count(text, "permitted", usage->permitted);
    at_json_count(text, "unknown", usage->unknown);
    at_text_add_string(text, "}");
}
