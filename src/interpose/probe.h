/* SPDX-License-Identifier: MIT */
/*
 * The self-probe: do the allocations of this process reach this library's counters?
 */
#ifndef AT_INTERPOSE_PROBE_H
#define AT_INTERPOSE_PROBE_H

/* Return NULL if they do, otherwise a sentence with cause and remedy, in static storage. Called
   once, from the constructor. Allocations of the probe are not counted. The program's own functions
   are tried later, by the first call of at_is_observable(), because they may need the program's
   constructors. */
const char *at_probe(void);

/* Called before an object is opened: try its allocation functions at the next at_is_observable().
 */
void at_probe_later(void);

#endif
