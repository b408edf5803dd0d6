/* SPDX-License-Identifier: MIT */
/*
 * Stands before Criterion's header of this name and includes it.
 *
 * Up to 2.4.1 any() has the value of its last criterion, whatever the others are (Criterion's issue
 * 595, mended since); here it is true if one of them is.
 *
 * In C++ Criterion formats the operands of new-style assertions in the test's own code, also of one
 * that passes, within any() or not(), or of an array. That is Criterion's doing: here it is marked
 * so, and charged to nobody. In C its own library formats them.
 */
#ifndef ALLOC_TRACKER_SHIM_CRITERION_NEW_ASSERT_H
#define ALLOC_TRACKER_SHIM_CRITERION_NEW_ASSERT_H

#pragma GCC system_header
#include_next <criterion/new/assert.h>

#undef CRI_ASSERT_SPECIFIER_ANY_INDIRECT
#define CRI_ASSERT_SPECIFIER_ANY_INDIRECT(Cond, E)                                                 \
    ;                                                                                              \
    cri_cond_un = CRI_OBSTRUCT_N(CRI_SPECIFIER_INDIRECT)()(E);                                     \
    Cond = cri_cond_un || Cond

#undef CRI_ASSERT_SPECIFIER_any
#define CRI_ASSERT_SPECIFIER_any(...)                                                              \
    0;                                                                                             \
    do {                                                                                           \
        cri_assert_node_init(&cri_tmpn);                                                           \
        struct cri_assert_node *cri_any = cri_assert_node_add(cri_node, &cri_tmpn);                \
        struct cri_assert_node *cri_node = cri_any;                                                \
        int cri_any_true =                                                                         \
            0 CRITERION_APPLY(CRI_ASSERT_SPECIFIER_ANY_INDIRECT, cri_any_true, __VA_ARGS__);       \
        cri_node->pass = (cri_any_true != 0) & 1;                                                  \
        cri_cond_un = cri_any_true;                                                                \
        cri_prevnode = cri_node;                                                                   \
    } while (0)

#ifdef __cplusplus

#include <sstream>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS
AT_API void cri_alloc_suspend(void);
AT_API void cri_alloc_resume(void);
AT_API char *cri_alloc_copy(const char *text);
AT_END_DECLS

struct cri_alloc_formatting {
    cri_alloc_formatting()
    {
        cri_alloc_suspend();
    }
    cri_alloc_formatting(const cri_alloc_formatting &) = delete;
    ~cri_alloc_formatting()
    {
        cri_alloc_resume();
    }
};

template <typename Print> inline char *cri_alloc_format(Print print)
{
    cri_alloc_formatting formatting;
    std::ostringstream text;
    criterion::internal::stream_override::ostream stream{ text };
    print(stream);
    return cri_alloc_copy(text.str().c_str());
}

#undef CRI_USER_TOSTR
#define CRI_USER_TOSTR(Tag, Var)                                                                   \
    cri_alloc_format(                                                                              \
        [&](criterion::internal::stream_override::ostream &cri_stream) { cri_stream << (Var); })

#undef CRI_USER_TOSTR_ARR
#define CRI_USER_TOSTR_ARR(Str, Arr, Tag)                                                          \
    (Str) = cri_alloc_format([&](criterion::internal::stream_override::ostream &cri_stream) {      \
        cri_stream.base << "(" CR_STR(CRI_ASSERT_TYPE_TAG(Tag)) "["                                \
                        << CRI_ASSERT_TYPE_TAG_ARRLEN(Tag) << "]) {\n";                            \
        for (size_t cri_i = 0; cri_i < cri_size; ++cri_i) {                                        \
            cri_stream.base << "\t[" << cri_i << "] = ";                                           \
            cri_stream << (Arr)[cri_i];                                                            \
            cri_stream.base << ",\n";                                                              \
        }                                                                                          \
        cri_stream.base << "}";                                                                    \
    })

#endif

#endif
