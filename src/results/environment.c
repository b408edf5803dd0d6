/* SPDX-License-Identifier: MIT */
/* See environment.h. */
#include "results/environment.h"

#include "base/json_text.h"

struct reader {
    struct at_pool *pool;
    struct at_environment *environment;
};

static bool read_field(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    uint32_t *field = &reader->environment->fields[scan->member];
    const char *string;
    if (scan->member == AT_ENVIRONMENT_OPTIMIZATION) {
        int which;
        if (!at_scan_choice(scan, at_optimization_names, AT_OPTIMIZATIONS, &which))
            return false;
        string = at_optimization_names[which];
    } else if (!at_scan_string(scan, &string)) {
        return false;
    }
    *field = at_pool_put(reader->pool, string);
    return true;
}

bool at_environment_read(struct at_scan *scan, struct at_pool *pool, size_t n_fields,
                         struct at_environment *environment)
{
    struct at_member members[AT_ENVIRONMENT_FIELDS];
    for (size_t i = 0; i < n_fields; i++)
        members[i] = (struct at_member){ at_environment_names[i], read_field, true };
    *environment = (struct at_environment){ 0 };
    return at_scan_object(scan, members, n_fields,
                          &(struct reader){ .pool = pool, .environment = environment });
}

void at_environment_write(struct at_text *text, const struct at_pool *pool, size_t n_fields,
                          const struct at_environment *environment)
{
    at_text_add_string(text, "{");
    for (size_t i = 0; i < n_fields; i++)
        at_json_member(text, at_environment_names[i], at_pool_get(pool, environment->fields[i]));
    at_text_add_string(text, "}");
}
