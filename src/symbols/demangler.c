/* SPDX-License-Identifier: MIT */
/*
 * See demangler.h. The demangler is one object file of gcc's C++ runtime (libsupc++.a);
 * src/meson.build puts a copy of it into this library. Its callback interface does not allocate and
 * needs only libc's string functions. So names can be demangled in a process without a C++ runtime,
 * or with one that is linked statically or was opened with RTLD_LOCAL.
 */
#include "symbols/demangler.h"

#include <stdarg.h>
#include <string.h>

typedef void print_callback(const char *text, size_t length, void *data);

/* gcc's __gcclibcxx_demangle_callback() under another name. Returns 0 on success. */
int at_demangler_parse(const char *mangled, print_callback *callback, void *data);

/* Called by gcc's object instead of sprintf(). The format is always "%d". */
int at_demangler_number(char *out, const char *format, ...);

struct output {
    char *text;
    size_t size;
    size_t length;
};

static void append(const char *text, size_t length, void *data)
{
    struct output *output = data;
    size_t room = output->size - 1 - output->length;
    if (length > room)
        length = room;
    memcpy(output->text + output->length, text, length);
    output->length += length;
}

int at_demangler_number(char *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int number = va_arg(arguments, int);
    va_end(arguments);
    char digits[12];
    int n = 0, length = 0;
    unsigned left = number < 0 ? 0u - (unsigned) number : (unsigned) number;
    do
        digits[n++] = (char) ('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        out[length++] = '-';
    while (n > 0)
        out[length++] = digits[--n];
    out[length] = '\0';
    return length;
}

bool at_demangler_print(const char *mangled, char *out, size_t size)
{
    struct output output = { .text = out, .size = size };
    bool done = at_demangler_parse(mangled, append, &output) == 0;
    out[output.length] = '\0';
    return done;
}
