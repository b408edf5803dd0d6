/* SPDX-License-Identifier: MIT */
/*
 * This header comes before Criterion's header of this name, and includes it.
 *
 * In C++ Criterion formats the operands of new-style assertions in the test's own code, also of one
 * that passes, within any() or not(), or of an array. That is Criterion's doing: here it is marked
 * so, and not counted for anybody. In C its own library formats them.
 */
#ifndef ALLOC_TRACKER_SHIM_CRITERION_NEW_ASSERT_H
#define ALLOC_TRACKER_SHIM_CRITERION_NEW_ASSERT_H

#pragma GCC system_header
#include_next <criterion/new/assert.h>

#ifdef __cplusplus

#include <sstream>

#include <alloc_tracker/permit.h>

AT_BEGIN_DECLS
AT_API void cri_alloc_suspend(struct at_scope_guard *guard);
AT_API void cri_alloc_resume(struct at_scope_guard *guard);
AT_API char *cri_alloc_copy(const char *text);
AT_END_DECLS

struct cri_alloc_formatting {
    cri_alloc_formatting()
    {
        cri_alloc_suspend(&guard);
    }
    cri_alloc_formatting(const cri_alloc_formatting &) = delete;
    ~cri_alloc_formatting()
    {
        cri_alloc_resume(&guard);
    }

  private:
    struct at_scope_guard guard;
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
