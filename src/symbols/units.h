/* SPDX-License-Identifier: MIT */
/*
 * The compile units of an object file: which unit contains an address, which compiler made it with
 * which options, and whether its debug information is in another file (-gsplit-dwarf).
 *
 * The facts come from the first entry of each unit in .debug_info (DWARF 2 to 5, in the formats of
 * 32 and 64 bits). Every read is checked against the bounds of its section.
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
    struct at_elf split; /* the .dwo file that was opened last */
    struct at_unit_sections split_sections;
    uint64_t last; /* 1 + the offset of the unit that was found last; 0 for none */
    const char *last_producer;
};

/* Open the object at `path`, or the program's own file for "". Return false if it cannot be read.
   Release it with at_units_close(). */
bool at_units_open(struct at_units *units, const char *path);
void at_units_close(struct at_units *units);

/*
 * Return the producer of the unit that contains `address`, an address of the file's symbol table:
 * the compiler's name and version, and perhaps its options. Return NULL if it is unknown. Valid
 * until the next call.
 */
const char *at_units_producer(struct at_units *units, uint64_t address);

/* Return true if the object at `path` ("" for the program's own file) has a unit whose functions
   are described only in a .dwo or .dwp file. */
bool at_units_are_split(const char *path);

#endif
