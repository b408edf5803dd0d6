/* SPDX-License-Identifier: MIT */
/* See assemble.h. */
#define _GNU_SOURCE
#include "program/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/intern.h"
#include "base/sort.h"
#include "report/json_text.h"
#include "report/measurement.h"
#include "report/replace.h"

enum { MAX_DEPTH = 64 };

struct row {
    const struct at_image *image;
    size_t id;        /* where its name begins in `ids` */
    const char *test; /* what a suite's test told, without its name; NULL for a program */
    size_t test_size;
};

struct assembly {
    const struct at_spool *spool;
    const char *texts; /* the whole file */
    size_t size;
    struct at_text ids;  /* as JSON has them, each with its NUL */
    struct at_text rows; /* struct row */
    size_t n_rows;
    struct at_intern suites; /* their names, so that one that runs twice is told apart */
    struct at_text n_runs;   /* uint32_t, by number of suite */
    bool failed;             /* no memory */
    struct at_text out;
    struct at_outcome *outcome;
};

/* A process that nobody has waited for yet is over all the same. */
static bool is_alive(int32_t pid)
{
    if (pid == 0)
        return true; /* being forked */
    if (kill(pid, 0) != 0 && errno != EPERM)
        return false;
    char path[64];
    char stat[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, stat, sizeof stat - 1) : 0;
    if (fd >= 0)
        close(fd);
    stat[n > 0 ? n : 0] = '\0';
    const char *name_end = strrchr(stat, ')');
    return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

static const struct at_image *parent_of(const struct assembly *all, const struct at_image *image)
{
    return image->parent ? &all->spool->images[image->parent - 1] : NULL;
}

/* A shell's copy that becomes a command by exec is no generation of its own. */
static const struct at_image *ancestor_of(const struct assembly *all, const struct at_image *image)
{
    const struct at_image *parent = parent_of(all, image);
    while (parent && parent->copied && at_image_state(parent) == AT_IMAGE_REPLACED)
        parent = parent_of(all, parent);
    return parent;
}

static const char *name_of(const struct assembly *all, const struct at_image *image)
{
    while (image->copied && image->parent)
        image = parent_of(all, image);
    return image->name[0] ? image->name : "unknown";
}

static void add_name(struct assembly *all, struct at_text *name, const struct at_image *image)
{
    const char *names[MAX_DEPTH];
    size_t depth = 0;
    for (; image && depth < MAX_DEPTH; image = ancestor_of(all, image))
        names[depth++] = name_of(all, image);
    while (depth-- > 0)
        at_text_printf(name, "%s%s", names[depth], depth ? "/" : "");
}

static struct row *row_at(const struct assembly *all, size_t i)
{
    return (struct row *) (void *) all->rows.data + i;
}

static const char *id_of(const struct assembly *all, const struct row *row)
{
    return at_text_get(&all->ids) + row->id;
}

static void put_row(struct assembly *all, const struct row *row)
{
    at_text_add(&all->rows, (const char *) row, sizeof *row);
    all->n_rows++;
    all->failed |= all->rows.truncated || all->ids.truncated;
}

static bool did_nothing(const struct at_image *image)
{
    static const struct at_usage nothing;
    return memcmp(&image->usage, &nothing, sizeof nothing) == 0;
}

/* Its parent and itself may both have taken a row, when neither could see the other's yet. */
static bool is_told_twice(const struct assembly *all, const struct at_image *image)
{
    for (uint32_t i = 0; image->spawned && i < at_spool_n_images(all->spool); i++) {
        const struct at_image *other = &all->spool->images[i];
        if (other != image && other->pid == image->pid && at_image_state(other) != AT_IMAGE_VOID)
            return true;
    }
    return false;
}

static void add_program(struct assembly *all, const struct at_image *image)
{
    struct row row = { .image = image, .id = all->ids.length };
    struct at_text name = { 0 };
    add_name(all, &name, image);
    at_json_escape(&all->ids, at_text_get(&name));
    at_text_add(&all->ids, "", 1);
    at_text_free(&name);
    put_row(all, &row);
}

/* What stands before the names of a suite's tests: nothing if it is the root, else its own, and the
   number of its run from the second on. */
static void add_prefix(struct assembly *all, struct at_text *prefix, const struct at_image *image)
{
    if (image == &all->spool->images[0])
        return;
    struct at_text name = { 0 };
    add_name(all, &name, image);
    uint32_t suite = at_intern_put(&all->suites, name.data, name.length);
    uint32_t none = 0;
    if (suite == all->n_runs.length / sizeof none)
        at_text_add(&all->n_runs, (const char *) &none, sizeof none);
    all->failed |= suite == AT_INTERN_NONE || all->n_runs.truncated;
    uint32_t run = all->failed ? 0 : ++((uint32_t *) (void *) all->n_runs.data)[suite];
    if (run > 1)
        at_text_printf(&name, "#%u", run);
    at_text_add_string(&name, "/");
    at_json_escape(prefix, at_text_get(&name));
    at_text_free(&name);
}

/* Where the JSON string ends that begins at `text`, or NULL. */
static const char *find_quote(const char *text, const char *end)
{
    for (; text < end && *text != '"'; text++)
        text += *text == '\\';
    return text < end ? text : NULL;
}

/* One line of a suite's text: {"id":"NAME",MEMBERS} and perhaps a comma. */
static void add_test(struct assembly *all, const struct at_image *image, const char *prefix,
                     const char *line, size_t size)
{
    static const char start[] = "{\"id\":\"";
    const char *name = line + sizeof start - 1;
    if (size < sizeof start || memcmp(line, start, sizeof start - 1) != 0)
        return;
    const char *end = find_quote(name, line + size);
    if (!end || end + 1 == line + size)
        return;
    struct row row = { .image = image, .id = all->ids.length, .test = end + 2 };
    row.test_size = (size_t) (line + size - row.test);
    while (row.test_size && row.test[row.test_size - 1] != '}')
        row.test_size--;
    at_text_add_string(&all->ids, prefix);
    at_text_add(&all->ids, name, (size_t) (end - name));
    at_text_add(&all->ids, "", 1);
    put_row(all, &row);
    all->outcome->n_tests++;
}

static void add_suite(struct assembly *all, const struct at_image *image, const char *text)
{
    struct at_text prefix = { 0 };
    add_prefix(all, &prefix, image);
    const char *end = text + image->text_size;
    for (const char *next; text < end; text = next + 1) {
        next = memchr(text, '\n', (size_t) (end - text));
        next = next ? next : end;
        add_test(all, image, at_text_get(&prefix), text, (size_t) (next - text));
    }
    at_text_free(&prefix);
}

/* The image's text, or NULL where it has none or it cannot be what the image says. */
static const char *text_of(const struct assembly *all, uint64_t where, uint64_t size)
{
    return size && where <= all->size && size <= all->size - where ? all->texts + where : NULL;
}

static void add(struct assembly *all, const struct at_image *image)
{
    const char *text = text_of(all, image->text, image->text_size);
    if (!image->suite || image->no_text || at_image_state(image) != AT_IMAGE_EXITED)
        add_program(all, image);
    else if (text)
        add_suite(all, image, text);
}

static void collect(struct assembly *all)
{
    for (uint32_t i = 0; i < at_spool_n_images(all->spool); i++) {
        const struct at_image *image = &all->spool->images[i];
        switch (at_image_state(image)) {
            case AT_IMAGE_VOID: continue;
            case AT_IMAGE_REPLACED:
                if (image->copied && did_nothing(image))
                    continue; /* between a fork and an exec there usually is nothing */
                break;
            case AT_IMAGE_EXPECTED:
                if (is_told_twice(all, image))
                    continue;
                __attribute__((fallthrough));
            case AT_IMAGE_RUNNING:
                if (is_alive(__atomic_load_n(&image->pid, __ATOMIC_RELAXED))) {
                    all->outcome->n_running++;
                    continue;
                }
                break;
            case AT_IMAGE_EXITED:
            case AT_IMAGE_UNOBSERVED: break;
        }
        add(all, image);
    }
}

static int compare_counts(uint64_t left, uint64_t right)
{
    return (left > right) - (left < right);
}

static int by_id(const void *left, const void *right, void *arg)
{
    const struct assembly *all = arg;
    const struct row *a = left, *b = right;
    const struct at_usage *x = &a->image->usage, *y = &b->image->usage;
    int order = strcmp(id_of(all, a), id_of(all, b));
    if (order == 0 && a->test && b->test) /* of one suite, in its order */
        return (a->test > b->test) - (a->test < b->test);
    order = order ? order : compare_counts(x->allocs, y->allocs);
    order = order ? order : compare_counts(x->bytes, y->bytes);
    order = order ? order : compare_counts(x->frees, y->frees);
    order = order ? order : compare_counts((uint64_t) x->peak, (uint64_t) y->peak);
    return order ? order : (a->image > b->image) - (a->image < b->image);
}

static void note(struct assembly *all, const struct row *row, const char *reason, size_t n)
{
    all->outcome->n_unobserved++;
    at_text_printf(&all->outcome->notes, "%s (process %d): %.*s\n", id_of(all, row),
                   (int) row->image->pid, (int) n, reason);
}

static void note_string(struct assembly *all, const struct row *row, const char *reason)
{
    note(all, row, reason, strlen(reason));
}

static const char *status_of(const struct at_image *image)
{
    switch (at_image_state(image)) {
        case AT_IMAGE_EXITED: return image->status == 0 ? "passed" : "failed";
        case AT_IMAGE_REPLACED: return "passed";
        case AT_IMAGE_RUNNING: return "crashed";
        default: return "skipped";
    }
}

static void add_how_it_ended(struct assembly *all, const struct at_image *image)
{
    struct at_text *out = &all->out;
    at_json_member(out, "status", status_of(image));
    if (at_image_state(image) == AT_IMAGE_EXITED && image->status != 0)
        at_json_integer(out, "exit", image->status);
    bool is_root = image->pid == all->spool->images[0].pid;
    if (at_image_state(image) == AT_IMAGE_RUNNING && is_root && all->spool->root_signal)
        at_json_integer(out, "signal", all->spool->root_signal);
}

static void add_unobserved(struct assembly *all, const struct row *row)
{
    const struct at_image *image = row->image;
    at_text_add_string(&all->out, ",\"usage\":null,\"budget\":[],\"verdict\":\"unobserved\","
                                  "\"frames\":[],\"sites\":null,\"dropped\":0");
    const char *reason = text_of(all, image->text, image->text_size);
    if (reason && at_image_state(image) == AT_IMAGE_UNOBSERVED)
        note(all, row, reason, image->text_size);
    else if (image->suite)
        note_string(all, row, "it ended before the results of its tests were written");
    else
        note_string(all, row, "it ended without having told anything: it was started without "
                              "liballoc_tracker_preload.so, or died before it was loaded");
}

/* Figures alone, of what did not come to tell its call sites. */
static void add_figures(struct assembly *all, const struct row *row, bool lost)
{
    const struct at_usage *usage = &row->image->usage;
    if (lost)
        note_string(all, row, "its call sites could not be written");
    at_measurement_add_usage(&all->out, usage);
    at_text_printf(&all->out, ",\"budget\":[],\"verdict\":\"%s\",\"frames\":[],\"sites\":null",
                   usage->dropped || lost ? "incomplete" : "none");
    at_json_count(&all->out, "dropped", usage->dropped);
}

static void add_measured(struct assembly *all, const struct row *row)
{
    const struct at_image *image = row->image;
    const char *text = text_of(all, image->text, image->text_size);
    bool has_sites = text && !image->no_text && at_image_state(image) != AT_IMAGE_RUNNING;
    if (has_sites) {
        at_text_printf(&all->out, ",\"budget\":[],\"verdict\":\"%s\",",
                       image->usage.dropped ? "incomplete" : "none");
        at_text_add(&all->out, text, image->text_size);
    } else {
        add_figures(all, row, image->no_text);
    }
    struct at_usage *sum = &all->outcome->usage;
    all->outcome->n_measured++;
    sum->allocs += image->usage.allocs;
    sum->frees += image->usage.frees;
    sum->bytes += image->usage.bytes;
    sum->dropped += image->usage.dropped;
    if (image->usage.peak > sum->peak)
        sum->peak = image->usage.peak;
}

static bool is_unobserved(const struct at_image *image)
{
    enum at_image_state state = at_image_state(image);
    return image->suite || state == AT_IMAGE_UNOBSERVED || state == AT_IMAGE_EXPECTED;
}

static void write_program(struct assembly *all, const struct row *row, uint64_t number)
{
    if (row->image != &all->spool->images[0])
        at_json_count(&all->out, "parameter", number);
    add_how_it_ended(all, row->image);
    if (is_unobserved(row->image))
        add_unobserved(all, row);
    else
        add_measured(all, row);
    at_text_add_string(&all->out, "}");
}

static void write_rows(struct assembly *all)
{
    uint64_t number = 0;
    for (size_t i = 0; i < all->n_rows; i++) {
        const struct row *row = row_at(all, i);
        bool same = i > 0 && strcmp(id_of(all, row), id_of(all, row - 1)) == 0;
        number = same ? number + 1 : 0;
        at_text_printf(&all->out, "%s{\"id\":\"", i ? ",\n" : "\n");
        at_text_add_string(&all->out, id_of(all, row));
        at_text_add_string(&all->out, row->test ? "\"," : "\"");
        if (row->test)
            at_text_add(&all->out, row->test, row->test_size);
        else
            write_program(all, row, number);
    }
}

static bool write_all(struct assembly *all)
{
    const struct at_spool *spool = all->spool;
    const char *environment = text_of(all, spool->environment, spool->environment_size);
    uint32_t n = __atomic_load_n(&spool->n_images, __ATOMIC_RELAXED);
    if (n > AT_SPOOL_IMAGES) {
        all->outcome->n_unobserved++;
        at_text_printf(&all->outcome->notes, "%u processes were too many: they are not measured\n",
                       n - AT_SPOOL_IMAGES);
    }
    if (!environment) {
        errno = ESRCH;
        return false;
    }
    at_text_add_string(&all->out, "{\"schema\":\"alloc-tracker-results/1\",\"environment\":");
    at_text_add(&all->out, environment, spool->environment_size);
    at_text_add_string(&all->out, ",\"tests\":[");
    write_rows(all);
    at_text_add_string(&all->out, "\n]}\n");
    return at_replace_file(spool->results, &all->out);
}

static bool assemble(struct assembly *all)
{
    collect(all);
    at_sort(all->rows.data, all->n_rows, sizeof(struct row), by_id, all);
    all->out.truncated |= all->failed;
    bool written = write_all(all);
    int error = errno;
    at_text_free(&all->rows);
    at_text_free(&all->ids);
    at_text_free(&all->n_runs);
    at_intern_free(&all->suites);
    at_text_free(&all->out);
    errno = error;
    return written;
}

bool at_assemble(struct at_spool *spool, const char *path, struct at_outcome *outcome)
{
    *outcome = (struct at_outcome){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = false;
    struct stat status;
    void *texts = MAP_FAILED;
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &status) == 0)
        texts = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (texts != MAP_FAILED) {
        struct assembly all = { .spool = spool,
                                .texts = texts,
                                .size = (size_t) status.st_size,
                                .outcome = outcome };
        written = assemble(&all);
        if (written && outcome->n_running == 0)
            unlink(path);
    }
    int error = errno;
    if (texts != MAP_FAILED)
        munmap(texts, (size_t) status.st_size);
    close(fd);
    errno = error;
    return written;
}
