/* SPDX-License-Identifier: MIT */
/* at_limits_parse(): the value of ALLOC_TRACKER_BUDGET. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/limits.h"

struct parser {
    const char *value;
    const char *at; /* the next character */
    bool warn;
    struct at_text *error;
};

static bool fail(struct parser *parser, const char *reason)
{
    at_text_printf(parser->error,
                   "ALLOC_TRACKER_BUDGET:%zu: %s in \"%s\"; write for example "
                   "\"allocs<=1000,leaks=0\"",
                   (size_t) (parser->at - parser->value) + 1, reason, parser->value);
    return false;
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " ");
}

static bool skip_word(struct parser *parser, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(parser->at, word, n) != 0)
        return false;
    parser->at += n;
    return true;
}

static bool parse_metric(struct parser *parser, enum at_metric *metric)
{
    skip_blanks(parser);
    size_t n = strspn(parser->at, "abcdefghijklmnopqrstuvwxyz");
    if (!at_metric_find(parser->at, n, metric))
        return fail(parser,
                    "expected warn, or one of allocs, reallocs, frees, bytes, peak, live, leaks");
    parser->at += n;
    return true;
}

static bool parse_operator(struct parser *parser, struct at_metric_limit *term)
{
    skip_blanks(parser);
    term->has_max = term->has_min = true;
    if (skip_word(parser, "<="))
        term->has_min = false;
    else if (skip_word(parser, ">="))
        term->has_max = false;
    else if (!skip_word(parser, "==") && !skip_word(parser, "="))
        return fail(parser, "expected <=, >= or =");
    skip_blanks(parser);
    return true;
}

static bool parse_number(struct parser *parser, enum at_metric metric, uint64_t *number)
{
    bool is_signed = metric == AT_METRIC_LIVE;
    bool is_negative = *parser->at == '-';
    if (!isdigit((unsigned char) parser->at[is_negative]))
        return fail(parser, "expected a whole number");
    if (is_negative && !is_signed)
        return fail(parser, "a negative limit (only a limit on live can be negative)");
    char *end;
    errno = 0;
    *number = is_signed ? (uint64_t) strtoll(parser->at, &end, 10) : strtoull(parser->at, &end, 10);
    if (errno)
        return fail(parser,
                    is_signed
                        ? "a number out of range (a limit on live has at most 63 bits and a sign)"
                        : "a number out of range (a limit has at most 64 bits)");
    parser->at = end;
    skip_blanks(parser);
    return true;
}

/* Two terms on one metric, "allocs>=1,allocs<=5", are one limit with two bounds. */
static bool add_term(struct parser *parser, struct at_metric_limit *limit,
                     const struct at_metric_limit *term, uint64_t number)
{
    if ((limit->has_min && term->has_min) || (limit->has_max && term->has_max))
        return fail(parser, "a second limit on the same metric");
    if (term->has_min)
        limit->min = number;
    if (term->has_max)
        limit->max = number;
    limit->has_min |= term->has_min;
    limit->has_max |= term->has_max;
    return true;
}

/* Return whether the next term is the word "warn". */
static bool skip_warn(struct parser *parser)
{
    skip_blanks(parser);
    const char *start = parser->at;
    if (!skip_word(parser, "warn"))
        return false;
    skip_blanks(parser);
    bool is_term = *parser->at == '\0' || *parser->at == ',';
    if (!is_term)
        parser->at = start;
    return is_term;
}

static bool parse_warn(struct parser *parser)
{
    if (parser->warn)
        return fail(parser, "a second warn");
    return parser->warn = true;
}

static bool parse_term(struct parser *parser, struct at_limits *limits)
{
    if (skip_warn(parser))
        return parse_warn(parser);
    enum at_metric metric;
    struct at_metric_limit term;
    uint64_t number;
    return parse_metric(parser, &metric) && parse_operator(parser, &term)
           && parse_number(parser, metric, &number)
           && add_term(parser, &limits->metrics[metric], &term, number);
}

bool at_limits_parse(struct at_limits *limits, const char *value, struct at_text *error)
{
    struct at_limits parsed = { 0 };
    struct parser parser = { .value = value, .at = value, .error = error };
    for (;;) {
        if (!parse_term(&parser, &parsed))
            return false;
        if (*parser.at == '\0')
            break;
        if (*parser.at != ',')
            return fail(&parser, "expected a comma");
        parser.at++;
    }
    if (!at_limits_any(&parsed))
        return fail(&parser, "expected a limit beside warn");
    for (int i = 0; i < AT_N_METRICS; i++)
        parsed.metrics[i].warn = parser.warn && at_metric_is_limited(&parsed.metrics[i]);
    *limits = parsed;
    return true;
}
