/* SPDX-License-Identifier: MIT */
/* See units.h. */
#include "symbols/units.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "symbols/debug_file.h"
#include "symbols/dwarf.h"

static void find_sections(struct at_elf *elf, bool split, struct at_unit_sections *sections)
{
    const struct {
        const char *name, *split_name;
        struct at_bytes *bytes;
    } wanted[] = {
        { ".debug_info", ".debug_info.dwo", &sections->info },
        { ".debug_abbrev", ".debug_abbrev.dwo", &sections->abbrev },
        { ".debug_str", ".debug_str.dwo", &sections->str },
        { ".debug_line_str", NULL, &sections->line_str },
        { ".debug_str_offsets", ".debug_str_offsets.dwo", &sections->str_offsets },
        { ".debug_addr", NULL, &sections->addr },
        { ".debug_ranges", NULL, &sections->ranges },
        { ".debug_rnglists", NULL, &sections->rnglists },
    };
    *sections = (struct at_unit_sections){ .info = { NULL, 0 } };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *name = split ? wanted[i].split_name : wanted[i].name;
        if (name)
            *wanted[i].bytes = at_elf_contents(elf, name);
    }
}

/* Open the object, or its separate debug file if the object has no debug information. */
static bool open_debug_information(struct at_elf *elf, const char *path)
{
    enum at_compression compression;
    struct at_elf debug;
    if (!at_elf_open(elf, path))
        return false;
    if (!at_elf_section(elf, ".debug_info", &compression).data
        && !at_elf_section(elf, ".zdebug_info", &compression).data
        && at_debug_file_open(&debug, elf, path)) {
        at_elf_close(elf);
        *elf = debug;
    }
    return true;
}

bool at_units_open(struct at_units *units, const char *path)
{
    *units = (struct at_units){ .elf = { .n_unpacked = 0 } };
    if (!open_debug_information(&units->elf, path))
        return false;
    find_sections(&units->elf, false, &units->sections);
    return true;
}

void at_units_close(struct at_units *units)
{
    at_elf_close(&units->elf);
    at_elf_close(&units->split);
}

static uint64_t table_entry(const struct at_bytes *table, uint64_t base, uint64_t index,
                            unsigned size, bool *found)
{
    uint64_t offset;
    struct at_cursor cursor = { .failed = true };
    if (!__builtin_mul_overflow(index, (uint64_t) size, &offset)
        && !__builtin_add_overflow(offset, base, &offset))
        cursor = at_cursor_at(table, offset);
    uint64_t entry = at_cursor_take(&cursor, size);
    *found = !cursor.failed;
    return entry;
}

static const char *string_of(const struct at_unit *unit, const struct at_unit_sections *sections,
                             enum at_unit_attribute attribute)
{
    const struct at_unit_value *value = &unit->values[attribute];
    if (value->form == AT_FORM_STRING)
        return value->string;
    if (value->form == AT_FORM_STRP)
        return at_bytes_string(&sections->str, value->number);
    if (value->form == AT_FORM_LINE_STRP)
        return at_bytes_string(&sections->line_str, value->number);
    bool indexed = value->form == AT_FORM_STRX || value->form == AT_FORM_GNU_STR_INDEX
                   || (value->form >= AT_FORM_STRX1 && value->form <= AT_FORM_STRX4);
    if (!indexed)
        return NULL;
    const struct at_unit_value *base = &unit->values[AT_UNIT_STR_OFFSETS_BASE];
    /* A .dwo file has one table. It begins after a header, which DWARF 4 does not have. */
    uint64_t start = base->form ? base->number : unit->version >= 5 ? unit->offset_size * 2 : 0;
    bool found;
    uint64_t offset =
        table_entry(&sections->str_offsets, start, value->number, unit->offset_size, &found);
    return found ? at_bytes_string(&sections->str, offset) : NULL;
}

static bool address_at(const struct at_unit *unit, const struct at_unit_sections *sections,
                       uint64_t index, uint64_t *address)
{
    bool found;
    *address = table_entry(&sections->addr, unit->values[AT_UNIT_ADDR_BASE].number, index,
                           unit->address_size, &found);
    return found;
}

static bool address_of(const struct at_unit *unit, const struct at_unit_sections *sections,
                       enum at_unit_attribute attribute, uint64_t *address)
{
    const struct at_unit_value *value = &unit->values[attribute];
    *address = value->number;
    if (value->form == AT_FORM_ADDR)
        return true;
    bool indexed = value->form == AT_FORM_ADDRX || value->form == AT_FORM_GNU_ADDR_INDEX
                   || (value->form >= AT_FORM_ADDRX1 && value->form <= AT_FORM_ADDRX4);
    return indexed && address_at(unit, sections, value->number, address);
}

/* Read .debug_ranges, before DWARF 5: pairs of addresses. A pair of zeros is the end; a pair that
   begins with the highest address sets the base. */
static bool covers_old_ranges(const struct at_unit *unit, const struct at_unit_sections *sections,
                              uint64_t base, uint64_t address)
{
    unsigned size = unit->address_size;
    uint64_t highest = size == 8 ? UINT64_MAX : size == 4 ? UINT32_MAX : 0;
    struct at_cursor cursor = at_cursor_at(&sections->ranges, unit->values[AT_UNIT_RANGES].number);
    while (!cursor.failed && highest) {
        uint64_t low = at_cursor_take(&cursor, size);
        uint64_t high = at_cursor_take(&cursor, size);
        if (cursor.failed || (low == 0 && high == 0))
            return false;
        if (low == highest)
            base = high;
        else if (address - base >= low && address - base < high)
            return true;
    }
    return false;
}

/* Read one entry of .debug_rnglists. Return false at the end of the list. */
static bool take_range(struct at_cursor *cursor, const struct at_unit *unit,
                       const struct at_unit_sections *sections, uint64_t *base, uint64_t range[2])
{
    enum { END, BASEX, STARTX_ENDX, STARTX_LENGTH, OFFSETS, BASE, START_END, START_LENGTH };
    uint64_t kind = at_cursor_take(cursor, 1);
    bool known = true;
    range[0] = range[1] = 0;
    if (kind == BASE || kind == START_END || kind == START_LENGTH)
        range[0] = at_cursor_take(cursor, unit->address_size);
    else if (kind != END)
        range[0] = at_cursor_uleb(cursor);
    if (kind == START_END)
        range[1] = at_cursor_take(cursor, unit->address_size);
    else if (kind != END && kind != BASE && kind != BASEX)
        range[1] = at_cursor_uleb(cursor);
    if (kind == BASEX || kind == STARTX_ENDX || kind == STARTX_LENGTH)
        known = address_at(unit, sections, range[0], &range[0]);
    if (kind == STARTX_ENDX)
        known &= address_at(unit, sections, range[1], &range[1]);
    if (kind == STARTX_LENGTH || kind == START_LENGTH)
        range[1] += range[0];
    if (kind == OFFSETS)
        range[0] += *base, range[1] += *base;
    if (kind == BASE || kind == BASEX)
        *base = range[0], range[1] = range[0];
    return kind != END && kind <= START_LENGTH && known && !cursor->failed;
}

static bool covers_ranges(const struct at_unit *unit, const struct at_unit_sections *sections,
                          uint64_t base, uint64_t address)
{
    const struct at_unit_value *value = &unit->values[AT_UNIT_RANGES];
    uint64_t offset = value->number;
    if (value->form == AT_FORM_RNGLISTX) {
        uint64_t table = unit->values[AT_UNIT_RNGLISTS_BASE].number;
        bool found;
        offset = table_entry(&sections->rnglists, table, value->number, unit->offset_size, &found);
        if (!found || __builtin_add_overflow(offset, table, &offset))
            return false;
    }
    struct at_cursor cursor = at_cursor_at(&sections->rnglists, offset);
    uint64_t range[2];
    while (take_range(&cursor, unit, sections, &base, range))
        if (address >= range[0] && address < range[1])
            return true;
    return false;
}

static bool covers(const struct at_unit *unit, const struct at_unit_sections *sections,
                   uint64_t address)
{
    uint64_t low = 0, high = 0;
    bool has_low = address_of(unit, sections, AT_UNIT_LOW_PC, &low);
    if (unit->values[AT_UNIT_RANGES].form)
        return unit->version >= 5 ? covers_ranges(unit, sections, low, address)
                                  : covers_old_ranges(unit, sections, low, address);
    if (!has_low || !unit->values[AT_UNIT_HIGH_PC].form)
        return false;
    if (!address_of(unit, sections, AT_UNIT_HIGH_PC, &high)) /* then it is a size */
        high += low;
    return address >= low && address < high;
}

/* Return the producer of the first unit in the .dwo file that a unit names. */
static const char *split_producer(struct at_units *units, const struct at_unit *unit)
{
    char path[PATH_MAX];
    const char *name = string_of(unit, &units->sections, AT_UNIT_DWO_NAME);
    const char *directory = string_of(unit, &units->sections, AT_UNIT_DIRECTORY);
    if (!name)
        return NULL;
    bool relative = name[0] != '/' && directory;
    int n =
        snprintf(path, sizeof path, "%s%s%s", relative ? directory : "", relative ? "/" : "", name);
    at_elf_close(&units->split);
    if (n >= (int) sizeof path || !path[0] || !at_elf_open(&units->split, path))
        return NULL;
    find_sections(&units->split, true, &units->split_sections);
    struct at_cursor info = at_cursor_at(&units->split_sections.info, 0);
    struct at_unit split;
    while (at_unit_next(&info, &units->split_sections.abbrev, &split)) {
        const char *producer = string_of(&split, &units->split_sections, AT_UNIT_PRODUCER);
        if (producer)
            return producer;
    }
    return NULL;
}

/* Return true if the unit that was found last contains the address, as is usual for neighbours in a
   list of functions. */
static bool is_in_last(const struct at_units *units, uint64_t address)
{
    struct at_unit unit;
    struct at_cursor info = at_cursor_at(&units->sections.info, units->last ? units->last - 1 : 0);
    return units->last && at_unit_next(&info, &units->sections.abbrev, &unit)
           && covers(&unit, &units->sections, address);
}

const char *at_units_producer(struct at_units *units, uint64_t address)
{
    struct at_cursor info = at_cursor_at(&units->sections.info, 0);
    struct at_unit unit;
    if (is_in_last(units, address))
        return units->last_producer;
    units->last_producer = NULL;
    units->last = 0;
    for (const unsigned char *start = info.at; at_unit_next(&info, &units->sections.abbrev, &unit);
         start = info.at) {
        if (!covers(&unit, &units->sections, address))
            continue;
        units->last = (uint64_t) (start - units->sections.info.data) + 1;
        units->last_producer = unit.values[AT_UNIT_DWO_NAME].form
                                   ? split_producer(units, &unit)
                                   : string_of(&unit, &units->sections, AT_UNIT_PRODUCER);
        break;
    }
    return units->last_producer;
}

/* Return false if no unit can be split: only split units, and clang's, have a section for
   addresses. Then .debug_info need not be read and decompressed. */
static bool may_be_split(const struct at_elf *elf)
{
    enum at_compression compression;
    return at_elf_section(elf, ".debug_addr", &compression).data
           || at_elf_section(elf, ".zdebug_addr", &compression).data;
}

bool at_units_are_split(const char *path)
{
    struct at_elf elf;
    struct at_unit unit;
    bool split = false;
    if (!open_debug_information(&elf, path))
        return false;
    if (may_be_split(&elf)) {
        const struct at_bytes section = at_elf_contents(&elf, ".debug_info");
        const struct at_bytes abbrev = at_elf_contents(&elf, ".debug_abbrev");
        struct at_cursor info = at_cursor_at(&section, 0);
        while (!split && at_unit_next(&info, &abbrev, &unit))
            split = unit.values[AT_UNIT_DWO_NAME].form && !unit.has_children;
    }
    at_elf_close(&elf);
    return split;
}
