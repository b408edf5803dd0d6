/* SPDX-License-Identifier: MIT */
/*
 * The compile units of an object file, from the first entry of each unit in .debug_info (DWARF 2 to
 * 5, also of 64 bits): which of them holds an address, which compiler made it with which options,
 * and whether its debug information is elsewhere (-gsplit-dwarf). Every read is checked against its
 * section.
 */
#ifndef AT_SYMBOLS_UNITS_H
#define AT_SYMBOLS_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "symbols/elf_file.h"

struct at_unit_sections {
    struct at_bytes info, abbrev, str, line_str, str_offsets, addr, ranges, rnglists;
};

struct at_units {
    struct at_elf elf;
    struct at_unit_sections sections;
    struct at_elf split; /* the .dwo file that was asked for last */
    struct at_unit_sections split_sections;
    uint64_t last; /* 1 + where the unit stands that was found last, 0 for none */
    const char *last_producer;
};

/* Open the object at `path`, or the program's own file for "". Return false if it cannot be read.
   End with at_units_close(). */
bool at_units_open(struct at_units *units, const char *path);
void at_units_close(struct at_units *units);

/*
 * Return the producer of the unit that holds `address`, as the file's symbols have addresses: the
 * compiler's name and version, and perhaps its options. NULL if it is unknown. Valid until the next
 * call.
 */
const char *at_units_producer(struct at_units *units, uint64_t address);

/* Return true if the functions of any unit of the object at `path`, "" for the program's own file,
   are described in a .dwo or .dwp file only. */
bool at_units_are_split(const char *path);

#endif
