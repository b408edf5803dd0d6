/* SPDX-License-Identifier: MIT */
/* See dwarf.h. The numbers are in DWARF 5, sections 7.5 and 7.6. gcc used the GNU forms before
   DWARF 5. */
#include "symbols/dwarf.h"

#include <string.h>

enum { UNIT_TYPE = 2, UNIT_SKELETON = 4, UNIT_SPLIT_COMPILE = 5, UNIT_SPLIT_TYPE = 6 };

struct at_cursor at_cursor_at(const struct at_bytes *bytes, uint64_t offset)
{
    if (!bytes->data || offset > bytes->size)
        return (struct at_cursor){ .failed = true };
    return (struct at_cursor){ bytes->data + offset, bytes->data + bytes->size, false };
}

static const unsigned char *take_bytes(struct at_cursor *cursor, uint64_t n)
{
    const unsigned char *taken = cursor->at;
    if (cursor->failed || n > (uint64_t) (cursor->end - cursor->at)) {
        cursor->failed = true;
        return NULL;
    }
    cursor->at += n;
    return taken;
}

uint64_t at_cursor_take(struct at_cursor *cursor, size_t n)
{
    const unsigned char *bytes = take_bytes(cursor, n);
    uint64_t value = 0;
    for (size_t i = n; bytes && i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t take_leb(struct at_cursor *cursor, unsigned *bits)
{
    uint64_t value = 0;
    uint64_t byte;
    *bits = 0;
    do {
        byte = at_cursor_take(cursor, 1);
        if (*bits < 64)
            value |= (byte & 0x7F) << *bits;
        *bits += 7;
    } while (byte & 0x80);
    return value;
}

uint64_t at_cursor_uleb(struct at_cursor *cursor)
{
    unsigned bits;
    return take_leb(cursor, &bits);
}

int64_t at_cursor_sleb(struct at_cursor *cursor)
{
    unsigned bits;
    uint64_t value = take_leb(cursor, &bits);
    if (bits < 64 && value >> (bits - 1) & 1)
        value |= ~(uint64_t) 0 << bits;
    return (int64_t) value;
}

const char *at_bytes_string(const struct at_bytes *bytes, uint64_t offset)
{
    if (!bytes->data || offset >= bytes->size
        || !memchr(bytes->data + offset, '\0', bytes->size - (size_t) offset))
        return NULL;
    return (const char *) bytes->data + offset;
}

static const char *take_string(struct at_cursor *cursor)
{
    if (cursor->failed)
        return NULL;
    const struct at_bytes rest = { cursor->at, (size_t) (cursor->end - cursor->at) };
    const char *string = at_bytes_string(&rest, 0);
    take_bytes(cursor, string ? strlen(string) + 1 : rest.size + 1);
    return string;
}

/* Return the size in bytes of a value of the form, or -1 if the form alone does not determine it.
 */
static int fixed_size(uint64_t form, const struct at_unit *unit)
{
    switch (form) {
        case AT_FORM_ADDR: return (int) unit->address_size;
        case 0x0B:
        case 0x0C:
        case 0x11:
        case AT_FORM_STRX1:
        case AT_FORM_ADDRX1: return 1; /* data1, flag, ref1 */
        case AT_FORM_DATA2:
        case 0x12:
        case 0x26:
        case 0x2A: return 2; /* ref2, strx2, addrx2 */
        case 0x27:
        case 0x2B: return 3; /* strx3, addrx3 */
        case AT_FORM_DATA4:
        case 0x13:
        case 0x1C:
        case AT_FORM_STRX4:
        case AT_FORM_ADDRX4: return 4; /* ref4, ref_sup4 */
        case AT_FORM_DATA8:
        case 0x14:
        case 0x20:
        case 0x24: return 8; /* ref8, ref_sig8, ref_sup8 */
        case AT_FORM_STRP:
        case 0x17:
        case 0x1D:
        case AT_FORM_LINE_STRP:
        case 0x1F20:
        case 0x1F21: return (int) unit->offset_size; /* sec_offset, strp_sup, those of dwz */
        case 0x10: return (int) (unit->version <= 2 ? unit->address_size : unit->offset_size);
        case 0x19: return 0; /* flag_present */
        default: return -1;
    }
}

/* Read a value of a form without a fixed size. */
static void take_variable(struct at_cursor *cursor, uint64_t form, struct at_unit_value *value)
{
    switch (form) {
        case 0x03: take_bytes(cursor, at_cursor_take(cursor, 2)); break; /* block2 */
        case 0x04: take_bytes(cursor, at_cursor_take(cursor, 4)); break; /* block4 */
        case 0x09:
        case 0x18: take_bytes(cursor, at_cursor_uleb(cursor)); break;        /* block, exprloc */
        case 0x0A: take_bytes(cursor, at_cursor_take(cursor, 1)); break;     /* block1 */
        case 0x0D: value->number = (uint64_t) at_cursor_sleb(cursor); break; /* sdata */
        case 0x0F:
        case 0x15:
        case AT_FORM_STRX:
        case AT_FORM_ADDRX:
        case 0x22:
        case AT_FORM_RNGLISTX:
        case AT_FORM_GNU_ADDR_INDEX:
        case AT_FORM_GNU_STR_INDEX:
            value->number = at_cursor_uleb(cursor); /* udata, ref_udata, loclistx */
            break;
        case 0x1E: take_bytes(cursor, 16); break; /* data16 */
        case AT_FORM_STRING: value->string = take_string(cursor); break;
        default: cursor->failed = true;
    }
}

static void take_value(struct at_cursor *cursor, uint64_t form, const struct at_unit *unit,
                       struct at_unit_value *value)
{
    enum { INDIRECT = 0x16 };
    if (form == INDIRECT)
        form = at_cursor_uleb(cursor);
    int size = fixed_size(form, unit);
    value->form = (uint32_t) form;
    if (size >= 0)
        value->number = at_cursor_take(cursor, (size_t) size);
    else
        take_variable(cursor, form, value);
}

/* Return a cursor at the attributes of the abbreviation `code`. It has failed if there is none. */
static struct at_cursor find_abbreviation(const struct at_bytes *abbrev, uint64_t offset,
                                          uint64_t code, bool *has_children)
{
    enum { IMPLICIT_CONST = 0x21 };
    struct at_cursor cursor = at_cursor_at(abbrev, offset);
    while (!cursor.failed) {
        uint64_t found = at_cursor_uleb(&cursor);
        if (found == 0)
            break;
        at_cursor_uleb(&cursor); /* the tag */
        *has_children = at_cursor_take(&cursor, 1) != 0;
        if (found == code)
            return cursor;
        uint64_t name, form;
        do {
            name = at_cursor_uleb(&cursor);
            form = at_cursor_uleb(&cursor);
            if (form == IMPLICIT_CONST)
                at_cursor_sleb(&cursor);
        } while (!cursor.failed && (name || form));
    }
    cursor.failed = true;
    return cursor;
}

/* Return the enum at_unit_attribute of a DWARF attribute, or -1. */
static int attribute_of(uint64_t name)
{
    switch (name) {
        case 0x11: return AT_UNIT_LOW_PC;
        case 0x12: return AT_UNIT_HIGH_PC;
        case 0x55: return AT_UNIT_RANGES;
        case 0x25: return AT_UNIT_PRODUCER;
        case 0x1B: return AT_UNIT_DIRECTORY;
        case 0x76:
        case 0x2130: return AT_UNIT_DWO_NAME;
        case 0x72: return AT_UNIT_STR_OFFSETS_BASE;
        case 0x73:
        case 0x2133: return AT_UNIT_ADDR_BASE;
        case 0x74: return AT_UNIT_RNGLISTS_BASE;
        default: return -1;
    }
}

static void read_entry(struct at_cursor *cursor, const struct at_bytes *abbrev, uint64_t offset,
                       struct at_unit *unit)
{
    enum { IMPLICIT_CONST = 0x21 };
    uint64_t code = at_cursor_uleb(cursor);
    if (cursor->failed || code == 0)
        return;
    struct at_cursor list = find_abbreviation(abbrev, offset, code, &unit->has_children);
    while (!list.failed && !cursor->failed) {
        uint64_t name = at_cursor_uleb(&list);
        uint64_t form = at_cursor_uleb(&list);
        struct at_unit_value value = { .form = 0 };
        if (list.failed || (!name && !form))
            return;
        if (form == IMPLICIT_CONST)
            value.form = IMPLICIT_CONST, value.number = (uint64_t) at_cursor_sleb(&list);
        else
            take_value(cursor, form, unit, &value);
        int slot = attribute_of(name);
        if (slot >= 0 && !cursor->failed)
            unit->values[slot] = value;
    }
}

bool at_unit_next(struct at_cursor *info, const struct at_bytes *abbrev, struct at_unit *unit)
{
    *unit = (struct at_unit){ .offset_size = 4 };
    uint64_t length = at_cursor_take(info, 4);
    if (length == UINT32_MAX) {
        unit->offset_size = 8;
        length = at_cursor_take(info, 8);
    }
    struct at_cursor cursor = *info;
    if (!take_bytes(info, length) || length == 0)
        return false;
    cursor.end = info->at;
    unit->version = (unsigned) at_cursor_take(&cursor, 2);
    if (unit->version < 2 || unit->version > 5)
        return true;
    uint64_t kind = unit->version == 5 ? at_cursor_take(&cursor, 1) : 0;
    if (kind)
        unit->address_size = (unsigned) at_cursor_take(&cursor, 1);
    uint64_t offset = at_cursor_take(&cursor, unit->offset_size);
    if (!kind)
        unit->address_size = (unsigned) at_cursor_take(&cursor, 1);
    if (kind == UNIT_SKELETON || kind == UNIT_SPLIT_COMPILE)
        take_bytes(&cursor, 8); /* the identifier of the skeleton and its split unit */
    if (unit->address_size <= 8 && kind != UNIT_TYPE && kind != UNIT_SPLIT_TYPE)
        read_entry(&cursor, abbrev, offset, unit);
    return true;
}
