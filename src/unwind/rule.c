/* SPDX-License-Identifier: MIT */
/*
 * See rule.h. The linker's sorted table .eh_frame_hdr leads to the call frame instructions of a
 * function (DWARF 5, section 6.4; the augmentations are those of the LSB). Of these, only the two
 * parts of a rule are read: the frame's end and the saved frame pointer. As in libgcc's unwinder,
 * the last instruction before the return address is the last one that is executed. An instruction
 * that is not supported makes the rule unknown, never wrong.
 */
#define _GNU_SOURCE
#include "unwind/rule.h"
#include "unwind/capture.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { RBP = 6, RSP = 7, RETURN_ADDRESS = 16, MAX_PUSHED = 8 };

enum { UDATA4 = 0x03, SDATA4 = 0x0B, PCREL_SDATA4 = 0x1B, DATAREL_SDATA4 = 0x3B };

struct state {
    enum at_cfa cfa;
    uint64_t cfa_register;
    int64_t cfa_offset;
    enum at_fp fp;
    int64_t fp_offset;
    bool has_return; /* the return address is at the frame's end - 8 */
    bool ends;       /* the return address is undefined: there is no caller */
};

struct program {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t code_align;
    int64_t data_align;
    uintptr_t location;
    uintptr_t limit;
    struct state state;
    struct state pushed[MAX_PUSHED];
    unsigned n_pushed;
    bool unsupported;
};

struct cie {
    const uint8_t *program; /* of the CIE, then of the FDE */
    const uint8_t *program_end;
    uint64_t code_align;
    int64_t data_align;
    bool signal;
};

static int32_t read_s32(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t) read_s32(at);
}

static uint64_t read_uleb(const uint8_t **at)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= shift < 64 ? (uint64_t) (byte & 0x7F) << shift : 0;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static int64_t read_sleb(const uint8_t **at)
{
    const uint8_t *start = *at;
    uint64_t value = read_uleb(at);
    unsigned bits = 7 * (unsigned) (*at - start);
    if (bits < 64 && (*at)[-1] & 0x40)
        value |= ~(uint64_t) 0 << bits;
    return (int64_t) value;
}

static void set_cfa(struct program *in, uint64_t reg, int64_t offset)
{
    in->state.cfa = reg == RSP ? AT_CFA_SP : reg == RBP ? AT_CFA_FP : AT_CFA_UNKNOWN;
    in->state.cfa_register = reg;
    in->state.cfa_offset = offset;
}

/* Read an expression of a realigned frame: DW_OP_breg6 with an offset, then DW_OP_deref if `deref`.
   Return false for any other expression. */
static bool read_fp_expression(struct program *in, bool deref, int64_t *offset)
{
    enum { BREG6 = 0x76, DEREF = 0x06 };
    uint64_t size = read_uleb(&in->at);
    const uint8_t *at = in->at;
    const uint8_t *end = in->at += size;
    if (size < 2 || *at++ != BREG6)
        return false;
    *offset = read_sleb(&at);
    return deref ? at + 1 == end && *at == DEREF : at == end;
}

static void set_cfa_expression(struct program *in)
{
    int64_t offset;
    if (read_fp_expression(in, true, &offset))
        in->state.cfa = AT_CFA_AT_FP, in->state.cfa_offset = offset;
    else
        in->state.cfa = AT_CFA_UNKNOWN;
}

static void set_expression(struct program *in)
{
    uint64_t reg = read_uleb(&in->at);
    int64_t offset;
    bool plain = read_fp_expression(in, false, &offset);
    if (reg == RBP && plain)
        in->state.fp = AT_FP_AT_FP, in->state.fp_offset = offset;
    else
        in->unsupported |= reg == RBP || reg == RSP || reg == RETURN_ADDRESS;
}

static void set_saved(struct program *in, uint64_t reg, int64_t offset)
{
    if (reg == RBP)
        in->state.fp = AT_FP_AT_CFA, in->state.fp_offset = offset;
    else if (reg == RETURN_ADDRESS)
        in->state.has_return = offset == -8, in->state.ends = false;
    else
        in->unsupported |= reg == RSP;
}

/* As in libgcc, "undefined", "same value" and "restore" have the same effect, except on the return
   address. */
static void set_unchanged(struct program *in, uint64_t reg, bool undefined)
{
    if (reg == RBP)
        in->state.fp = AT_FP_UNCHANGED;
    else if (reg == RETURN_ADDRESS)
        in->state.has_return = false, in->state.ends = undefined;
    else
        in->unsupported |= reg == RSP;
}

static void push_state(struct program *in)
{
    if (in->n_pushed < MAX_PUSHED)
        in->pushed[in->n_pushed++] = in->state;
    else
        in->unsupported = true;
}

static void pop_state(struct program *in)
{
    if (in->n_pushed > 0)
        in->state = in->pushed[--in->n_pushed];
    else
        in->unsupported = true;
}

static void advance(struct program *in, uint64_t delta)
{
    in->location += delta * in->code_align;
}

/* Skip an instruction that gives a register an unsupported rule. */
static void skip_register(struct program *in)
{
    uint64_t reg = read_uleb(&in->at);
    in->unsupported |= reg == RBP || reg == RSP || reg == RETURN_ADDRESS;
}

static void execute_extended(struct program *in, uint8_t opcode)
{
    const uint8_t **at = &in->at;
    uint64_t reg;
    switch (opcode) {
        case 0x00: break;                        /* nop */
        case 0x02: advance(in, *(*at)++); break; /* advance_loc1 */
        case 0x03: advance(in, (uint64_t) (*at)[0] | (uint64_t) (*at)[1] << 8), *at += 2; break;
        case 0x04: advance(in, read_u32(*at)), *at += 4; break; /* advance_loc4 */
        case 0x05:                                              /* offset_extended */
            reg = read_uleb(at);
            set_saved(in, reg, (int64_t) read_uleb(at) * in->data_align);
            break;
        case 0x06: set_unchanged(in, read_uleb(at), false); break; /* restore_extended */
        case 0x07: set_unchanged(in, read_uleb(at), true); break;  /* undefined */
        case 0x08: set_unchanged(in, read_uleb(at), false); break; /* same_value */
        case 0x09: skip_register(in), read_uleb(at); break;        /* register */
        case 0x0A: push_state(in); break;
        case 0x0B: pop_state(in); break;
        case 0x0C: reg = read_uleb(at), set_cfa(in, reg, (int64_t) read_uleb(at)); break;
        case 0x0D: set_cfa(in, read_uleb(at), in->state.cfa_offset); break;
        case 0x0E: set_cfa(in, in->state.cfa_register, (int64_t) read_uleb(at)); break;
        case 0x0F: set_cfa_expression(in); break;
        case 0x10: set_expression(in); break;
        case 0x11: /* ..._extended_sf */
            reg = read_uleb(at);
            set_saved(in, reg, read_sleb(at) * in->data_align);
            break;
        case 0x12: reg = read_uleb(at), set_cfa(in, reg, read_sleb(at) * in->data_align); break;
        case 0x13: set_cfa(in, in->state.cfa_register, read_sleb(at) * in->data_align); break;
        case 0x14: skip_register(in), read_uleb(at); break;                   /* val_offset */
        case 0x15: skip_register(in), read_sleb(at); break;                   /* val_offset_sf */
        case 0x16: skip_register(in), reg = read_uleb(at), *at += reg; break; /* val_expression */
        case 0x2E: read_uleb(at); break;                                      /* GNU_args_size */
        default: in->unsupported = true;
    }
}

static void execute(struct program *in)
{
    while (in->at < in->end && in->location < in->limit && !in->unsupported) {
        uint8_t byte = *in->at++;
        uint8_t low = byte & 0x3F;
        switch (byte & 0xC0) {
            case 0x40: advance(in, low); break;
            case 0x80: set_saved(in, low, (int64_t) read_uleb(&in->at) * in->data_align); break;
            case 0xC0: set_unchanged(in, low, false); break;
            default: execute_extended(in, low);
        }
    }
}

/* Read a common information entry: its augmentation and where its program is. Return false if an
   augmentation is not supported. */
static bool read_cie(const uint8_t *cie, struct cie *out)
{
    uint32_t length = read_u32(cie);
    const uint8_t *at = cie + 8;
    if (length == UINT32_MAX || (at[0] != 1 && at[0] != 3))
        return false;
    bool byte_column = *at++ == 1;
    const char *augmentation = (const char *) at;
    at += strlen(augmentation) + 1;
    out->code_align = read_uleb(&at);
    out->data_align = read_sleb(&at);
    uint64_t column = byte_column ? *at++ : read_uleb(&at);
    if (column != RETURN_ADDRESS || augmentation[0] != 'z')
        return false;
    uint64_t size = read_uleb(&at);
    out->program = at + size;
    out->program_end = cie + 4 + length;
    out->signal = strchr(augmentation, 'S') != NULL;
    for (const char *letter = augmentation + 1; *letter; letter++) {
        if (*letter == 'R')
            return *at == PCREL_SDATA4;
        if (*letter == 'L')
            at++;
        else if (*letter == 'P' && ((*at & 0x0F) == SDATA4 || (*at & 0x0F) == UDATA4))
            at += 1 + 4; /* SDATA4 in position-independent code, else UDATA4 */
        else if (*letter != 'S')
            return false;
    }
    return false;
}

/* Return the frame description entry for `pc`, by bisection of the sorted table, or NULL. */
static const uint8_t *find_fde(const uint8_t *header, uintptr_t pc)
{
    if (header[0] != 1 || header[1] != PCREL_SDATA4 || header[2] != UDATA4
        || header[3] != DATAREL_SDATA4)
        return NULL;
    const uint8_t *table = header + 12;
    size_t low = 0, high = read_u32(header + 8);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t) header + (uintptr_t) (intptr_t) read_s32(table + middle * 8) <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? header + read_s32(table + (low - 1) * 8 + 4) : NULL;
}

static struct at_rule make_rule(const struct program *in)
{
    const struct state *state = &in->state;
    struct at_rule rule = {
        .cfa = (uint8_t) state->cfa,
        .cfa_offset = (int32_t) state->cfa_offset,
        .fp = (uint8_t) state->fp,
        .fp_offset = (int16_t) state->fp_offset,
    };
    if (state->ends)
        rule.cfa = AT_CFA_END;
    else if (!state->has_return)
        rule.cfa = AT_CFA_UNKNOWN;
    if (in->unsupported || rule.cfa_offset != state->cfa_offset
        || rule.fp_offset != state->fp_offset)
        rule.cfa = AT_CFA_UNKNOWN;
    return rule;
}

struct at_rule at_rule_find(uintptr_t return_address)
{
    const struct at_rule unknown = { .cfa = AT_CFA_UNKNOWN };
    /* Inside the call: the return address itself may belong to the next function. */
    uintptr_t pc = return_address - 1;
    struct dl_find_object object;
    if (_dl_find_object((void *) pc, &object) != 0 || !object.dlfo_eh_frame)
        return unknown;
    const uint8_t *fde = find_fde(object.dlfo_eh_frame, pc);
    struct cie common;
    if (!fde || read_u32(fde) == UINT32_MAX || !read_cie(fde + 4 - read_s32(fde + 4), &common)
        || common.signal)
        return unknown;
    const uint8_t *at = fde + 8;
    uintptr_t start = (uintptr_t) at + (uintptr_t) (intptr_t) read_s32(at);
    if (pc < start || pc - start >= read_u32(at + 4))
        return unknown;
    at += 8;
    uint64_t augmentation_size = read_uleb(&at);
    struct program program = {
        .at = common.program,
        .end = common.program_end,
        .code_align = common.code_align,
        .data_align = common.data_align,
        .location = start,
        .limit = return_address,
    };
    execute(&program);
    program.at = at + augmentation_size;
    program.end = fde + 4 + read_u32(fde);
    execute(&program);
    return make_rule(&program);
}

uintptr_t at_rule_function(uintptr_t pc)
{
    struct dl_find_object object;
    if (_dl_find_object((void *) pc, &object) != 0 || !object.dlfo_eh_frame)
        return 0;
    const uint8_t *fde = find_fde(object.dlfo_eh_frame, pc);
    if (!fde || read_u32(fde) == UINT32_MAX)
        return 0;
    const uint8_t *at = fde + 8;
    uintptr_t start = (uintptr_t) at + (uintptr_t) (intptr_t) read_s32(at);
    return pc - start < read_u32(at + 4) ? start : 0;
}

const void *at_stack_function(uintptr_t address)
{
    uintptr_t start = at_rule_function(address);
    return start ? (const void *) start : at_stack_unwinder_function(address);
}
