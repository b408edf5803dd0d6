/* SPDX-License-Identifier: MIT */
/*
 * The self-probe: does what the process allocates arrive at our counters?
 */
#ifndef AT_INTERPOSE_PROBE_H
#define AT_INTERPOSE_PROBE_H

/* Return NULL if it does, else one sentence with the cause and the remedy, in static storage.
   Called once, from the constructor. What it allocates itself is not counted. Functions of the
   program's own are tried when somebody first asks whether allocations can be observed: by then the
   program has prepared what they need. */
const char *at_probe(void);

/* An object is about to be opened, which may bring such functions. */
void at_probe_later(void);

#endif
