/* SPDX-License-Identifier: MIT */
/* Measure one operation several times, and print the allocations of one iteration. */
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static void build_a_list(int n)
{
    struct node {
        struct node *next;
        int value;
    } *head = NULL;
    for (int i = 0; i < n; i++) {
        struct node *node = malloc(sizeof *node);
        if (!node)
            return;
        *node = (struct node){ head, i };
        head = node;
    }
    while (head) {
        struct node *next = head->next;
        free(head);
        head = next;
    }
}

int main(void)
{
    struct at_session *session = at_session_new();
    struct at_operation *operation = at_session_operation(session, "build_a_list");

    at_measure_thread (operation) {
        build_a_list(5);
    }

    /* Many iterations in one span are measured once, and divided at the end. */
    at_measure_thread (operation, 1000) {
        for (int i = 0; i < 1000; i++)
            build_a_list(5);
    }

    at_session_print(session, stdout);
    at_session_free(session);
    return 0;
}
