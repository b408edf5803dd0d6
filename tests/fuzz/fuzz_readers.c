/* SPDX-License-Identifier: MIT */
/*
 * Runs the readers on arbitrary bytes. A reader must return a model or a reason. A model that is
 * written and read again must be the same. Built with libFuzzer (clang -fsanitize=fuzzer,address),
 * or without it as a program that replays the files of its command line.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/check_write.h"
#include "cli/show_write.h"
#include "results/nearest.h"
#include "results/test_pairs.h"
#include "session/report_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Make a file with these bytes in memory. `path` receives a name that can be opened. */
static int make_file(const void *data, size_t size, char path[32])
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t) size)
        abort();
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* Read the text, and check that it is written again as the same text. */
static void read_again(const struct at_text *text, bool baseline)
{
    char path[32], error[1024];
    struct at_pool pool = { 0 };
    struct at_results results = { .pool = &pool };
    struct at_baseline base = { .pool = &pool };
    struct at_text again = { 0 };
    int fd = make_file(at_text_get(text), text->length, path);
    bool good = baseline ? at_baseline_read(&base, path, error, sizeof error)
                         : at_results_read(&results, path, error, sizeof error);
    if (baseline)
        at_baseline_write(&again, &base);
    else
        at_results_write(&again, &results);
    if (!good || again.length != text->length
        || memcmp(again.data, text->data, text->length) != 0) {
        fprintf(stderr, "not read as it was written: %s\n", good ? "another text" : error);
        abort();
    }
    close(fd);
    at_text_free(&again);
    at_results_free(&results);
    at_baseline_free(&base);
    at_pool_free(&pool);
}

static void write_every_format(const struct at_results *results, const struct at_baseline *base)
{
    static at_results_writer *const show[] = { at_show_write_text, at_show_write_markdown,
                                               at_show_write_folded, at_show_write_speedscope,
                                               at_show_write_html };
    static at_metrics_writer *const metrics[] = { at_metrics_write_bencher,
                                                  at_metrics_write_github_action_benchmark };
    static at_check_writer *const check[] = { at_check_write_text, at_check_write_markdown,
                                              at_check_write_github };
    struct at_comparison comparison;
    at_compare(&comparison, results, base, &(struct at_compare_options){ 0 });
    struct at_text text = { 0 };
    struct at_show_options options = { .sites = true, .comparison = &comparison };
    for (size_t i = 0; i < sizeof show / sizeof show[0]; i++)
        for (options.by = 0; options.by < AT_N_BY; options.by++)
            show[i](&text, results, &options);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        metrics[i](&text, results, 1);
    for (size_t i = 0; i < sizeof check / sizeof check[0]; i++)
        check[i](&text, &comparison);
    at_check_write_json(&text, &comparison, 1);
    at_text_free(&text);
    at_comparison_free(&comparison);
}

/* Write accepted results and read them again, compare them with a baseline of a tenth of each
   metric, and show them in every format. */
static void use_results(struct at_results *results)
{
    char error[1024];
    if (!at_results_sort(results, error, sizeof error))
        return;
    struct at_text text = { 0 };
    struct at_baseline base = { .pool = results->pool };
    at_results_write(&text, results);
    read_again(&text, false);
    at_text_free(&text);
    at_baseline_add_results(&base, results);
    at_baseline_write(&text, &base);
    read_again(&text, true);
    at_text_free(&text);
    for (size_t i = 0; i < base.sections.at[0].n_tests; i++)
        base.sections.at[0].tests[i].metrics[i % AT_BASELINE_METRICS] /= 10;
    write_every_format(results, &base);
    at_baseline_free(&base);
}

/* Compare each section with the nearest one. */
static void compare_sections(const struct at_baseline *base)
{
    for (size_t i = 0; i < base->sections.n; i++) {
        const struct at_section *section = &base->sections.at[i];
        const struct at_section *nearest = at_baseline_nearest(base, &section->environment);
        struct at_test_pairs pairs = { 0 };
        if (nearest)
            at_test_pairs_of_sections(&pairs, base->pool, nearest, section);
        for (size_t k = 0; k < pairs.n; k++) {
            if (pairs.at[k].base == AT_NO_TEST || pairs.at[k].head == AT_NO_TEST)
                continue;
            const struct at_baseline_test *before = &nearest->tests[pairs.at[k].base];
            const struct at_baseline_test *after = &section->tests[pairs.at[k].head];
            struct at_location_changes changes = { .shown = ~0U };
            at_locations_compare(&changes, base->pool, at_baseline_test_locations(base, before),
                                 before->n_locations, at_baseline_test_locations(base, after),
                                 after->n_locations);
            free(changes.at);
        }
        free(pairs.at);
    }
}

static bool read_report(const char *path, struct at_text *name, struct at_report_row *row)
{
    static struct at_scan scan;
    bool good = at_scan_open(&scan, path) && at_report_json_read(&scan, name, row);
    if (good == scan.failed || scan.failed != (scan.error[0] != '\0'))
        abort();
    at_scan_close(&scan);
    return good;
}

static void write_report(struct at_text *text, const struct at_text *name,
                         struct at_report_row *row)
{
    row->name = at_text_get(name);
    if (at_report_json_write(text, row))
        abort(); /* an operation that was read can be written */
}

/* Read an operation of a report. If it is valid, write it, read it again and compare. */
static void use_report(const char *path)
{
    char again[32];
    struct at_text name = { 0 }, same = { 0 }, text = { 0 }, rewritten = { 0 };
    struct at_report_row row;
    if (read_report(path, &name, &row)) {
        write_report(&text, &name, &row);
        int fd = make_file(at_text_get(&text), text.length, again);
        if (!read_report(again, &same, &row))
            abort();
        close(fd);
        write_report(&rewritten, &same, &row);
        if (text.length != rewritten.length || memcmp(text.data, rewritten.data, text.length) != 0)
            abort();
    }
    at_text_free(&name);
    at_text_free(&same);
    at_text_free(&text);
    at_text_free(&rewritten);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32], error[1024];
    struct at_pool pool = { 0 };
    struct at_results results = { .pool = &pool };
    struct at_baseline base = { .pool = &pool };
    int fd = make_file(data, size, path);
    if (at_results_read(&results, path, error, sizeof error))
        use_results(&results);
    if (at_baseline_read(&base, path, error, sizeof error)) {
        struct at_text text = { 0 };
        at_baseline_write(&text, &base);
        read_again(&text, true);
        at_text_free(&text);
        compare_sections(&base);
    }
    use_report(path);
    close(fd);
    at_results_free(&results);
    at_baseline_free(&base);
    at_pool_free(&pool);
    return 0;
}

#ifndef AT_LIBFUZZER
int main(int argc, char **argv)
{
    static uint8_t data[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%d files\n", argc - 1);
    return argc < 2;
}
#endif
