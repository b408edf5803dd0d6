/* SPDX-License-Identifier: MIT */
/*
 * See build_facts.h. Producers read "GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O2" and
 * "Debian clang version 14.0.6".
 */
#include "results/build_facts.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "attribution/module.h"
#include "results/names.h"

/* Return the first word of `text` that begins with `c`, or with a digit if `c` is '0'; NULL if
   there is none. */
static const char *find_word(const char *text, char c)
{
    for (const char *word = text; *word; word += strspn(word, " ")) {
        if (c == '0' ? *word >= '0' && *word <= '9' : *word == c)
            return word;
        word += strcspn(word, " ");
    }
    return NULL;
}

static void read_compiler(const char *producer, char *compiler, size_t size)
{
    static const char clang[] = "clang version ";
    const char *version = strstr(producer, clang);
    const char *options = find_word(producer, '-');
    if (version) {
        version += sizeof clang - 1;
        snprintf(compiler, size, "clang %.*s", (int) strcspn(version, " -+~"), version);
        return;
    }
    version = strncmp(producer, "GNU ", 4) == 0 && strncmp(producer, "GNU AS", 6) != 0
                  ? find_word(producer, '0')
                  : NULL;
    if (version) {
        snprintf(compiler, size, "gcc %.*s", (int) strcspn(version, " "), version);
        return;
    }
    size_t n = options ? (size_t) (options - producer) : strlen(producer);
    while (n > 0 && producer[n - 1] == ' ')
        n--;
    if (n)
        snprintf(compiler, size, "%.*s", (int) n, producer);
    else
        snprintf(compiler, size, "%s", at_unknown);
}

/* Return the optimisation of the last option -O. */
static const char *read_optimization(const char *producer)
{
    const char *options = find_word(producer, '-');
    enum at_optimization found = options ? AT_OPTIMIZATION_NONE : AT_OPTIMIZATION_UNKNOWN;
    for (const char *word = options; word; word = find_word(word + strcspn(word, " "), '-')) {
        size_t n = strcspn(word, " ");
        if (n < 2 || word[1] != 'O')
            continue;
        const char *level = word + 2;
        n -= 2;
        if (n == 1 && (*level == 's' || *level == 'z'))
            found = AT_OPTIMIZATION_SIZE;
        else if (n == 1 && *level == '0')
            found = AT_OPTIMIZATION_NONE;
        else if (n <= 1 || (n == 4 && memcmp(level, "fast", 4) == 0))
            found = AT_OPTIMIZATION_SPEED;
    }
    return at_optimization_names[found];
}

void at_producer_read(const char *producer, char *compiler, size_t size, const char **optimization)
{
    read_compiler(producer ? producer : "", compiler, size);
    *optimization = producer ? read_optimization(producer) : at_unknown;
}

static void add_producer(struct at_build_facts *facts, const char *producer)
{
    char compiler[sizeof facts->compiler];
    const char *optimization;
    at_producer_read(producer, compiler, sizeof compiler, &optimization);
    bool first = !facts->any;
    facts->any = true;
    if (first || strcmp(facts->compiler, compiler) != 0)
        snprintf(facts->compiler, sizeof facts->compiler, "%s", first ? compiler : at_mixed);
    if (first || strcmp(facts->optimization, optimization) != 0)
        facts->optimization = first ? optimization : at_mixed;
}

static bool open_object(struct at_build_facts *facts, const char *path)
{
    if (facts->is_open && strcmp(facts->path, path) == 0)
        return true;
    at_build_facts_close(facts);
    snprintf(facts->path, sizeof facts->path, "%s", path);
    facts->is_open = at_units_open(&facts->units, path);
    return facts->is_open;
}

void at_build_facts_add(struct at_build_facts *facts, const void *function)
{
    uintptr_t address = (uintptr_t) function;
    struct at_module module;
    const char *producer = NULL;
    if (at_module_find(address, &module) && open_object(facts, module.path))
        producer = at_units_producer(&facts->units, address - module.base);
    add_producer(facts, producer);
}

void at_build_facts_add_main(struct at_build_facts *facts)
{
    uint64_t address;
    const char *producer = NULL;
    if (open_object(facts, "") && at_elf_function(&facts->units.elf, "main", &address))
        producer = at_units_producer(&facts->units, address);
    add_producer(facts, producer);
}

void at_build_facts_close(struct at_build_facts *facts)
{
    if (facts->is_open)
        at_units_close(&facts->units);
    facts->is_open = false;
}
