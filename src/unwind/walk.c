/* SPDX-License-Identifier: MIT */
/*
 * See walk.h. A walk stores each word that it reads: the return address of each frame and, if the
 * frame's end depends on the frame pointer, the saved frame pointer.
 *
 * How a walk continues from a frame depends on four things alone: the frame's return address (which
 * selects its rule), its stack pointer, the address of its saved frame pointer, and the words that
 * the walk reads from there on. Suppose that a walk comes to a frame of the thread's last stack at
 * which the first three are the same. Then the next word that the walk would read is the next word
 * of that stack. As long as the words are unchanged, so are the frames, and the walk takes them
 * from the last stack. At the first word that has changed, the walk continues by rules, from the
 * frame before it. So nothing is believed because it is recent, and no word is read that the
 * unwinder would not read.
 *
 * A stack that was cut at the depth limit is never the last stack: its list does not contain the
 * outer frames. Nor does a walk take so many frames that the stack would exceed the limit.
 */
#include "unwind/walk.h"

#include <string.h>

struct walk {
    struct at_walker *walker;
    struct at_stack *stack;
    struct at_word *words; /* the words that were read so far */
    struct at_tail *tails; /* one for each word */
    uint32_t n_words;
    uintptr_t pc;    /* of the current frame: the return address at which it continues */
    uintptr_t sp;    /* its stack pointer at that address */
    uintptr_t fp_at; /* the address of its saved frame pointer */
    uint64_t cursor; /* position in the last stack; frames before it are inside the current one */
};

void at_walk_start(struct at_walker *walker)
{
    walker->words.head = walker->words.floor = 1;
}

void at_walk_discard_all(struct at_walker *walker)
{
    walker->words.floor = walker->words.head;
    if (++walker->age != 0)
        return;
    memset(walker->few_rules, 0, sizeof walker->few_rules);
    memset(walker->rules, 0, sizeof walker->rules);
}

/* Return the rule for `return_address`. User space ends below 2^47, so the age fits above the
   address in a key. */
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

/* Read the word at `address` and store it. Return false if the address is not aligned, which the
   rules of compilers never give. */
static bool read_word(struct walk *walk, uintptr_t address, uintptr_t *value)
{
    if (address % sizeof(uintptr_t) != 0)
        return false;
    *value = *(const uintptr_t *) address;
    walk->words[walk->n_words++] = (struct at_word){ address, *value };
    return true;
}

/* Find the frame's end and the address of its caller's saved frame pointer. As in the unwinder, the
   frame pointer is read only if one of them depends on it. */
static bool find_frame_end(struct walk *walk, const struct at_rule *rule, uintptr_t *end,
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
    if (rule->fp == AT_FP_UNCHANGED)
        *fp_at = walk->fp_at;
    else
        *fp_at = (rule->fp == AT_FP_AT_CFA ? *end : fp) + saved;
    return true;
}

/* Go from a frame to its caller. Return false if the rule is not supported. */
static bool step_to_caller(struct walk *walk, const struct at_rule *rule)
{
    uintptr_t end;
    if (rule->cfa == AT_CFA_UNKNOWN || !find_frame_end(walk, rule, &end, &walk->fp_at))
        return false;
    walk->sp = end;
    return read_word(walk, end - sizeof(uintptr_t), &walk->pc);
}

/* Add the current frame to the stack. Its return address is the last word that was read. */
static void add_frame(struct walk *walk)
{
    walk->stack->frames[walk->stack->n_frames++] = walk->pc - 1;
    walk->words[walk->n_words - 1].address |= AT_WORD_IS_FRAME;
    walk->tails[walk->n_words - 1].fp_at = walk->fp_at;
}

/* Return the word of the last stack that is the current frame, or NULL, and move the cursor there.
 */
static const struct at_word *find_in_last(struct walk *walk)
{
    const struct at_words *words = &walk->walker->words;
    uintptr_t address = walk->words[walk->n_words - 1].address;
    while (at_words_are_valid(words, walk->cursor)) {
        const struct at_word *word = &words->word[walk->cursor % AT_N_WORDS];
        if (!word->address) {
            walk->cursor = word->value;
            continue;
        }
        if (word->address & AT_WORD_IS_FRAME && word->address >= address) {
            bool same = word->address == address && word->value == walk->pc
                        && words->tail[walk->cursor % AT_N_WORDS].fp_at == walk->fp_at;
            return same ? word : NULL;
        }
        walk->cursor++;
    }
    return NULL;
}

/* Copy the words of the last stack from after the cursor up to the frame at position `last`, and
   make that frame the current one. */
static void copy_words(struct walk *walk, uint64_t last)
{
    const struct at_words *words = &walk->walker->words;
    while (walk->cursor != last) {
        const struct at_word *word = &words->word[++walk->cursor % AT_N_WORDS];
        if (!word->address) {
            walk->cursor = word->value - 1;
            continue;
        }
        walk->words[walk->n_words] = *word;
        walk->tails[walk->n_words++] = words->tail[walk->cursor % AT_N_WORDS];
    }
    walk->pc = words->word[last % AT_N_WORDS].value;
    walk->sp = at_word_address(&words->word[last % AT_N_WORDS]) + sizeof(uintptr_t);
    walk->fp_at = words->tail[last % AT_N_WORDS].fp_at;
}

/* Take frames from the last stack, from the cursor on, while its words are unchanged. Return true
   if that leads to its end. Otherwise make the last unchanged frame the current one, and return
   false: the walk continues by rules. */
static bool follow_last(struct walk *walk)
{
    const struct at_words *words = &walk->walker->words;
    struct at_stack *stack = walk->stack;
    uint64_t position = walk->cursor + 1, last = walk->cursor;
    bool holds = true;
    while (holds && position && at_words_are_valid(words, position)) {
        const struct at_word *first = &words->word[position % AT_N_WORDS], *word = first;
        for (; word->address; word++) {
            holds = *(const uintptr_t *) at_word_address(word) == word->value
                    && stack->n_frames < AT_STACK_MAX;
            if (!holds)
                break;
            if (!(word->address & AT_WORD_IS_FRAME))
                continue;
            stack->frames[stack->n_frames++] = word->value - 1;
            last = position + (uint64_t) (word - first);
        }
        if (holds)
            position = word->value;
    }
    if (position == 0)
        return true;
    copy_words(walk, last);
    return false;
}

/* Compute the hashes, from the outermost frame inwards, and end the list: it continues at position
   `rest` of the ring, or nowhere if that is 0. */
static void finish_list(struct walk *walk, uint64_t rest)
{
    uint64_t hash = rest ? walk->walker->words.tail[rest % AT_N_WORDS].hash : 0;
    for (uint32_t i = walk->n_words; i-- > AT_HEAD_WORDS;) {
        if (!(walk->words[i].address & AT_WORD_IS_FRAME))
            continue;
        hash = at_stack_hash(hash, walk->words[i].value - 1);
        walk->tails[i].hash = hash;
    }
    walk->words[walk->n_words++] = (struct at_word){ 0, rest };
    walk->stack->hash = hash;
}

/* Walk frame by frame. Return false if a rule is not supported. Set `*rest` to the position at
   which the rest of the stack was taken from the last stack. */
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
        if (seen && find_in_last(walk) && follow_last(walk)) {
            walk->n_words--; /* the list continues with the last stack's word for this frame */
            *rest = walk->cursor;
            return true;
        }
        const struct at_rule *rule = rule_get(walk->walker, walk->pc);
        if (rule->cfa == AT_CFA_END)
            return seen;
        if (!step_to_caller(walk, rule))
            return false;
    }
    return seen && walk->pc == 0;
}

uint32_t at_walk(struct at_walker *walker, const uintptr_t *frame, const void *caller,
                 struct at_stack *stack)
{
    struct at_words *words = &walker->words;
    /* The words of one walk are contiguous. */
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
    stack->end = AT_STACK_WHOLE; /* unless the walk comes to the depth limit */
    if (!read_word(&walk, (uintptr_t) (frame + 1), &walk.pc) || !walk_stack(&walk, caller, &rest))
        return 0;
    finish_list(&walk, rest);
    return walk.n_words;
}

uint64_t at_walk_store(struct at_walker *walker, uint32_t length)
{
    uint64_t list = walker->words.head;
    walker->words.head += length;
    return list;
}
