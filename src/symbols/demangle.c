/* SPDX-License-Identifier: MIT */
/* See demangle.h. */
#include "symbols/demangle.h"

#include <stdbool.h>
#include <string.h>

#include "base/other_stack.h"
#include "symbols/demangler.h"

enum {
    MAX_MANGLED = 1023,  /* gcc's demangler refuses longer names, to limit its recursion */
    MAX_READABLE = 2048, /* before shortening; longer names are cut */
    /* The demangler's stack. Measured: 2 KiB, and 350 bytes for each byte of a name that only
       nests. */
    STACK = 32 << 10,
    STACK_PER_BYTE = 600,
};

/* Replace each `from` in `name` by the shorter `to`. */
static void replace(char *name, const char *from, const char *to)
{
    size_t from_length = strlen(from);
    size_t to_length = strlen(to);
    for (char *at = name; (at = strstr(at, from)); at += to_length) {
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the name goes on behind it */
        memcpy(at, to, to_length);
        memmove(at + to_length, at + from_length, strlen(at + from_length) + 1);
    }
}

/* Return the end of the template arguments that begin at `at`, behind the ">". Return NULL if they
   have no end, or if a ">" in them may be part of an operator's name. */
static char *template_end(char *at)
{
    for (int depth = 1; *at; at++) {
        if (strncmp(at, "operator", sizeof "operator" - 1) == 0 || strncmp(at, "->", 2) == 0)
            return NULL;
        depth += (*at == '<') - (*at == '>');
        if (depth == 0)
            return at + 1;
    }
    return NULL;
}

/* Remove each ", std::allocator<...>" that is the whole last argument of a template. Function
   arguments, and types that only contain an allocator (a reference, a member), remain. */
static void remove_allocators(char *name)
{
    static const char start[] = ", std::allocator<";
    for (char *at = name; (at = strstr(at, start));) {
        char *end = template_end(at + sizeof start - 1);
        if (end && end[strspn(end, " ")] == '>')
            memmove(at, end, strlen(end) + 1);
        else
            at++;
    }
}

void at_demangle_shorten(char *name)
{
    replace(name, "std::__cxx11::", "std::");
    replace(name, "[abi:cxx11]", "");
    replace(name, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
            "std::string");
    remove_allocators(name);
    replace(name, " >", ">");
}

/* Return true for the words that compilers append, after a dot, to the name of a copy or a part of
   a function. */
static bool is_clone_word(const char *word, size_t length)
{
    static const char *const words[] = { "cfi",        "cold",     "constprop", "isra",  "llvm",
                                         "localalias", "lto_priv", "part",      "__uniq" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* Return the length of the last ".word" before `length`, with the dot, or 0 if there is none. */
static size_t last_word(const char *name, size_t length)
{
    for (size_t i = length; i-- > 1;)
        if (name[i] == '.')
            return length - i;
    return 0;
}

size_t at_demangle_base_length(const char *name)
{
    size_t length = strlen(name);
    for (;;) {
        size_t word = last_word(name, length);
        const char *at = name + length - word + 1;
        size_t number = word > 1 && strspn(at, "0123456789") == word - 1 ? word : 0;
        if (number) {
            word = last_word(name, length - number);
            at = name + length - number - word + 1;
        }
        if (word < 2 || !is_clone_word(at, word - 1))
            return length;
        length -= number + word;
    }
}

struct request {
    const char *name;
    size_t length;
    char *out;
    size_t size;
    bool done;
};

/* Demangle and shorten a name, in buffers of this function. It may run on another stack. */
static void make_readable(void *arg)
{
    struct request *request = arg;
    char mangled[MAX_MANGLED + 1];
    char readable[MAX_READABLE];
    memcpy(mangled, request->name, request->length);
    mangled[request->length] = '\0';
    if (!at_demangler_print(mangled, readable, sizeof readable))
        return;
    at_demangle_shorten(readable);
    size_t n = strnlen(readable, request->size - 1);
    memcpy(request->out, readable, n);
    request->out[n] = '\0';
    request->done = true;
}

void at_demangle(const char *name, char *out, size_t size)
{
    struct request request = { name, at_demangle_base_length(name), out, size, false };
    if (request.length <= MAX_MANGLED && strncmp(name, "_Z", 2) == 0)
        at_call_with_stack(make_readable, &request, STACK + STACK_PER_BYTE * request.length);
    if (request.done)
        return;
    size_t n = request.length < size - 1 ? request.length : size - 1;
    memcpy(out, name, n);
    out[n] = '\0';
}
