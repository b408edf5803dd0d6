/* SPDX-License-Identifier: MIT */
/* See nearest.h. A field is a name and a version, "glibc 2.36", or a whole without a version. */
#include "results/nearest.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 4, FIELDS = 2 };

/* The fields whose versions may differ, the more important one first. */
static const enum at_environment_field versioned[FIELDS] = { AT_ENVIRONMENT_LIBC,
                                                             AT_ENVIRONMENT_COMPILER };

struct version {
    size_t name; /* length of the name */
    long numbers[NUMBERS];
};

/* Read "gcc 12.2.0". Without a version, the name is the whole field. */
static struct version read_version(const char *field)
{
    struct version version = { .name = strlen(field) };
    const char *at = strrchr(field, ' ');
    if (!at || at[1] < '0' || at[1] > '9')
        return version;
    version.name = (size_t) (at - field);
    for (size_t i = 0; i < NUMBERS && at; i++) {
        char *end;
        version.numbers[i] = strtol(at + 1, &end, 10);
        at = *end == '.' && end[1] >= '0' && end[1] <= '9' ? end : NULL;
    }
    return version;
}

/* How far a section is from an environment: for each field the difference of each number, then
   whether the section's version is newer. Compared from the front. */
struct distance {
    long parts[FIELDS * (NUMBERS + 1)];
};

/* Add the distance of a field. Return false if the names differ. */
static bool add_distance(long parts[NUMBERS + 1], const char *wanted, const char *found)
{
    struct version a = read_version(wanted), b = read_version(found);
    if (a.name != b.name || strncmp(wanted, found, a.name) != 0)
        return false;
    for (size_t i = 0; i < NUMBERS; i++) {
        long difference = b.numbers[i] - a.numbers[i];
        parts[i] = labs(difference);
        if (difference && !parts[NUMBERS])
            parts[NUMBERS] = difference > 0 ? 1 : -1;
    }
    return true;
}

/* Return false if the section is not near. */
static bool measure_distance(struct distance *distance, const struct at_pool *pool,
                             const struct at_environment *wanted,
                             const struct at_environment *found)
{
    *distance = (struct distance){ 0 };
    struct at_environment same = *wanted;
    for (size_t i = 0; i < FIELDS; i++) {
        same.fields[versioned[i]] = found->fields[versioned[i]];
        if (!add_distance(&distance->parts[i * (NUMBERS + 1)],
                          at_pool_get(pool, wanted->fields[versioned[i]]),
                          at_pool_get(pool, found->fields[versioned[i]])))
            return false;
    }
    return at_environment_equal(&same, found);
}

static bool is_closer(const struct distance *a, const struct distance *b)
{
    size_t i = 0, n = sizeof a->parts / sizeof a->parts[0];
    while (i < n && a->parts[i] == b->parts[i])
        i++;
    return i < n && a->parts[i] < b->parts[i];
}

struct at_section *at_baseline_nearest(const struct at_baseline *baseline,
                                       const struct at_environment *environment)
{
    struct at_section *nearest = NULL;
    struct distance least, distance;
    for (size_t i = 0; i < baseline->sections.n; i++) {
        struct at_section *section = &baseline->sections.at[i];
        if (at_environment_equal(&section->environment, environment)
            || !measure_distance(&distance, baseline->pool, environment, &section->environment)
            || (nearest && !is_closer(&distance, &least)))
            continue;
        nearest = section;
        least = distance;
    }
    return nearest;
}
