/* SPDX-License-Identifier: MIT */
/*
 * A suite whose program, or a preloaded object, defines nearly every libc function that the library
 * needs; see mocks.c. The code here calls libc's own functions through mocks_real(). Only open() is
 * called by name, because this test replaces it.
 */
#include <alloc_tracker/alloc_tracker.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#ifdef SUITE_LINKS_PLUGIN
#include <alloc_tracker/criterion.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "mocks.h"

static void *volatile keep;

/* The tested code: its allocations depend on a mock. */
static int device_open(void)
{
    mocks_tested_code_calls = true;
    int fd = open("/dev/thing", O_RDWR);
    mocks_tested_code_calls = false;
    if (fd < 0)
        keep = ((char *(*) (const char *) ) mocks_real("strdup"))("cannot open");
    return fd;
}

static void device_close(void)
{
    free(keep);
    keep = NULL;
}

Test(mocks, passes)
{
    cr_assert(eq(int, device_open(), -1));
    cr_assert(eq(int, *mocks_errno(), ENOENT));
    device_close();
}

Test(mocks, fails)
{
    cr_expect(false, "for a reason of its own");
}

Test(mocks, exits)
{
    ((void (*)(int)) mocks_real("exit"))(3);
}

#ifdef CONTROL
Test(mocks, control)
{
    cr_expect(open("/dev/thing", O_RDWR) < 0); /* as if the library had called it */
}
#endif

#ifdef SUITE_LINKS_PLUGIN

TestSuite(mocks, .data = cr_alloc_budget(.leaks = at_most(0)));

Test(mocks, statement)
{
    cr_expect_no_alloc(device_open());
    device_close();
}

Test(mocks, criterion)
{
    cr_expect(no_alloc(device_open()));
    device_close();
}

Test(mocks, leaks)
{
    device_open();
}

Test(mocks, block)
{
    cr_alloc_scope(.bytes = at_most(4))
    {
        device_open();
        device_close();
    }
}

Test(mocks, permit)
{
    cr_no_alloc_scope
    {
        cr_permit_alloc
        {
            device_open();
            device_close();
        }
    }
}

Test(mocks, peak, .data = cr_alloc_budget(.peak = at_most(100)))
{
    keep = malloc(2000);
    device_close();
}

Test(mocks, sweep)
{
    cr_alloc_failure_sweep()
    {
        if (device_open() < 0 && !keep)
            break; /* noticed */
        device_close();
        void *unchecked = malloc(8);
        *(volatile char *) unchecked = 1;
        free(unchecked);
    }
}

Test(mocks, session)
{
    struct at_session *session = at_session_new();
    at_measure_thread (at_session_operation(session, "open"), 10) {
        for (int i = 0; i < 10; i++) {
            device_open();
            device_close();
        }
    }
    cr_expect(at_session_print(session, stderr) == AT_OK);
    struct at_report *report;
    cr_expect(at_session_report(session, &report) == AT_OK);
    cr_expect(at_report_write_dir(report, DIRECTORY, NULL) == AT_OK);
    at_report_free(report);
    cr_expect(at_report_read_dir(DIRECTORY, &report, NULL) == AT_OK);
    cr_expect(at_report_n_operations(report) == 1);
    at_report_free(report);
    at_session_free(session);
}

Test(mocks, region)
{
    struct at_region *region;
    cr_assert(at_region_begin(AT_THREAD, &region) == AT_OK);
    device_open();
    at_region_end(region);
    cr_expect(at_region_usage(region).allocs == 1);
    at_region_free(region);
    device_close();
}

Test(mocks, panic, .signal = SIGABRT)
{
    at_panic_on_next_alloc(true);
    device_open();
}

#endif
