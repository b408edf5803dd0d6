/* SPDX-License-Identifier: MIT */
/*
 * Leaks: a test must release all of its blocks. The fini function of its fixtures may release them
 * too. The last two tests forget a block on purpose. The failure names the line that allocated the
 * block.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

struct node {
    struct node *next;
    char *name;
};

static struct node *push(struct node *head, const char *name)
{
    struct node *node = malloc(sizeof *node);
    node->name = strdup(name);
    node->next = head;
    return node;
}

static struct node *pop(struct node *node)
{
    struct node *next = node->next;
    free(node->name);
    free(node);
    return next;
}

/* Defect: the name is not released. */
static struct node *drop(struct node *node)
{
    struct node *next = node->next;
    free(node);
    return next;
}

static struct node *list;

static void release(void)
{
    while (list)
        list = pop(list);
}

TestSuite(leaks, .fini = release, .data = cr_alloc_budget(.leaks = at_most(0)));

Test(leaks, the_fixture_releases_what_is_left)
{
    list = push(push(NULL, "one"), "two");
    list = pop(list);
}

Test(leaks, a_statement_of_its_own)
{
    cr_assert_no_leak(pop(push(NULL, "one")));
}

Test(leaks, a_forgotten_name_is_caught)
{
    list = push(push(NULL, "one"), "two");
    list = drop(list);
}

Test(leaks, a_grown_block_is_caught)
{
    cr_alloc_scope(.leaks = at_most(0))
    {
        char *text = malloc(8);
        text = realloc(text, 100); /* this block leaks */
        memset(text, 0, 100);
    }
}
