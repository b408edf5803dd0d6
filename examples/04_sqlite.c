/* SPDX-License-Identifier: MIT */
/*
 * sqlite allocates a little memory each time it runs a prepared statement. A budget limits this.
 * The last test fails on purpose.
 *
 * Only some releases of Debian build sqlite with lookaside memory, which is a pool. The suite
 * switches the pool off, so that the numbers are the same on all releases.
 */
#include <alloc_tracker/criterion.h>
#include <sqlite3.h>

static const char query[] = "select v from t where k = ?";
static sqlite3 *database;
static sqlite3_stmt *statement;

static void open_database(void)
{
    sqlite3_open(":memory:", &database);
    sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    sqlite3_exec(database, "create table t(k integer primary key, v text)", NULL, NULL, NULL);
    sqlite3_exec(database, "insert into t values (1, 'one'), (2, 'two')", NULL, NULL, NULL);
    sqlite3_prepare_v2(database, query, -1, &statement, NULL);
}

static void close_database(void)
{
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

static int look_up(int key)
{
    sqlite3_bind_int(statement, 1, key);
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result;
}

TestSuite(sqlite, .init = open_database, .fini = close_database);

Test(sqlite, a_prepared_lookup_stays_within_its_budget)
{
    cr_assert_alloc_budget((.allocs = at_most(2), .leaks = at_most(0), .warmup = 1, .repeat = 100),
                           look_up(2));
}

/* This budget is for the whole test. To prepare a statement costs more than to run it. */
Test(sqlite, preparing_again_is_caught, .data = cr_alloc_budget(.allocs = at_most(4)))
{
    sqlite3_stmt *again;
    sqlite3_prepare_v2(database, query, -1, &again, NULL);
    sqlite3_finalize(again);
}
