/* SPDX-License-Identifier: MIT */
/*
 * See walk.h. What a walk reads is kept: the return address of each frame and, before a frame whose
 * end is told from the frame pointer, the place where that was saved. Where the walk goes on from a
 * frame depends on four things alone: where the frame goes on (which names its rule), its stack
 * pointer, the place of its frame pointer, and the words that are read from there on. So when the
 * walk comes to a frame of the thread's last stack in which the first three are the same, and the
 * words that were read from there on still hold, one after the other, it would read these again and
 * come by the same frames: the tail of that stack is this one's. If a word no longer holds, the
 * frames up to there are the same, and the walk goes on by rules from the last of them. Nothing is
 * taken from a stack because it is recent, and no word is read that the unwinder would not read.
 *
 * A stack that was cut at the depth limit does not lend its tail, which is not one; nor is one
 * borrowed where that would exceed the limit.
 */
#include "unwind/walk.h"

#include <string.h>

struct walk {
    struct at_walker *walker;
    struct at_stack *stack;
    struct at_word *words; /* those read so far */
    struct at_tail *tails; /* of the same ones */
    uint32_t n_words;
    uintptr_t pc;    /* where the frame goes on */
    uintptr_t sp;    /* its stack pointer then */
    uintptr_t fp_at; /* where its frame pointer is */
    uint64_t cursor; /* in the last stack: no frame that is further in can be met any more */
};

void at_walk_start(struct at_walker *walker)
{
    walker->words.head = walker->words.floor = 1;
}

void at_walk_forget(struct at_walker *walker)
{
    walker->words.floor = walker->words.head;
    if (++walker->age != 0)
        return;
    memset(walker->few_rules, 0, sizeof walker->few_rules);
    memset(walker->rules, 0, sizeof walker->rules);
}

/* User space ends below 2^47, so that the age fits in above an address. */
static const struct at_rule *rule_get(struct at_walker *walker, uintptr_t return_address)
{
    uintptr_t key = return_address ^ (uintptr_t) walker->age << 48;
    size_t hash = (size_t) ((return_address * 0x9E3779B97F4A7C15u) >> 40);
    struct at_known_rule *known = &walker->few_rules[hash % AT_N_FEW_RULES];
    bool taken = known->key && (known->key ^ key) >> 48 == 0;
    if (taken && known->key != key)
        known = &walker->rules[hash % AT_N_RULES];
    if (known->key != key)
        *known = (struct at_known_rule){ key, at_rule_find(return_address) };
    return &known->rule;
}

/* A place that is not aligned is not one that compilers write. */
static bool read_word(struct walk *walk, uintptr_t place, uintptr_t *value)
{
    if (place % sizeof(uintptr_t) != 0)
        return false;
    *value = *(const uintptr_t *) place;
    walk->words[walk->n_words++] = (struct at_word){ place, *value };
    return true;
}

/* Where the frame ends, and where its caller's frame pointer is. The frame pointer is read only if
   one of them depends on it, as the unwinder does. */
static bool frame_end(struct walk *walk, const struct at_rule *rule, uintptr_t *end,
                      uintptr_t *fp_at)
{
    uintptr_t fp = 0;
    if ((rule->cfa != AT_CFA_SP || rule->fp == AT_FP_AT_FP) && !read_word(walk, walk->fp_at, &fp))
        return false;
    uintptr_t offset = (uintptr_t) (intptr_t) rule->cfa_offset;
    *end = (rule->cfa == AT_CFA_SP ? walk->sp : fp) + offset;
    if (rule->cfa == AT_CFA_AT_FP && !read_word(walk, *end, end))
        return false;
    uintptr_t saved = (uintptr_t) (intptr_t) rule->fp_offset;
    if (rule->fp == AT_FP_KEPT)
        *fp_at = walk->fp_at;
    else
        *fp_at = (rule->fp == AT_FP_AT_CFA ? *end : fp) + saved;
    return true;
}

/* From a frame to its caller's. False where only the unwinder knows the way. */
static bool step(struct walk *walk, const struct at_rule *rule)
{
    uintptr_t end;
    if (rule->cfa == AT_CFA_UNKNOWN || !frame_end(walk, rule, &end, &walk->fp_at))
        return false;
    walk->sp = end;
    return read_word(walk, end - sizeof(uintptr_t), &walk->pc);
}

/* The frame that the walk has come to belongs to the stack: its return address was read last. */
static void add_frame(struct walk *walk)
{
    walk->stack->frames[walk->stack->n_frames++] = walk->pc - 1;
    walk->words[walk->n_words - 1].place |= AT_WORD_IS_FRAME;
    walk->tails[walk->n_words - 1].fp_at = walk->fp_at;
}

/* Where the last stack has the frame that the walk has come to; NULL where it has not. */
static const struct at_word *meet(struct walk *walk)
{
    const struct at_words *words = &walk->walker->words;
    uintptr_t place = walk->words[walk->n_words - 1].place;
    while (at_words_are_there(words, walk->cursor)) {
        const struct at_word *word = &words->word[walk->cursor % AT_N_WORDS];
        if (!word->place) {
            walk->cursor = word->value;
            continue;
        }
        if (word->place & AT_WORD_IS_FRAME && word->place >= place) {
            bool same = word->place == place && word->value == walk->pc
                        && words->tail[walk->cursor % AT_N_WORDS].fp_at == walk->fp_at;
            return same ? word : NULL;
        }
        walk->cursor++;
    }
    return NULL;
}

/* Makes the last stack's words behind the cursor, up to those of the frame at `last`, the walk's,
   which is then at that frame. */
static void adopt(struct walk *walk, uint64_t last)
{
    const struct at_words *words = &walk->walker->words;
    while (walk->cursor != last) {
        const struct at_word *word = &words->word[++walk->cursor % AT_N_WORDS];
        if (!word->place) {
            walk->cursor = word->value - 1;
            continue;
        }
        walk->words[walk->n_words] = *word;
        walk->tails[walk->n_words++] = words->tail[walk->cursor % AT_N_WORDS];
    }
    walk->pc = words->word[last % AT_N_WORDS].value;
    walk->sp = at_word_place(&words->word[last % AT_N_WORDS]) + sizeof(uintptr_t);
    walk->fp_at = words->tail[last % AT_N_WORDS].fp_at;
}

/* From a frame that was met, goes on as far as the words of the last stack hold. True if that is
   its end; false, at the last frame that is the same, if the walk has to go on by rules. */
static bool follow(struct walk *walk)
{
    const struct at_words *words = &walk->walker->words;
    struct at_stack *stack = walk->stack;
    uint64_t position = walk->cursor + 1, last = walk->cursor;
    bool holds = true;
    while (holds && position && at_words_are_there(words, position)) {
        const struct at_word *first = &words->word[position % AT_N_WORDS], *word = first;
        for (; word->place; word++) {
            holds = *(const uintptr_t *) at_word_place(word) == word->value
                    && stack->n_frames < AT_STACK_MAX;
            if (!holds)
                break;
            if (!(word->place & AT_WORD_IS_FRAME))
                continue;
            stack->frames[stack->n_frames++] = word->value - 1;
            last = position + (uint64_t) (word - first);
        }
        if (holds)
            position = word->value;
    }
    if (position == 0)
        return true;
    adopt(walk, last);
    return false;
}

/* The last word leads on to where the rest stands, or nowhere; then the hashes, from the outermost
   frame inwards. */
static void finish(struct walk *walk, uint64_t rest)
{
    uint64_t hash = rest ? walk->walker->words.tail[rest % AT_N_WORDS].hash : 0;
    for (uint32_t i = walk->n_words; i-- > AT_HEAD_WORDS;) {
        if (!(walk->words[i].place & AT_WORD_IS_FRAME))
            continue;
        hash = at_stack_hash(hash, walk->words[i].value - 1);
        walk->tails[i].hash = hash;
    }
    walk->words[walk->n_words++] = (struct at_word){ 0, rest };
    walk->stack->hash = hash;
}

/* By rules and by what is remembered, frame after frame. False where only the unwinder knows the
   way; `rest` is where the last stack has what was not walked. */
static bool walk_stack(struct walk *walk, const void *caller, uint64_t *rest)
{
    struct at_stack *stack = walk->stack;
    bool seen = false;
    while (walk->pc && walk->n_words + AT_STEP_WORDS < AT_MAX_WORDS) {
        seen |= walk->pc == (uintptr_t) caller;
        if (seen && stack->n_frames == AT_STACK_MAX) {
            stack->end = AT_STACK_CUT;
            return true;
        }
        if (seen)
            add_frame(walk);
        if (seen && meet(walk) && follow(walk)) {
            walk->n_words--; /* the frame they met in is the last stack's */
            *rest = walk->cursor;
            return true;
        }
        const struct at_rule *rule = rule_get(walk->walker, walk->pc);
        if (rule->cfa == AT_CFA_END)
            return seen;
        if (!step(walk, rule))
            return false;
    }
    return seen && walk->pc == 0;
}

uint32_t at_walk(struct at_walker *walker, const uintptr_t *frame, const void *caller,
                 struct at_stack *stack)
{
    struct at_words *words = &walker->words;
    /* What one walk reads lies side by side. */
    if (words->head % AT_N_WORDS > AT_N_WORDS - AT_MAX_WORDS)
        words->head += AT_N_WORDS - words->head % AT_N_WORDS;
    struct walk walk = {
        .walker = walker,
        .stack = stack,
        .words = &words->word[words->head % AT_N_WORDS],
        .tails = &words->tail[words->head % AT_N_WORDS],
        .n_words = AT_HEAD_WORDS,
        .sp = (uintptr_t) (frame + 2),
        .fp_at = (uintptr_t) frame,
        .cursor = walker->last,
    };
    uint64_t rest = 0;
    stack->n_frames = 0;
    stack->end = AT_STACK_WHOLE; /* a walk by rules comes to no other, but the limit */
    if (!read_word(&walk, (uintptr_t) (frame + 1), &walk.pc) || !walk_stack(&walk, caller, &rest))
        return 0;
    finish(&walk, rest);
    return walk.n_words;
}

uint64_t at_walk_keep(struct at_walker *walker, uint32_t length)
{
    uint64_t list = walker->words.head;
    walker->words.head += length;
    return list;
}
