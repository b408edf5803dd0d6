/* SPDX-License-Identifier: MIT */
/*
 * results/location_match.h on random edits of programs. The true match of each call site is known:
 * a line keeps its number of identity in every edit. The numbers of right and wrong matches are
 * exact, so a change of the rules shows what it gains and loses.
 */
#include "alloc_tracker/criterion.h"
#include "results/location_match.h"

#include <stdlib.h>
#include <string.h>

enum {
    FILES = 3,
    FUNCTIONS = 4, /* in a file */
    LINES = 5,     /* in a function */
    MOST_LINES = 200,
    COMMON_TEXTS = 6, /* that many lines may have: "p = malloc(n);" */
    ROUNDS = 2000
};

/* A line of a program that calls malloc; with text 0, another line. */
struct line {
    uint32_t identity, file, function, text;
    int64_t allocs, bytes;
};

struct program {
    struct line lines[MOST_LINES]; /* the lines of a function are together, and so are its file's */
    size_t n;
};

static uint64_t state;
static uint32_t last_name;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t) (state >> 33) % below;
}

static struct line new_line(uint32_t file, uint32_t function)
{
    bool common = draw(10) < 3;
    int64_t allocs = 1 + draw(3), size = 8 * (1 + draw(4));
    uint32_t identity = ++last_name;
    return (struct line){ .identity = identity,
                          .file = file,
                          .function = function,
                          .text = common ? 1 + draw(COMMON_TEXTS) : ++last_name,
                          .allocs = allocs,
                          .bytes = allocs * size };
}

static void make_program(struct program *program)
{
    last_name = 1000;
    program->n = 0;
    for (uint32_t i = 0; i < FILES * FUNCTIONS * LINES; i++)
        program->lines[program->n++] = new_line(1 + i / (FUNCTIONS * LINES), 100 + i / LINES);
}

/* Edits. */
static void insert_line(struct program *program, size_t at, struct line line)
{
    if (program->n == MOST_LINES)
        return;
    for (size_t i = program->n++; i > at; i--)
        program->lines[i] = program->lines[i - 1];
    program->lines[at] = line;
}

static struct line remove_line(struct program *program, size_t at)
{
    struct line line = program->lines[at];
    program->n--;
    for (size_t i = at; i < program->n; i++)
        program->lines[i] = program->lines[i + 1];
    return line;
}

static void add_line(struct program *program, size_t at)
{
    struct line line = new_line(program->lines[at].file, program->lines[at].function);
    if (draw(2))
        line.text = 0;
    insert_line(program, at, line);
}

static void edit_text(struct program *program, size_t at)
{
    if (program->lines[at].text)
        program->lines[at].text = ++last_name;
}

static void change_metrics(struct program *program, size_t at)
{
    program->lines[at].allocs += 1 + draw(3);
    program->lines[at].bytes += 8 * (1 + draw(8));
}

/* Move up to three lines to another function of the file. */
static void move_block(struct program *program, size_t at)
{
    struct line first = program->lines[at];
    for (size_t i = 0; i < program->n; i++) {
        struct line target = program->lines[i];
        if (target.file != first.file || target.function == first.function || draw(2))
            continue;
        for (size_t k = 0;
             k < 3 && at < program->n && program->lines[at].function == first.function; k++) {
            struct line moved = remove_line(program, at);
            moved.function = target.function;
            size_t to = i > at ? i - 1 : i + k;
            at += i < at;
            insert_line(program, to, moved);
        }
        return;
    }
}

static void rename_function(struct program *program, size_t at)
{
    uint32_t old = program->lines[at].function, name = ++last_name;
    for (size_t i = 0; i < program->n; i++)
        if (program->lines[i].function == old)
            program->lines[i].function = name;
}

static void rename_file(struct program *program, size_t at)
{
    uint32_t old = program->lines[at].file, name = ++last_name;
    for (size_t i = 0; i < program->n; i++)
        if (program->lines[i].file == old)
            program->lines[i].file = name;
}

static void edit(struct program *program)
{
    size_t at = draw((uint32_t) program->n);
    switch (draw(16)) {
        case 0: rename_function(program, at); break;
        case 1: move_block(program, at); break;
        case 2:
        case 3: edit_text(program, at); break;
        case 4:
        case 5: remove_line(program, at); break;
        case 6:
            if (draw(4) == 0)
                rename_file(program, at);
            break;
        case 7:
        case 8:
        case 9: change_metrics(program, at); break;
        default: add_line(program, at);
    }
}

/* The call sites of a program, in the order of at_locations_of(). */
struct sites {
    struct at_location locations[MOST_LINES];
    uint32_t identities[MOST_LINES];
    size_t n;
};

static int by_place(const void *left, const void *right)
{
    const struct at_location *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

static void list_sites(struct sites *sites, const struct program *program, bool texts)
{
    uint32_t number = 0;
    sites->n = 0;
    for (size_t i = 0; i < program->n; i++) {
        const struct line *line = &program->lines[i];
        bool same_file = i && line->file == line[-1].file;
        bool same_function = same_file && line->function == line[-1].function;
        number = !same_file ? 10 : same_function ? number + 1 : number + 4;
        if (!line->text)
            continue;
        sites->locations[sites->n++] = (struct at_location){
            .call = line->identity, /* until the sites are sorted */
            .function = line->function,
            .file = line->file,
            .line = number,
            .source = texts ? line->text : 0,
            .metrics = { line->allocs, line->bytes, 0, 0 },
        };
    }
    qsort(sites->locations, sites->n, sizeof sites->locations[0], by_place);
    for (size_t i = 0; i < sites->n; i++) {
        sites->identities[i] = sites->locations[i].call;
        sites->locations[i].call = 1;
    }
}

static size_t count_text(const struct sites *sites, uint32_t text)
{
    size_t n = 0;
    for (size_t i = 0; i < sites->n; i++)
        n += sites->locations[i].source == text;
    return n;
}

/* Matches of the sites of a run: with the true one, with another one, and none although there is
   one. `unique` counts those that are not right although their text is in each run once. */
struct score {
    size_t sites, right, wrong, missed, unique;
};

static void score_site(struct score *score, const struct sites *base, const struct sites *head,
                       size_t b, size_t match)
{
    uint32_t identity = base->identities[b], text = base->locations[b].source;
    size_t truth = 0;
    for (size_t h = 0; h < head->n; h++)
        if (head->identities[h] == identity)
            truth = h + 1;
    score->sites++;
    score->right += match == truth;
    score->wrong += match && match != truth;
    score->missed += !match && truth;
    score->unique += match != truth && truth && text && head->locations[truth - 1].source == text
                     && count_text(base, text) == 1 && count_text(head, text) == 1;
}

static struct score score_edits(int n_edits, bool texts)
{
    static struct program program;
    static struct sites base, head;
    struct score score = { 0 };
    state = 88172645463325252;
    for (int round = 0; round < ROUNDS; round++) {
        make_program(&program);
        list_sites(&base, &program, texts);
        for (int i = 0; i < n_edits; i++)
            edit(&program);
        list_sites(&head, &program, texts);
        struct at_location_matches matches =
            at_locations_match(base.locations, base.n, head.locations, head.n);
        for (size_t b = 0; b < base.n; b++)
            score_site(&score, &base, &head, b, matches.of_base[b]);
        at_locations_match_free(&matches);
    }
    return score;
}

/* Edits of a program of 60 call sites, with and without the text of lines, in 2,000 rounds each. At
   24c3f64, which had no texts, 117281, 105603 and 71963 matches of 120000 were right. */
static const struct {
    int n_edits;
    bool texts;
    struct score score;
} cases[] = {
    { 1, true, { 120000, 119991, 6, 3, 0 } },
    { 5, true, { 120000, 119847, 133, 20, 0 } },
    { 20, true, { 120000, 117961, 1428, 611, 0 } },
    { 1, false, { 120000, 119860, 119, 21, 0 } },
    { 5, false, { 120000, 118711, 922, 367, 0 } },
    { 20, false, { 120000, 109076, 6733, 4191, 0 } },
};

Test(location_match, random_edits)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct score *score = &cases[i].score;
        struct score seen = score_edits(cases[i].n_edits, cases[i].texts);
        cr_expect_eq(memcmp(&seen, score, sizeof seen), 0,
                     "%d edits%s: { %zu, %zu, %zu, %zu, %zu }", cases[i].n_edits,
                     cases[i].texts ? "" : " without texts", seen.sites, seen.right, seen.wrong,
                     seen.missed, seen.unique);
    }
}

/* Without a text that is unique in both runs, a group of equal lines beyond the limit of the
   alignment keeps its order. */
Test(location_match, large_function)
{
    enum { MANY = 5000 };
    static struct at_location base[MANY], head[MANY + 1];
    for (uint32_t i = 0; i <= MANY; i++)
        head[i] =
            (struct at_location){ .call = 1, .function = 1, .file = 1, .line = 1 + i, .source = 1 };
    memcpy(base, head, sizeof base);
    struct at_location_matches matches = at_locations_match(base, MANY, head, MANY + 1);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(matches.of_base[i], i + 1);
    cr_expect_eq(matches.of_head[MANY], 0);
    at_locations_match_free(&matches);
}
