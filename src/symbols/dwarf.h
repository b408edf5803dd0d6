/* SPDX-License-Identifier: MIT */
/*
 * A reader for the first entry of each DWARF unit. It stores the attributes that symbols/units.c
 * needs. All reads go through a cursor, which never leaves its section.
 */
#ifndef AT_SYMBOLS_DWARF_H
#define AT_SYMBOLS_DWARF_H

#include <stdbool.h>
#include <stdint.h>

#include "symbols/elf_file.h"

struct at_cursor {
    const unsigned char *at;
    const unsigned char *end;
    bool failed; /* a read went beyond the end; every later read returns 0 */
};

/* Return a cursor from `offset` to the end of `bytes`. It has failed if `offset` is beyond the end.
 */
struct at_cursor at_cursor_at(const struct at_bytes *bytes, uint64_t offset);

/* Read an integer of `n` bytes, at most 8, least significant byte first; or one in LEB128. */
uint64_t at_cursor_take(struct at_cursor *cursor, size_t n);
uint64_t at_cursor_uleb(struct at_cursor *cursor);
int64_t at_cursor_sleb(struct at_cursor *cursor);

/* Return the string at `offset`, or NULL if it does not end inside `bytes`. */
const char *at_bytes_string(const struct at_bytes *bytes, uint64_t offset);

enum at_unit_attribute {
    AT_UNIT_LOW_PC,
    AT_UNIT_HIGH_PC,
    AT_UNIT_RANGES,
    AT_UNIT_PRODUCER,
    AT_UNIT_DIRECTORY,
    AT_UNIT_DWO_NAME,
    AT_UNIT_STR_OFFSETS_BASE,
    AT_UNIT_ADDR_BASE,
    AT_UNIT_RNGLISTS_BASE,
    AT_UNIT_ATTRIBUTES
};

struct at_unit_value {
    uint32_t form; /* 0: the unit does not have the attribute */
    uint64_t number;
    const char *string; /* for a string in the entry itself */
};

struct at_unit {
    unsigned version;
    unsigned offset_size;  /* 4 or 8 */
    unsigned address_size; /* up to 8 */
    bool has_children;     /* the unit describes functions */
    struct at_unit_value values[AT_UNIT_ATTRIBUTES];
};

/*
 * Read the unit at the cursor, and move the cursor to the next one. Return false at the end, or if
 * the unit's length is invalid. A unit of an unknown kind or version has no values.
 */
bool at_unit_next(struct at_cursor *info, const struct at_bytes *abbrev, struct at_unit *unit);

/* The DWARF forms that units.c distinguishes. */
enum at_form {
    AT_FORM_ADDR = 0x01,
    AT_FORM_DATA2 = 0x05,
    AT_FORM_DATA4 = 0x06,
    AT_FORM_DATA8 = 0x07,
    AT_FORM_STRING = 0x08,
    AT_FORM_STRP = 0x0E,
    AT_FORM_STRX = 0x1A,
    AT_FORM_ADDRX = 0x1B,
    AT_FORM_LINE_STRP = 0x1F,
    AT_FORM_RNGLISTX = 0x23,
    AT_FORM_STRX1 = 0x25,
    AT_FORM_STRX4 = 0x28,
    AT_FORM_ADDRX1 = 0x29,
    AT_FORM_ADDRX4 = 0x2C,
    AT_FORM_GNU_ADDR_INDEX = 0x1F01,
    AT_FORM_GNU_STR_INDEX = 0x1F02,
};

#endif
