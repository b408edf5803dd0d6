/* SPDX-License-Identifier: MIT */
/* See fingerprint.h. */
#include "results/fingerprint.h"

#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "base/json_text.h"
#include "results/names.h"

#define WEAK __attribute__((weak))
extern char __asan_init[] WEAK, __tsan_init[] WEAK, __msan_init[] WEAK, __lsan_init[] WEAK;
extern char __ubsan_handle_type_mismatch_v1[] WEAK;

static void add_sanitizer(struct at_text *text)
{
    const struct {
        const char *name;
        const void *sign;
    } known[] = {
        { "address", __asan_init },
        { "thread", __tsan_init },
        { "memory", __msan_init },
        { "leak", __asan_init ? NULL : __lsan_init },
        { "undefined", __ubsan_handle_type_mismatch_v1 },
    };
    char names[64] = "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!known[i].sign)
            continue;
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? "+" : "", known[i].name);
    }
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_SANITIZER],
                   names[0] ? names : at_none);
}

static void add_libc(struct at_text *text)
{
    char libc[64];
    snprintf(libc, sizeof libc, "%s", at_unknown);
#ifdef __GLIBC__
    snprintf(libc, sizeof libc, "glibc %s", gnu_get_libc_version());
#endif
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_LIBC], libc);
}

void at_fingerprint_add(struct at_text *text, const struct at_build_facts *facts)
{
    at_text_add_string(text, "{");
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_ARCH], AT_ARCH);
    add_libc(text);
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_COMPILER],
                   facts->any ? facts->compiler : at_unknown);
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_OPTIMIZATION],
                   facts->any ? facts->optimization : at_unknown);
    add_sanitizer(text);
    at_json_member(text, at_environment_names[AT_ENVIRONMENT_LIBRARY], AT_VERSION);
    at_text_add_string(text, "}");
}
