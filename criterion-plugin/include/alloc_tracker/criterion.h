/* SPDX-License-Identifier: MIT */
/*
 * Assertions and budgets for the allocations of a Criterion test.
 *
 * A suite that links the plugin measures every test body. These macros set limits:
 *
 *     cr_assert_no_alloc(ring_push(r, 9));
 *     cr_assert_alloc_budget((.allocs = at_most(2), .bytes = at_most(64)), parse(doc));
 *     cr_no_alloc_scope { ... }
 *     Test(parser, small, .data = cr_alloc_budget(.allocs = at_most(3))) { ... }
 *
 * Allocations of Criterion, of the loader and of this library are not counted. The macros may be
 * used in any thread and in a forked child. In a thread other than the test's own, a failed
 * cr_assert_ makes the test fail, but does not end it at once. In a forked child, a failed
 * assertion is printed on standard error, a cr_assert_ ends the child with EXIT_FAILURE, and a
 * cr_expect_ makes the status of exit() EXIT_FAILURE, but not that of _exit(). If allocations are
 * not observable, the test fails. C11 to C23 and C++11 to C++20 with gcc and clang are supported.
 */
#ifndef ALLOC_TRACKER_CRITERION_H
#define ALLOC_TRACKER_CRITERION_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/alloc_tracker.h>
#include <alloc_tracker/budget.h>
#include <criterion/criterion.h>

/* ---- budgets --------------------------------------------------------------------------------- */

/*
 * The value of .data of Test, TestSuite, ParameterizedTest or Theory: a budget for the body of each
 * test, without its fixtures. Blocks that the .fini function of a fixture releases are not leaks.
 * The arguments are members of struct at_budget, set by name:
 *
 *     Test(parser, small, .data = cr_alloc_budget(.allocs = at_most(3), .warmup = 1)) { ... }
 *
 * For each metric the nearest limit applies: the limit of the test, else of its suite, else of the
 * environment variable ALLOC_TRACKER_BUDGET. The .scope and .warn of a limit are those of its
 * budget. Limits of other budgets on the same metric do not apply. .warmup and .repeat come from
 * the nearest budget that sets them. An invalid budget makes the test fail.
 */
#define cr_alloc_budget(...) CRI_ALLOC_STATIC_BUDGET(__VA_ARGS__)

/*
 * Set limits of the running test. They also apply to the part of the body before this statement.
 * For each metric, they replace a limit of an earlier cr_set_alloc_budget, the suite and
 * ALLOC_TRACKER_BUDGET, but can only tighten a limit in the test's own .data. .warmup and .repeat
 * are errors. AT_THREAD measures the body's thread. No effect in .fini and in a forked child.
 */
#define cr_set_alloc_budget(...)                                                                   \
    cri_alloc_set_budget(cri_alloc_mark_test(CRI_ALLOC_BUDGET(__VA_ARGS__)), __FILE__, __LINE__)

/* Return the usage of the running test's body so far, a struct at_usage. All its members are 0
   outside a body and in a forked child. */
#define cr_alloc_usage() (cri_alloc_mark_use(AT_OK), cri_alloc_usage())

/* ---- assertions ------------------------------------------------------------------------------ */

/*
 * Assert that a statement allocates nothing. Parameters: the statement, then optionally a printf
 * format and its arguments. The message of a failure begins with the formatted text. If the
 * statement allocates, the test fails; a cr_assert_ macro also ends the test at once.
 *
 * A comma outside parentheses ends the statement, as in Criterion's cr_assert_throw. This includes
 * a comma in the expansion of a macro. For such statements use cr_no_alloc_scope.
 */
#define cr_assert_no_alloc(...)                                                                    \
    CRI_ALLOC_FORBID(CRI_ALLOC_ALLOCS, true, "cr_assert_no_alloc", #__VA_ARGS__, __VA_ARGS__)
#define cr_expect_no_alloc(...)                                                                    \
    CRI_ALLOC_FORBID(CRI_ALLOC_ALLOCS, false, "cr_expect_no_alloc", #__VA_ARGS__, __VA_ARGS__)

/* Assert that a statement releases nothing. Parameters as above. */
#define cr_assert_no_free(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_FREES, true, "cr_assert_no_free", #__VA_ARGS__, __VA_ARGS__)
#define cr_expect_no_free(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_FREES, false, "cr_expect_no_free", #__VA_ARGS__, __VA_ARGS__)

/* Assert that a statement neither allocates nor releases. Parameters as above. */
#define cr_assert_no_heap(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_HEAP, true, "cr_assert_no_heap", #__VA_ARGS__, __VA_ARGS__)
#define cr_expect_no_heap(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_HEAP, false, "cr_expect_no_heap", #__VA_ARGS__, __VA_ARGS__)

/* Assert that a statement releases all blocks that it allocates. Parameters as above.
   Blocks that libc and the C++ runtime own are not leaks. */
#define cr_assert_no_leak(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_LEAKS, true, "cr_assert_no_leak", #__VA_ARGS__, __VA_ARGS__)
#define cr_expect_no_leak(...)                                                                     \
    CRI_ALLOC_FORBID(CRI_ALLOC_LEAKS, false, "cr_expect_no_leak", #__VA_ARGS__, __VA_ARGS__)

/*
 * Assert that a statement stays within a budget. Parameters: the budget in parentheses, for example
 * (.allocs = at_most(2)), then as above. The statement first runs `.warmup` times unmeasured, then
 * `.repeat` times. Each measured run must be within this budget. No other budget applies to it.
 */
#define cr_assert_alloc_budget(Budget, ...)                                                        \
    CRI_ALLOC_WITHIN(true, "cr_assert_alloc_budget", #Budget, #__VA_ARGS__, Budget, __VA_ARGS__)
#define cr_expect_alloc_budget(Budget, ...)                                                        \
    CRI_ALLOC_WITHIN(false, "cr_expect_alloc_budget", #Budget, #__VA_ARGS__, Budget, __VA_ARGS__)

/*
 * Assert that a code block allocates nothing, or stays within a budget. Write the code block in
 * braces directly after the macro: cr_alloc_scope(.allocs = at_most(2)) { ... }. The check is at
 * the end of the code block, also if break, return, goto, longjmp or an exception leaves it.
 */
#define cr_no_alloc_scope                                                                          \
    CRI_ALLOC_BLOCK(CRI_ALLOC_VAR(__COUNTER__), cri_alloc_forbid(CRI_ALLOC_ALLOCS),                \
                    "cr_no_alloc_scope", NULL)
#define cr_alloc_scope(...)                                                                        \
    CRI_ALLOC_BLOCK(CRI_ALLOC_VAR(__COUNTER__),                                                    \
                    cri_alloc_mark_statement(CRI_ALLOC_BUDGET(__VA_ARGS__)), "cr_alloc_scope",     \
                    #__VA_ARGS__)

/*
 * Permit allocations in a code block: cr_permit_alloc { ... }. Assertions and budgets around the
 * code block do not count allocations of the calling thread in it. Results and messages show their
 * number as `permitted`. Assertions inside the code block are not affected.
 */
#define cr_permit_alloc CRI_ALLOC_PERMIT(CRI_ALLOC_VAR(__COUNTER__))

/* ---- allocation failures --------------------------------------------------------------------- */

/* The options of a sweep. Set them by name: cr_alloc_failure_sweep(.persistent = true) { ... }. */
struct cr_alloc_sweep_options {
    int cri_reserved;
    bool persistent;  /* all allocations after the failed one fail too */
    unsigned warmup;  /* runs in the test itself, before the sweep, to allocate once-only memory */
    unsigned timeout; /* the longest time of one run, in seconds; 0 means 10 */
    uint64_t only;    /* fail only this allocation, in the test itself, for a debugger; 0: all */
};

/*
 * Test that a code block handles each failure of an allocation: cr_alloc_failure_sweep() { ... }.
 * The macro runs the code block in child processes, copies of the test: once without a failure,
 * then once for each allocation, which then fails. A last run, without a failure, is in the test.
 *
 * The test fails if a run crashes, hangs, exits, leaks or fails an assertion, or if the allocation
 * that should fail does not occur. The message contains the output of the child. Threads that were
 * started before the code block do not exist in a child.
 */
#define cr_alloc_failure_sweep(...) CRI_ALLOC_SWEEP(CRI_ALLOC_VAR(__COUNTER__), __VA_ARGS__)

/* ---- criteria -------------------------------------------------------------------------------- */

/*
 * Criteria: conditions in the new-style assertions of <criterion/new/assert.h>. Include that header
 * after <criterion/criterion.h>. The criteria are no_alloc(Statement), no_free(Statement),
 * no_heap(Statement), no_leak(Statement) and alloc_within((.allocs = at_most(2)), Statement). They
 * can be used inside all, any, none and not:
 *
 *     cr_assert(all(no_alloc(found = map_get(m, key)), eq(int, found, 7)));
 */
#define CRI_ASSERT_TEST_SPECIFIER_no_alloc(...) ,
#define CRI_ASSERT_SPECIFIER_no_alloc(...)                                                         \
    CRI_ALLOC_CRITERION(cri_alloc_forbid(CRI_ALLOC_ALLOCS), "no_alloc", NULL, #__VA_ARGS__,        \
                        __VA_ARGS__)
#define CRI_ASSERT_TEST_SPECIFIER_no_free(...) ,
#define CRI_ASSERT_SPECIFIER_no_free(...)                                                          \
    CRI_ALLOC_CRITERION(cri_alloc_forbid(CRI_ALLOC_FREES), "no_free", NULL, #__VA_ARGS__,          \
                        __VA_ARGS__)
#define CRI_ASSERT_TEST_SPECIFIER_no_heap(...) ,
#define CRI_ASSERT_SPECIFIER_no_heap(...)                                                          \
    CRI_ALLOC_CRITERION(cri_alloc_forbid(CRI_ALLOC_HEAP), "no_heap", NULL, #__VA_ARGS__,           \
                        __VA_ARGS__)
#define CRI_ASSERT_TEST_SPECIFIER_no_leak(...) ,
#define CRI_ASSERT_SPECIFIER_no_leak(...)                                                          \
    CRI_ALLOC_CRITERION(cri_alloc_forbid(CRI_ALLOC_LEAKS), "no_leak", NULL, #__VA_ARGS__,          \
                        __VA_ARGS__)
#define CRI_ASSERT_TEST_SPECIFIER_alloc_within(...) ,
#define CRI_ASSERT_SPECIFIER_alloc_within(Budget, ...)                                             \
    CRI_ALLOC_CRITERION(cri_alloc_mark_statement(CRI_ALLOC_BUDGET(CRI_ALLOC_BARE Budget)),         \
                        "alloc_within", #Budget, #__VA_ARGS__, __VA_ARGS__)

/* ---- for the macros only --------------------------------------------------------------------- */

AT_BEGIN_DECLS

struct cri_alloc_scope {
    struct at_scope_guard guard;
    struct at_region *region;
    struct at_budget budget;
    const char *name;        /* the name of the macro */
    const char *budget_text; /* the budget as it is written, or NULL */
    const char *text;        /* the statement and the message as they are written, or NULL */
    const char *file;
    unsigned line;
    unsigned runs;
    int exceptions;
    bool fatal;
    bool open;
    bool failed;
    bool jumped;
    bool is_criterion; /* a part of a new-style assertion */
    bool expected;     /* the value with which this criterion passes */
};

enum cri_alloc_forbidden {
    CRI_ALLOC_ALLOCS = 1,
    CRI_ALLOC_FREES = 2,
    CRI_ALLOC_HEAP = CRI_ALLOC_ALLOCS | CRI_ALLOC_FREES,
    CRI_ALLOC_LEAKS = 4,
};

AT_API extern const char cri_alloc_budget_tag[];
AT_API struct at_budget cri_alloc_forbid(enum cri_alloc_forbidden forbidden);
AT_API void cri_alloc_set_budget(struct at_budget budget, const char *file, unsigned line);
AT_API struct at_usage cri_alloc_usage(void);
AT_API struct cri_alloc_scope cri_alloc_scope_open(struct at_budget budget, bool fatal,
                                                   const char *name, const char *budget_text,
                                                   const char *text, const char *file,
                                                   unsigned line);
AT_API bool cri_alloc_scope_next(struct cri_alloc_scope *scope);
AT_API void cri_alloc_scope_fail(struct cri_alloc_scope *scope, const char *format, ...)
    AT_PRINTF(2, 3);
AT_API void cri_alloc_scope_leave(struct cri_alloc_scope *scope);
struct cri_assert_node;
AT_API struct cri_alloc_scope cri_alloc_criterion_open(struct at_budget budget, int expected,
                                                       const char *name, const char *budget_text,
                                                       const char *text, const char *file,
                                                       unsigned line);
AT_API int cri_alloc_criterion_close(struct cri_alloc_scope *scope, struct cri_assert_node *node);
static inline int cri_alloc_true(void) /* no warning if its value is not used */
{
    return 1;
}
struct cri_alloc_run;
struct cri_alloc_sweep {
    struct at_scope_guard guard;
    struct cr_alloc_sweep_options options;
    const char *file;
    unsigned line;
    unsigned warmed;     /* number of warm-up runs so far */
    bool last;           /* the run in the test itself has begun */
    bool in_child;       /* this struct is the copy in a child process */
    bool drops_stacks;   /* the block starts threads: free the stacks of ended threads first */
    bool stopped;        /* the block was left inside an allocation */
    uint64_t n_allocs;   /* allocations of a run without a failure */
    uint64_t n_compared; /* the same, without the allocations for threads */
    struct cri_alloc_run *run; /* shared with the children */
    struct at_region *region;  /* of the run in progress */
};

AT_API struct cri_alloc_sweep cri_alloc_sweep_open(struct cr_alloc_sweep_options options,
                                                   const char *file, unsigned line);
AT_API bool cri_alloc_sweep_next(struct cri_alloc_sweep *sweep);
AT_API void cri_alloc_sweep_leave(struct cri_alloc_sweep *sweep);
AT_API struct at_permit cri_alloc_permit(void);
AT_API bool cri_alloc_permit_next(struct at_permit *permit);
AT_API void cri_alloc_uses_sizes(void);
AT_API void cri_alloc_uses_threads(void);
AT_API void cri_alloc_suspend(struct at_scope_guard *guard);
AT_API void cri_alloc_resume(struct at_scope_guard *guard);
AT_API char *cri_alloc_copy(const char *text);

AT_END_DECLS

/*
 * Marks. If a suite has no mark and a test has no limits of its own, the test is only counted,
 * which is fast. Some macros need more, and the plugin must know it before the test begins. A mark
 * is an entry in the section .init_array of the object file. The entry is the address of a
 * function of the plugin, which therefore runs before main(). Linkers keep this section. An asm
 * statement writes the entry, because a variable in an inline function cannot be in this section.
 *
 * A statement needs the sizes of earlier blocks if it limits peak or live. With optimisation the
 * compiler removes the mark of any other statement; without optimisation the mark remains.
 */
#define CRI_ALLOC_MARK(Function)                                                                   \
    __asm__ volatile(".pushsection .init_array,\"aw\",%init_array\n"                               \
                     ".balign 8\n"                                                                 \
                     ".quad " #Function "\n"                                                       \
                     ".popsection\n")

static inline __attribute__((always_inline)) struct at_budget
cri_alloc_mark_statement(struct at_budget budget)
{
    if (budget.peak.code || budget.live.code)
        CRI_ALLOC_MARK(cri_alloc_uses_sizes);
    return budget;
}

static inline __attribute__((always_inline)) struct at_budget
cri_alloc_mark_test(struct at_budget budget)
{
    CRI_ALLOC_MARK(cri_alloc_uses_sizes);
    if (budget.scope == AT_THREAD)
        CRI_ALLOC_MARK(cri_alloc_uses_threads);
    return budget;
}

/* A region and a tracked span of a test know the sizes of earlier blocks too. */
static inline enum at_status cri_alloc_mark_use(enum at_status status)
{
    CRI_ALLOC_MARK(cri_alloc_uses_sizes);
    return status;
}
#define at_region_begin(...) cri_alloc_mark_use(at_region_begin(__VA_ARGS__))
#define at_span_begin_tracked(...) cri_alloc_mark_use(at_span_begin_tracked(__VA_ARGS__))

#ifdef __cplusplus
template <typename T> inline T &cri_alloc_same(T &object)
{
    return object;
}
#define CRI_ALLOC_FILL(...)                                                                        \
    cri_budget.tag = cri_alloc_budget_tag;                                                         \
    CRITERION_ADD_PREFIX(cri_budget, __VA_ARGS__)
#define CRI_ALLOC_SWEEP_OPTIONS(...)                                                               \
    ([&]() -> struct cr_alloc_sweep_options {                                                      \
        struct cr_alloc_sweep_options cri_options = {};                                            \
        CRITERION_ADD_PREFIX(cri_alloc_same(cri_options), __VA_ARGS__)                             \
        return cri_options;                                                                        \
    }())
#define CRI_ALLOC_BUDGET(...)                                                                      \
    ([&]() -> struct at_budget {                                                                   \
        struct at_budget cri_budget = {};                                                          \
        CRI_ALLOC_FILL(__VA_ARGS__)                                                                \
        return cri_budget;                                                                         \
    }())
#define CRI_ALLOC_STATIC_BUDGET(...)                                                               \
    ([]() -> struct at_budget * {                                                                  \
        static struct at_budget cri_budget = {};                                                   \
        CRI_ALLOC_FILL(__VA_ARGS__)                                                                \
        return &cri_budget;                                                                        \
    }())
#else
#define CRI_ALLOC_BUDGET(...)                                                                      \
    ((struct at_budget){                                                                           \
        .tag = cri_alloc_budget_tag, .text = CRI_ALLOC_TEXT(__VA_ARGS__), __VA_ARGS__ })
#define CRI_ALLOC_STATIC_BUDGET(...) (&CRI_ALLOC_BUDGET(__VA_ARGS__))
#define CRI_ALLOC_SWEEP_OPTIONS(...)                                                               \
    ((struct cr_alloc_sweep_options){ .cri_reserved = 0, __VA_ARGS__ })
#endif

#define CRI_ALLOC_BARE(...) __VA_ARGS__
#define CRI_ALLOC_TEXT(...) #__VA_ARGS__
/* This header cannot use CR_CONCAT of Criterion: Criterion's assertions expand a criterion inside
   CR_CONCAT, and a macro is not expanded inside its own expansion. */
#define CRI_ALLOC_VAR(Counter) CRI_ALLOC_VAR_(Counter)
#define CRI_ALLOC_VAR_(Counter) cri_alloc_scope_##Counter
#define CRI_ALLOC_SCOPED struct cri_alloc_scope __attribute__((cleanup(cri_alloc_scope_leave)))

#define CRI_ALLOC_FORBID(What, Fatal, Name, Text, ...)                                             \
    CRI_ALLOC_STATEMENT(CRI_ALLOC_VAR(__COUNTER__), cri_alloc_forbid(What), Fatal, Name, NULL,     \
                        Text, CR_VA_HEAD(__VA_ARGS__), CR_VA_TAIL(__VA_ARGS__))

#define CRI_ALLOC_WITHIN(Fatal, Name, BudgetText, Text, Budget, ...)                               \
    CRI_ALLOC_STATEMENT(CRI_ALLOC_VAR(__COUNTER__),                                                \
                        cri_alloc_mark_statement(CRI_ALLOC_BUDGET(CRI_ALLOC_BARE Budget)), Fatal,  \
                        Name, BudgetText, Text, CR_VA_HEAD(__VA_ARGS__), CR_VA_TAIL(__VA_ARGS__))

#define CRI_ALLOC_STATEMENT(...) CR_EXPAND(CRI_ALLOC_STATEMENT_(__VA_ARGS__))
#define CRI_ALLOC_STATEMENT_(Var, Budget, Fatal, Name, BudgetText, Text, Statement, ...)           \
    do {                                                                                           \
        CRI_ALLOC_SCOPED Var =                                                                     \
            cri_alloc_scope_open(Budget, Fatal, Name, BudgetText, Text, __FILE__, __LINE__);       \
        while (cri_alloc_scope_next(&Var)) {                                                       \
            Statement;                                                                             \
        }                                                                                          \
        if (Var.failed)                                                                            \
            cri_alloc_scope_fail(&Var, "x" __VA_ARGS__);                                           \
    } while (0)

#define CRI_ALLOC_SWEEP(...) CRI_ALLOC_SWEEP_(__VA_ARGS__)
#define CRI_ALLOC_SWEEP_(Var, ...)                                                                 \
    for (struct cri_alloc_sweep Var __attribute__((cleanup(cri_alloc_sweep_leave))) =              \
             cri_alloc_sweep_open(CRI_ALLOC_SWEEP_OPTIONS(__VA_ARGS__), __FILE__, __LINE__);       \
         cri_alloc_sweep_next(&Var);)

#define CRI_ALLOC_PERMIT(Var) CRI_ALLOC_PERMIT_(Var)
#define CRI_ALLOC_PERMIT_(Var)                                                                     \
    for (struct at_permit Var __attribute__((cleanup(at_permit_end))) = cri_alloc_permit();        \
         cri_alloc_permit_next(&Var);)

/* Criterion's assertions declare these variables: cri_cond_un for the value of the criterion,
   cri_cond_expect for the value with which it passes, and cri_node for the tree of the criteria
   that do not pass. */
#define CRI_ALLOC_CRITERION(...) CRI_ALLOC_CRITERION_(CRI_ALLOC_VAR(__COUNTER__), __VA_ARGS__)
#define CRI_ALLOC_CRITERION_(...) CRI_ALLOC_CRITERION__(__VA_ARGS__)
#define CRI_ALLOC_CRITERION__(Var, Budget, Name, BudgetText, Text, ...)                            \
    cri_alloc_true();                                                                              \
    do {                                                                                           \
        CRI_ALLOC_SCOPED Var = cri_alloc_criterion_open(Budget, cri_cond_expect, Name, BudgetText, \
                                                        Text, __FILE__, __LINE__);                 \
        while (cri_alloc_scope_next(&Var)) {                                                       \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
        cri_assert_node_init(&cri_tmpn);                                                           \
        cri_cond_un = cri_alloc_criterion_close(&Var, &cri_tmpn);                                  \
        if (cri_cond_un != cri_cond_expect)                                                        \
            cri_prevnode = cri_assert_node_add(cri_node, &cri_tmpn);                               \
    } while (0)

#define CRI_ALLOC_BLOCK(...) CR_EXPAND(CRI_ALLOC_BLOCK_(__VA_ARGS__))
#define CRI_ALLOC_BLOCK_(Var, Budget, Name, BudgetText)                                            \
    for (CRI_ALLOC_SCOPED Var =                                                                    \
             cri_alloc_scope_open(Budget, true, Name, BudgetText, NULL, __FILE__, __LINE__);       \
         cri_alloc_scope_next(&Var);)

#endif
