/* SPDX-License-Identifier: MIT */
/* See budget.h. */
#include "shared/budget.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/words.h"

const char cri_alloc_budget_tag[] = "alloc_tracker budget";

struct cr_alloc_budget cri_alloc_forbid(enum cri_alloc_forbidden what)
{
    return (struct cr_alloc_budget){
        .cri_tag = cri_alloc_budget_tag,
        .allocs = what & CRI_ALLOC_ALLOCS ? at_most(0) : NULL,
        .frees = what & CRI_ALLOC_FREES ? at_most(0) : NULL,
        .leaks = what & CRI_ALLOC_LEAKS ? at_most(0) : NULL,
    };
}

void criterion_alloc_limits_clear(struct criterion_alloc_limits *limits, enum at_metric metric)
{
    limits->fields[metric] = (struct criterion_alloc_limit){ .min = INT64_MIN, .max = INT64_MAX };
}

struct criterion_alloc_limits criterion_alloc_limits_none(void)
{
    struct criterion_alloc_limits limits = { .repeat = 1 };
    for (int i = 0; i < AT_N_METRICS; i++)
        criterion_alloc_limits_clear(&limits, (enum at_metric) i);
    return limits;
}

struct criterion_alloc_limits
criterion_alloc_limits_at_death(const struct criterion_alloc_limits *limits)
{
    struct criterion_alloc_limits left = *limits;
    for (int i = 0; i < AT_N_METRICS; i++)
        left.fields[i].min = INT64_MIN;
    criterion_alloc_limits_clear(&left, AT_METRIC_LEAKS);
    criterion_alloc_limits_clear(&left, AT_METRIC_LIVE);
    return left;
}

bool criterion_alloc_limits_any(const struct criterion_alloc_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++)
        if (limits->fields[i].min != INT64_MIN || limits->fields[i].max != INT64_MAX)
            return true;
    return false;
}

bool criterion_alloc_limit_holds(const struct criterion_alloc_limit *limit, int64_t value)
{
    return value >= limit->min && value <= limit->max;
}

enum kind { AT_MOST = 1, AT_LEAST = 2, EXACTLY = 3 };

static void tighten(struct criterion_alloc_limit *limit, enum kind kind, int64_t value,
                    enum criterion_alloc_source source)
{
    if (kind != AT_LEAST && value < limit->max) {
        limit->max = value;
        limit->max_source = source;
    }
    if (kind != AT_MOST && value > limit->min) {
        limit->min = value;
        limit->min_source = source;
    }
}

/* at_most() and its kin put the value times four plus the kind where a pointer is declared. */
static void add_limit(struct criterion_alloc_limits *limits, enum at_metric metric,
                      const struct at_limit *coded, enum criterion_alloc_source source)
{
    intptr_t code = (intptr_t) coded;
    enum kind kind = (enum kind)(code & 3);
    if (coded && kind == 0)
        snprintf(limits->error, sizeof limits->error,
                 ".%s is not a limit: write at_most(n), at_least(n) or at_exactly(n)",
                 at_metric_names[metric]);
    if (kind)
        tighten(&limits->fields[metric], kind, (code - (intptr_t) kind) / 4, source);
}

/* Is `.name =` written there? A zero in its place, however spelled, reads as a limit of zero and
   would set none. */
static bool is_named(const char *text, const char *name)
{
    for (const char *at = text; (at = strstr(at, name)); at++) {
        const char *end = at + strlen(name);
        if (at == text || at[-1] != '.')
            continue;
        end += strspn(end, " \t\n");
        if (*end == '=')
            return true;
    }
    return false;
}

static const struct at_limit *coded_limit(const struct cr_alloc_budget *budget, int metric)
{
    const struct at_limit *const coded[AT_N_METRICS] = {
        [AT_METRIC_ALLOCS] = budget->allocs, [AT_METRIC_REALLOCS] = budget->reallocs,
        [AT_METRIC_FREES] = budget->frees,   [AT_METRIC_BYTES] = budget->bytes,
        [AT_METRIC_PEAK] = budget->peak,     [AT_METRIC_LIVE] = budget->live,
        [AT_METRIC_LEAKS] = budget->leaks,
    };
    return coded[metric];
}

static void add_term(struct at_text *text, const char *name, const char *words, int64_t value)
{
    at_text_printf(text, "%s.%s = %s%lld%s", text->length > 1 ? ", " : "", name, words,
                   (long long) value, *words ? ")" : "");
}

static void add_budget(struct at_text *text, const struct cr_alloc_budget *budget)
{
    static const char *const words[] = { "", "at_most(", "at_least(", "at_exactly(" };
    for (int i = 0; i < AT_N_METRICS; i++) {
        intptr_t code = (intptr_t) coded_limit(budget, i);
        if (code & 3)
            add_term(text, at_metric_names[i], words[code & 3], (code - (code & 3)) / 4);
    }
    if (budget->warmup)
        add_term(text, "warmup", "", budget->warmup);
    if (budget->repeat)
        add_term(text, "repeat", "", budget->repeat);
    if (budget->scope == AT_THREAD)
        at_text_printf(text, "%s.scope = AT_THREAD", text->length > 1 ? ", " : "");
    if (budget->warn)
        at_text_printf(text, "%s.warn = true", text->length > 1 ? ", " : "");
}

void criterion_alloc_budget_print(struct at_text *text, const struct cr_alloc_budget *budget)
{
    struct at_text terms = { 0 };
    at_text_add_string(&terms, "(");
    add_budget(&terms, budget);
    at_text_printf(text, "%s)", at_text_get(&terms));
    at_text_free(&terms);
}

void criterion_alloc_limits_add(struct criterion_alloc_limits *limits,
                                const struct cr_alloc_budget *budget,
                                enum criterion_alloc_source source)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        const struct at_limit *coded = coded_limit(budget, i);
        add_limit(limits, (enum at_metric) i, coded, source);
        if (!coded && budget->cri_text && is_named(budget->cri_text, at_metric_names[i]))
            snprintf(limits->error, sizeof limits->error,
                     ".%s = 0 sets no limit: write .%s = at_most(0)", at_metric_names[i],
                     at_metric_names[i]);
    }
    limits->warmup = budget->warmup;
    limits->repeat = budget->repeat ? budget->repeat : 1;
    limits->scope = budget->scope;
    limits->warn = budget->warn;
}

static size_t kind_of(enum at_scope scope, bool warn)
{
    return (scope == AT_THREAD ? 2u : 0u) + (warn ? 1u : 0u);
}

struct criterion_alloc_budgets criterion_alloc_budgets_none(void)
{
    struct criterion_alloc_budgets budgets = { .repeat = 1 };
    for (int scope = AT_PROCESS; scope <= AT_THREAD; scope++) {
        for (int warn = 0; warn <= 1; warn++) {
            struct criterion_alloc_limits *limits =
                &budgets.kinds[kind_of((enum at_scope) scope, warn)];
            *limits = criterion_alloc_limits_none();
            limits->scope = (enum at_scope) scope;
            limits->warn = warn;
        }
    }
    return budgets;
}

void criterion_alloc_budgets_add(struct criterion_alloc_budgets *budgets,
                                 const struct cr_alloc_budget *budget,
                                 enum criterion_alloc_source source)
{
    criterion_alloc_limits_add(&budgets->kinds[kind_of(budget->scope, budget->warn)], budget,
                               source);
    budgets->warmup = budget->warmup;
    if (budget->repeat > budgets->repeat)
        budgets->repeat = budget->repeat;
}

static enum kind parse_operator(const char **at)
{
    static const struct {
        const char *text;
        enum kind kind;
    } operators[] = { { "<=", AT_MOST }, { ">=", AT_LEAST }, { "==", EXACTLY }, { "=", EXACTLY } };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t n = strlen(operators[i].text);
        if (strncmp(*at, operators[i].text, n) == 0) {
            *at += n;
            return operators[i].kind;
        }
    }
    return (enum kind) 0;
}

static bool complain(struct at_text *error, const char *value, const char *at, const char *what)
{
    at_text_printf(error,
                   "ALLOC_TRACKER_BUDGET:%zu: %s in \"%s\"; write for example "
                   "\"allocs<=1000,leaks=0\"",
                   (size_t) (at - value) + 1, what, value);
    return false;
}

static bool parse_term(struct criterion_alloc_limits *limits, const char *value, const char **at,
                       struct at_text *error)
{
    *at += strspn(*at, " ");
    size_t n = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
    enum at_metric metric;
    if (!at_metric_find(*at, n, &metric))
        return complain(error, value, *at,
                        "expected one of allocs, reallocs, frees, bytes, peak, live, leaks");
    *at += n;
    *at += strspn(*at, " ");
    enum kind kind = parse_operator(at);
    if (!kind)
        return complain(error, value, *at, "expected <=, >= or =");
    *at += strspn(*at, " ");
    bool negative = **at == '-';
    if (!isdigit((unsigned char) (*at)[negative]))
        return complain(error, value, *at, "expected a whole number");
    char *end;
    errno = 0;
    long long number = strtoll(*at, &end, 10);
    if (errno || number > INT64_MAX / 4 || number < INT64_MIN / 4)
        return complain(error, value, *at, "number out of range");
    *at = end + strspn(end, " ");
    tighten(&limits->fields[metric], kind, number, CRITERION_ALLOC_ENVIRONMENT);
    return true;
}

bool criterion_alloc_limits_parse(struct criterion_alloc_limits *limits, const char *value,
                                  struct at_text *error)
{
    struct criterion_alloc_limits parsed = *limits;
    const char *at = value;
    for (;;) {
        if (!parse_term(&parsed, value, &at, error))
            return false;
        if (*at == '\0')
            break;
        if (*at != ',')
            return complain(error, value, at, "expected a comma");
        at++;
    }
    *limits = parsed;
    return true;
}
