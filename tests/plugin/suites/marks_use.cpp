// SPDX-License-Identifier: MIT
// One use of a macro, by USE, in an inline function if INLINE is set. Also compiled as C.
#include "marks.h"

#ifdef INLINE
#define FUNCTION static inline
#else
#define FUNCTION static __attribute__((noinline))
#endif

FUNCTION void use(char *before)
{
#if USE == 1 /* the usage of the body so far */
    free(before);
    struct at_usage usage = cr_alloc_usage();
    cr_expect(usage.unknown == 0);
    cr_expect(usage.allocs >= 1);
#elif USE == 2 /* a budget for the body, set now */
    cr_set_alloc_budget(.live = at_most(0));
    free(before);
#elif USE == 3 /* a statement that limits live */
    cr_assert_alloc_budget((.live = at_exactly(-100)), free(before));
#elif USE == 4 /* a block that limits peak */
    cr_alloc_scope(.peak = at_most(50))
    {
        free(before);
        free(malloc(120));
    }
#elif USE == 5 /* a budget of one thread */
    cr_set_alloc_budget(.allocs = at_most(5000), .scope = AT_THREAD);
    free(before);
#elif USE == 6 /* a region */
    struct at_region *region;
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    free(before);
    at_region_end(region);
    cr_expect_eq(at_region_usage(region).live, -100);
    at_region_free(region);
#elif USE == 7 /* a tracked span */
    struct at_session *session = at_session_new();
    struct at_span span;
    cr_assert_eq(at_span_begin_tracked(at_session_operation(session, "use"), AT_PROCESS, &span),
                 AT_OK);
    free(before);
    at_span_end(&span);
    cr_expect_eq(span.usage.live, -100);
    at_session_free(session);
#else
    cr_assert_no_alloc(free(before));
#endif
}

extern void use_macro(char *before)
{
    use(before);
}
