/* SPDX-License-Identifier: MIT */
/* SQLite: opening, executing, preparing, stepping, printing. Its authors test allocation failures
 * too. */
#include <sqlite3.h>

#include <alloc_tracker/criterion.h>

static const char schema[] =
    "create table t(name unique, size real); insert into t values ('first', 1.5), ('second', 2);";

/* A connection allocates for its last error, schema and pages. So each block opens its own. */
static sqlite3 *open_with(const char *sql)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) == SQLITE_OK
        && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static void query(const char *sql)
{
    sqlite3 *db = open_with("pragma cache_size = 10");
    sqlite3_stmt *statement = NULL;
    if (db && sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, "%ir%", -1, SQLITE_TRANSIENT);
        while (sqlite3_step(statement) == SQLITE_ROW)
            sqlite3_column_text16(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* Make SQLite allocate now what it allocates once per process. */
static void start(void)
{
    sqlite3_initialize();
}

TestSuite(sqlite3, .init = start);

Test(sqlite3, sqlite3_open)
{
    cr_alloc_failure_sweep()
    {
        sqlite3 *db = NULL;
        sqlite3_open(":memory:", &db);
        sqlite3_close(db);
    }
}

Test(sqlite3, sqlite3_exec)
{
    cr_alloc_failure_sweep()
    {
        sqlite3_close(open_with(schema));
    }
}

Test(sqlite3, sqlite3_exec_persistent)
{
    cr_alloc_failure_sweep(.persistent = true)
    {
        sqlite3_close(open_with(schema));
    }
}

Test(sqlite3, sqlite3_prepare)
{
    cr_alloc_failure_sweep()
    {
        query("select upper(value) || 'x' from json_each('[\"first\", \"third\"]')"
              "where value like ? order by value desc");
    }
}

Test(sqlite3, sqlite3_step)
{
    cr_alloc_failure_sweep()
    {
        query("with recursive n(x) as (select 1 union all select x + 1 from n where x < 9)"
              "select group_concat(x), sum(x) from n where ? <> x group by x % 3");
    }
}

Test(sqlite3, sqlite3_get_table)
{
    cr_alloc_failure_sweep()
    {
        sqlite3 *db = open_with("pragma cache_size = 10");
        char **table = NULL;
        int n_rows;
        int n_columns;
        if (db)
            sqlite3_get_table(db, "values ('first', 1), (null, 2)", &table, &n_rows, &n_columns,
                              NULL);
        sqlite3_free_table(table);
        sqlite3_close(db);
    }
}

Test(sqlite3, sqlite3_mprintf)
{
    cr_alloc_failure_sweep()
    {
        sqlite3_free(sqlite3_mprintf("%Q, %d, %s", "it's", 42, "a longer text"));
    }
}
