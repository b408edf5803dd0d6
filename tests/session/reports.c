/* SPDX-License-Identifier: MIT */
/*
 * reports FROM [TO]: read the directory of reports FROM and write the report to the directory TO,
 * inside a region. Print the result or the error, the allocations that were counted meanwhile, and
 * on standard error the table.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

int main(int argc, char **argv)
{
    struct at_report *report = NULL;
    struct at_report_error error = { "" };
    struct at_region *region;
    setlocale(LC_ALL, "");
    if (argc < 2 || at_region_begin(AT_PROCESS, &region) != AT_OK)
        abort();
    struct at_counters before = at_thread_counters();
    enum at_status status = at_report_read_dir(argv[1], &report, &error);
    if (status == AT_OK && argc > 2)
        status = at_report_write_dir(report, argv[2], &error);
    struct at_counters after = at_thread_counters();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    if (status == AT_OK)
        printf("%zu operations", at_report_n_operations(report));
    else
        printf("%s\n%s", at_status_string(status), error.message);
    printf("\n%llu allocations counted by the region, %llu by the thread; 1.5 is %.1f\n",
           (unsigned long long) usage.allocs, (unsigned long long) (after.allocs - before.allocs),
           1.5);
    if (status == AT_OK && at_report_print(report, stderr) != AT_OK)
        abort();
    at_region_free(region);
    at_report_free(report);
}
