/* SPDX-License-Identifier: MIT */
/*
 * Demangled C++ names in messages: does a function belong to the standard library, and a form of
 * its name that fits into a column. The names are those of at_demangle(). Names of C are not
 * changed. Thread-safe. No allocation.
 */
#ifndef AT_SYMBOLS_FUNCTION_NAME_H
#define AT_SYMBOLS_FUNCTION_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { AT_FUNCTION_NAME_SIZE = 1024 }; /* of a name, with its NUL; longer names are cut */

/* Return true if the function itself is in the C++ standard library or its runtime: in a namespace
   such as std, or a form of operator new or operator delete. Its types do not matter. */
bool at_function_name_is_standard(const char *name);

/* Return true if the function is in no namespace or class. */
bool at_function_name_is_unscoped(const char *name);

/*
 * Write a form of `name` for a message to `out`: without the return type, without default
 * arguments of the standard library's templates, and with std::ostream for
 * std::basic_ostream<char>. If the result has more than `columns` columns, "..." replaces the
 * function's arguments, then template arguments from the inside out, then the outer scopes, until
 * it fits. The last part of the name is never cut. Brackets remain balanced.
 */
void at_function_name_shorten(const char *name, char out[AT_FUNCTION_NAME_SIZE], size_t columns);

/* Return the number of columns of a string in UTF-8, if each character has one. */
size_t at_columns(const char *text, size_t length);

#endif
