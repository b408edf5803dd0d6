/* SPDX-License-Identifier: MIT */
/* GLib: a failed allocation ends the process by design, except in functions with "try" in their
 * name. */
#include <errno.h>
#include <glib.h>

#include <alloc_tracker/criterion.h>

/* Make GLib allocate now what it allocates once per process for its error messages: texts and
 * charsets. */
static void start(void)
{
    GError *error = NULL;
    cr_assert_not(g_file_get_contents("/nonexistent", &(gchar *){ NULL }, NULL, &error));
    g_error_free(error);
    cr_assert_not_null(g_strerror(ENOMEM));
    cr_assert_not_null(g_dngettext(NULL, "one", "more", 2));
}

TestSuite(glib, .init = start);

Test(glib, g_strdup)
{
    cr_alloc_failure_sweep()
    {
        g_free(g_strdup("text"));
    }
}

Test(glib, g_try_malloc)
{
    cr_alloc_failure_sweep()
    {
        gpointer block = g_try_malloc(100);
        gpointer longer = g_try_realloc(block, 200);
        g_free(longer ? longer : block);
    }
}

Test(glib, g_hash_table_insert)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(table, g_strdup("key"), g_strdup("value"));
        g_hash_table_destroy(table);
    }
}

Test(glib, g_file_get_contents)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        gchar *contents = NULL;
        if (g_file_get_contents("/proc/self/comm", &contents, NULL, NULL))
            g_free(contents);
    }
}

Test(glib, g_strdup_printf)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        g_free(g_strdup_printf("%s of %d", "one", 2));
    }
}
