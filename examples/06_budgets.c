/* SPDX-License-Identifier: MIT */
/*
 * Budgets of a suite, a test, a block and a statement. The suite forbids leaks. A test can set
 * limits of its own, and each block or statement can too. Two tests exceed a budget on purpose.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

/* lookup() allocates this table on its first call. */
static char *table;

static size_t lookup(const char *word)
{
    if (!table)
        table = calloc(64, 16);
    return strlen(word) % 64;
}

static char *joined(const char *left, const char *right)
{
    char *text = malloc(strlen(left) + 1);
    strcpy(text, left);
    text = realloc(text, strlen(left) + strlen(right) + 1);
    return strcat(text, right);
}

static void drop_table(void)
{
    free(table);
}

TestSuite(budgets, .fini = drop_table, .data = cr_alloc_budget(.leaks = at_most(0)));

Test(budgets, one_join_is_two_requests, .data = cr_alloc_budget(.bytes = at_most(100)))
{
    cr_alloc_scope(.allocs = at_exactly(2), .reallocs = at_exactly(1), .frees = at_exactly(1))
    {
        free(joined("left", "right"));
    }
}

Test(budgets, a_warm_table_costs_nothing)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warmup = 1, .repeat = 3), lookup("word"));
}

Test(budgets, the_peak_counts_what_is_live_at_once)
{
    cr_alloc_scope(.peak = at_most(64), .bytes = at_exactly(640))
    {
        for (int i = 0; i < 10; i++)
            free(malloc(64));
    }
}

Test(budgets, a_cold_table_is_caught)
{
    cr_assert_alloc_budget((.bytes = at_most(512)), lookup("word"));
}

Test(budgets, a_warning_does_not_fail)
{
    cr_alloc_scope(.allocs = at_most(1), .warn = true)
    {
        free(joined("left", "right"));
    }
}

Test(budgets, too_much_at_once_is_caught)
{
    cr_set_alloc_budget(.peak = at_most(1000));
    free(malloc(600));
    void *first = malloc(600);
    void *second = malloc(600);
    free(first);
    free(second);
}
