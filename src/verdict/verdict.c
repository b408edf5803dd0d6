/* SPDX-License-Identifier: MIT */
/* See verdict.h. */
#include "verdict/verdict.h"

#include "track/observed.h"

struct at_region_options at_verdict_region_options(const struct at_limits *limits)
{
    return (struct at_region_options){
        .sites = at_limits_any(limits),
        .free_sites = limits->metrics[AT_METRIC_FREES].has_max,
        .disposable = true,
        .warn = at_limits_only_warn(limits),
    };
}

void at_verdict_set_bounds(struct at_region *region, const struct at_limits *limits)
{
    const struct at_region_options wanted = at_verdict_region_options(limits);
    if (wanted.sites && !region->options.sites)
        at_region_want_sites(region);
    if (wanted.free_sites && !region->options.free_sites)
        at_region_want_free_sites(region);
    for (int i = 0; i < AT_N_METRICS; i++)
        at_region_set_bound(region, (enum at_metric) i,
                            at_metric_bound((enum at_metric) i, &limits->metrics[i]),
                            limits->metrics[i].warn);
}

bool at_usage_is_above(const struct at_usage *usage, const struct at_limits *limits,
                       enum at_metric metric)
{
    return at_metric_is_above(metric, &limits->metrics[metric], at_usage_value(usage, metric));
}

bool at_usage_is_within(const struct at_usage *usage, const struct at_limits *limits,
                        enum at_metric metric)
{
    return !at_usage_is_above(usage, limits, metric)
           && !at_metric_is_below(metric, &limits->metrics[metric], at_usage_value(usage, metric));
}

void at_verdict_end_region(struct at_region *region, const struct at_limits *limits)
{
    if (!at_usage_is_within(&region->usage, limits, AT_METRIC_LEAKS))
        at_region_find_leaks(region);
    at_region_end(region);
}

bool at_verdict_is_within(const struct at_region *region, const struct at_limits *limits)
{
    if (limits->error[0])
        return false;
    if (!at_limits_any(limits))
        return true;
    bool within = at_region_observed(region, NULL) == AT_OBSERVED;
    for (int i = 0; i < AT_N_METRICS; i++)
        within &= at_usage_is_within(&region->usage, limits, (enum at_metric) i);
    return within;
}
