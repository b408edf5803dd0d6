/* SPDX-License-Identifier: MIT */
/* results/build_facts.h: the compiler and the optimisation that a producer string names. */
#include <stdio.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "results/build_facts.h"

static const struct {
    const char *producer, *compiler, *optimization;
} producers[] = {
    { "GNU C17 12.2.0 -mtune=generic -march=x86-64 -g", "gcc 12.2.0", "none" },
    { "GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O0", "gcc 12.2.0", "none" },
    { "GNU C11 14.2.0 -mtune=generic -g -O", "gcc 14.2.0", "speed" },
    { "GNU C++20 16.2.1 20261001 (prerelease) -g -O3", "gcc 16.2.1", "speed" },
    { "GNU C17 12.2.0 -g -Og", "gcc 12.2.0", "speed" },
    { "GNU C17 12.2.0 -g -Ofast", "gcc 12.2.0", "speed" },
    { "GNU C17 12.2.0 -g -Os", "gcc 12.2.0", "size" },
    { "GNU C17 12.2.0 -g -Oz", "gcc 12.2.0", "size" },
    { "GNU C17 12.2.0 -g -O2 -O0", "gcc 12.2.0", "none" },
    { "GNU C17 12.2.0 -g -O0 -Os -O2 -fPIC", "gcc 12.2.0", "speed" },
    { "GNU GIMPLE 12.2.0 -g -O2 -fltrans", "gcc 12.2.0", "speed" },
    { "GNU C17 12.2.0", "gcc 12.2.0", "unknown" },
    { "GNU C17 12.2.0 -g -Overlay", "gcc 12.2.0", "none" },
    { "GNU AS 2.40", "GNU AS 2.40", "unknown" },
    { "Debian clang version 14.0.6", "clang 14.0.6", "unknown" },
    { "clang version 19.1.7 (3)", "clang 19.1.7", "unknown" },
    { "Ubuntu clang version 14.0.0-1ubuntu1.1", "clang 14.0.0", "unknown" },
    { "Debian clang version 14.0.6 /usr/lib/llvm-14/bin/clang -g -O2 -c a.c", "clang 14.0.6",
      "speed" },
    { "Debian clang version 14.0.6 /usr/lib/llvm-14/bin/clang -g -c a.c", "clang 14.0.6", "none" },
    { "tcc 0.9.27 ", "tcc 0.9.27", "unknown" },
    { "", "unknown", "unknown" },
    { "-O2", "unknown", "speed" },
};

Test(build_facts, producers)
{
    for (size_t i = 0; i < sizeof producers / sizeof producers[0]; i++) {
        char compiler[64];
        const char *optimization;
        at_producer_read(producers[i].producer, compiler, sizeof compiler, &optimization);
        cr_expect_str_eq(compiler, producers[i].compiler, "%s: %s", producers[i].producer,
                         compiler);
        cr_expect_str_eq(optimization, producers[i].optimization, "%s: %s", producers[i].producer,
                         optimization);
    }
}

Test(build_facts, no_producer)
{
    char compiler[64];
    const char *optimization;
    at_producer_read(NULL, compiler, sizeof compiler, &optimization);
    cr_expect_str_eq(compiler, "unknown");
    cr_expect_str_eq(optimization, "unknown");
}

static void here(void)
{
}

/* Of functions with and without debug information, the same at each time. */
Test(build_facts, of_functions)
{
    struct at_build_facts one = { 0 };
    at_build_facts_add(&one, (const void *) here);
    at_build_facts_add(&one, (const void *) here);
    at_build_facts_close(&one);
    cr_expect(strstr(one.compiler, "gcc ") == one.compiler
                  || strstr(one.compiler, "clang ") == one.compiler,
              "%s", one.compiler);
    struct at_build_facts none = { 0 };
    at_build_facts_add(&none, (const void *) 16);
    at_build_facts_close(&none);
    cr_expect_str_eq(none.compiler, "unknown");
    cr_expect_str_eq(none.optimization, "unknown");
    struct at_build_facts both = { 0 };
    at_build_facts_add(&both, (const void *) here);
    at_build_facts_add(&both, (const void *) 16);
    at_build_facts_close(&both);
    cr_expect_str_eq(both.compiler, "mixed");
}
