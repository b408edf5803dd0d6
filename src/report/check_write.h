/* SPDX-License-Identifier: MIT */
/* A judgement as a text, by format. */
#ifndef AT_REPORT_CHECK_WRITE_H
#define AT_REPORT_CHECK_WRITE_H

#include "report/judge.h"

typedef void at_check_writer(struct at_text *text, const struct at_judgement *judgement);

at_check_writer at_check_write_text;   /* for people */
at_check_writer at_check_write_colour; /* for people at a terminal */
at_check_writer at_check_write_markdown;
at_check_writer at_check_write_json;
at_check_writer at_check_write_github; /* workflow commands */

#endif
