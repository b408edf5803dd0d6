/* SPDX-License-Identifier: MIT */
/*
 * The self-probe: does what the process allocates arrive at our counters?
 */
#ifndef AT_INTERPOSE_PROBE_H
#define AT_INTERPOSE_PROBE_H

/* NULL if it does; else one sentence with the cause and the remedy, in static storage. Once, from
   the constructor. What it allocates itself is not counted. */
const char *at_probe(void);

#endif
