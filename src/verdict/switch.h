/* SPDX-License-Identifier: MIT */
/*
 * ALLOC_TRACKER: on (the default) or off. With off, suites and programs run without measurement and
 * without verdicts, and their results say so. Each process that reports something reads the
 * variable itself. Functions of the core that a program calls are not affected: zeros that were not
 * measured would pass every limit.
 */
#ifndef AT_VERDICT_SWITCH_H
#define AT_VERDICT_SWITCH_H

enum at_switch {
    AT_SWITCH_ON,
    AT_SWITCH_OFF,
    AT_SWITCH_INVALID, /* another value */
};

/* Return the meaning of the variable's value; NULL means that the variable is not set. An empty
   value means the same: a job of a CI service cannot always unset a variable. */
enum at_switch at_switch_parse(const char *value);

/* The reason why nothing was measured, and why a value is invalid, each with its remedy. */
extern const char at_switch_off_reason[];
extern const char at_switch_invalid_reason[];

#endif
