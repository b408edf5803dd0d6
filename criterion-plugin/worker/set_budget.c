/* SPDX-License-Identifier: MIT */
/* See set_budget.h. */
#include "worker/set_budget.h"

#include "verdict/verdict.h"
#include "worker/label.h"

struct location {
    const char *file; /* NULL: the test */
    unsigned line;
};

static struct {
    struct location test;
    struct location most[AT_N_METRICS];  /* of each upper bound */
    struct location least[AT_N_METRICS]; /* of each lower bound */
    struct location error;               /* of the invalid budget */
} locations = { .test.file = "unknown" };

void criterion_alloc_set_budget_start(const char *file, unsigned line)
{
    locations.test = (struct location){ file, line };
}

/* Note the location of a metric's bounds. A bound that equals that of the test's own .data comes
   from there. */
static void note_metric(int metric, const struct at_metric_limit *limit,
                        const struct at_metric_limit *declared, struct location set)
{
    static const struct location test = { NULL, 0 };
    bool own = declared->source == limit->source;
    locations.most[metric] = own && declared->has_max && declared->max == limit->max ? test : set;
    locations.least[metric] = own && declared->has_min && declared->min == limit->min ? test : set;
}

void criterion_alloc_set_budget_add(struct at_limits *limits, const struct at_limits *declared,
                                    const struct at_budget *budget, const char *file, unsigned line)
{
    const struct location set = { file, line };
    const struct at_limits before = *limits;
    struct at_limits changed = { 0 };
    at_limits_set(limits, declared, budget);
    at_limits_add(&changed, budget, AT_SOURCE_TEST);
    if (!before.error[0])
        locations.error = limits->error[0] ? set : (struct location){ NULL, 0 };
    for (int i = 0; i < AT_N_METRICS; i++)
        if (at_metric_is_limited(&changed.metrics[i]))
            note_metric(i, &limits->metrics[i], &declared->metrics[i], set);
}

/* Return the location of the bound that the region exceeds, or of the limit. */
static struct location location_of(const struct at_limits *limits, const struct at_region *region,
                                   int metric)
{
    bool below = !at_usage_is_within(&region->usage, limits, (enum at_metric) metric)
                 && !at_usage_is_above(&region->usage, limits, (enum at_metric) metric);
    return below || !limits->metrics[metric].has_max ? locations.least[metric]
                                                     : locations.most[metric];
}

/* Return the location of the first limit that the region exceeds. If events were lost, the region
   may exceed none: then return that of the first limit. */
static struct location first_location(const struct at_limits *limits,
                                      const struct at_region *region)
{
    for (int i = 0; i < AT_N_METRICS; i++)
        if (!at_usage_is_within(&region->usage, limits, (enum at_metric) i))
            return location_of(limits, region, i);
    for (int i = 0; i < AT_N_METRICS; i++)
        if (at_metric_is_limited(&limits->metrics[i]))
            return location_of(limits, region, i);
    return (struct location){ NULL, 0 };
}

static void set_headline(struct at_verdict_headline *headline, struct location location)
{
    static struct at_text text;
    text.length = 0;
    at_text_add_string(&text, "alloc budget of ");
    criterion_alloc_label_add(&text);
    at_text_add_string(&text, location.file ? ", set at" : " at");
    if (!location.file)
        location = locations.test;
    *headline = (struct at_verdict_headline){ at_text_get(&text), location.file, location.line };
}

struct at_limits criterion_alloc_set_budget_take(struct at_limits *limits,
                                                 const struct at_region *region,
                                                 struct at_verdict_headline *headline)
{
    struct at_limits taken = *limits;
    if (limits->error[0]) {
        set_headline(headline, locations.error);
        *limits = (struct at_limits){ 0 };
        return taken;
    }
    const struct location location = first_location(limits, region);
    set_headline(headline, location);
    for (int i = 0; i < AT_N_METRICS; i++) {
        const struct location other = location_of(&taken, region, i);
        bool same = other.file == location.file && other.line == location.line;
        at_limits_remove(same ? limits : &taken, (enum at_metric) i);
    }
    return taken;
}
