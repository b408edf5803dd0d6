/* SPDX-License-Identifier: MIT */
/* See unmeasured.h. */
#include "preload/unmeasured.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/replace.h"
#include "results/fingerprint.h"
#include "results/names.h"
#include "results/usage.h"
#include "verdict/switch.h"

bool at_unmeasured_write(const char *path, const char *program, const char *reason)
{
    static const struct at_build_facts unknown;
    const char *slash = strrchr(program, '/');
    struct at_text text = { 0 };
    at_text_add_string(&text, "{\"schema\":\"" AT_RESULTS_SCHEMA "\"," AT_RESULTS_OFF
                              ",\n\"environment\":");
    at_fingerprint_add(&text, &unknown);
    at_text_add_string(&text, ",\n\"tests\":[\n{");
    at_json_member(&text, "id", slash && slash[1] ? slash + 1 : program);
    at_json_member(&text, "status", at_test_status_names[AT_TEST_SKIPPED]);
    at_usage_add_values(&text, NULL);
    at_text_add_string(&text, ",\"frames\":[],\"sites\":null,\"dropped\":0,\"budget\":[]");
    at_json_member(&text, "verdict", at_verdict_names[AT_VERDICT_UNOBSERVED]);
    at_json_member(&text, "reason", reason);
    at_text_add_string(&text, "}\n]}\n");
    bool written = at_replace_file(path, &text);
    at_text_free(&text);
    return written;
}

static const char *find_switch(char *const environment[])
{
    static const char name[] = "ALLOC_TRACKER=";
    for (; *environment; environment++)
        if (strncmp(*environment, name, sizeof name - 1) == 0)
            return *environment + sizeof name - 1;
    return NULL;
}

bool at_unmeasured_begin(char *const environment[], const char *path, const char *program)
{
    enum at_switch state = at_switch_parse(find_switch(environment));
    if (state == AT_SWITCH_ON)
        return false;
    const char *reason = state == AT_SWITCH_OFF ? at_switch_off_reason : at_switch_invalid_reason;
    int error = errno;
    struct at_text text = { 0 };
    at_text_printf(&text, "alloc_tracker: %s\n", reason);
    if (!at_unmeasured_write(path, program, reason))
        at_text_printf(&text, "alloc_tracker: %s: %s\n", path, strerror(errno));
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    errno = error;
    return true;
}
