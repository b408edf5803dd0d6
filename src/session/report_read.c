/* SPDX-License-Identifier: MIT */
/* at_report_read_dir(): strict, as what is read here is merged into what is believed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/report_files.h"
#include "track/thread.h"

struct reader {
    const char *path;
    json_t *root;
    struct at_report_error *error;
};

static bool refuse(const struct reader *reader, const char *field, const char *reason)
{
    if (reader->error)
        snprintf(reader->error->message, sizeof reader->error->message, "%.700s: %s%s%s",
                 reader->path, field ? field : "", field ? ": " : "", reason);
    return false;
}

static bool read_counts(const struct reader *reader, struct at_moments *moments)
{
    for (size_t i = 0; i < AT_JSON_COUNTS; i++) {
        const struct at_json_count *count = &at_json_counts[i];
        const json_t *value = json_object_get(reader->root, count->name);
        if (!json_is_integer(value))
            return refuse(reader, count->name, "expected a whole number");
        json_int_t number = json_integer_value(value);
        if (number < 0 && !count->is_signed)
            return refuse(reader, count->name, "must not be negative");
        *(json_int_t *) (void *) ((char *) moments + count->offset) = number;
    }
    if (moments->rated_spans > moments->spans || moments->tracked_spans > moments->spans)
        return refuse(reader, "span_count", "is smaller than a part of it");
    return true;
}

static bool read_sums(const struct reader *reader, struct at_moments *moments)
{
    const json_t *sums = json_object_get(reader->root, "moments");
    for (size_t i = 0; i < AT_JSON_SUMS; i++) {
        const char *hex = json_string_value(json_object_get(sums, at_json_sums[i].name));
        void *sum = (char *) moments + at_json_sums[i].offset;
        if (!hex || !at_wide_parse(hex, sum))
            return refuse(reader, at_json_sums[i].name, "expected hexadecimal digits in a string");
    }
    return true;
}

static bool read_extreme(const struct reader *reader, const char *metric, const char *name,
                         bool expected, double *extreme)
{
    const json_t *value = json_object_get(json_object_get(reader->root, metric), name);
    if (!value && !expected)
        return true;
    if (!json_is_number(value) || json_number_value(value) < 0)
        return refuse(reader, name, "expected a number from 0");
    *extreme = json_number_value(value);
    return true;
}

static bool read_operation(const struct reader *reader, struct at_report_builder *builder)
{
    const char *schema = json_string_value(json_object_get(reader->root, "schema"));
    if (!schema || strcmp(schema, AT_OPERATION_SCHEMA) != 0)
        return refuse(reader, "schema", "expected \"" AT_OPERATION_SCHEMA "\"");
    const char *name = json_string_value(json_object_get(reader->root, "operation"));
    if (!name)
        return refuse(reader, "operation", "expected a string");
    struct at_moments moments;
    at_moments_init(&moments);
    if (!read_counts(reader, &moments) || !read_sums(reader, &moments))
        return false;
    bool rated = moments.rated_spans > 0;
    if (!read_extreme(reader, "bytes_per_iteration", "min", rated, &moments.bytes.min)
        || !read_extreme(reader, "bytes_per_iteration", "max", rated, &moments.bytes.max)
        || !read_extreme(reader, "allocations_per_iteration", "min", rated, &moments.allocs.min)
        || !read_extreme(reader, "allocations_per_iteration", "max", rated, &moments.allocs.max))
        return false;
    at_report_builder_add(builder, name, &moments);
    return true;
}

/* Reads one file; its JSON stays referenced in `keep`, as the builder uses the name in it. */
static enum at_status read_file(const char *path, json_t *keep, struct at_report_builder *builder,
                                struct at_report_error *error)
{
    json_error_t wrong;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    if (!root) {
        bool unreadable = json_error_code(&wrong) == json_error_cannot_open_file;
        if (error && unreadable)
            snprintf(error->message, sizeof error->message, "%.700s: %s", path, strerror(errno));
        else if (error)
            snprintf(error->message, sizeof error->message, "%.700s:%d:%d: %s", path, wrong.line,
                     wrong.column, wrong.text);
        return unreadable ? AT_ERROR_IO : AT_ERROR_FORMAT;
    }
    json_array_append_new(keep, root);
    struct reader reader = { .path = path, .root = root, .error = error };
    return read_operation(&reader, builder) ? AT_OK : AT_ERROR_FORMAT;
}

static bool is_ours(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static enum at_status read_all(DIR *stream, const char *directory, json_t *keep,
                               struct at_report_builder *builder, struct at_report_error *error)
{
    enum at_status status = AT_OK;
    const struct dirent *entry;
    while (status == AT_OK && (entry = readdir(stream))) {
        char path[PATH_MAX];
        if (!is_ours(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%.*s/%s", (int) (sizeof path - NAME_MAX - 2), directory,
                 entry->d_name);
        status = read_file(path, keep, builder, error);
    }
    return status;
}

static enum at_status read_dir(const char *directory, struct at_report **report,
                               struct at_report_error *error)
{
    DIR *stream = opendir(directory);
    if (!stream) {
        if (error)
            snprintf(error->message, sizeof error->message, "%.700s: %s", directory,
                     strerror(errno));
        return AT_ERROR_IO;
    }
    struct at_report_builder builder = { 0 };
    json_t *keep = json_array();
    enum at_status status = read_all(stream, directory, keep, &builder, error);
    closedir(stream);
    if (status == AT_OK)
        status = at_report_builder_finish(&builder, report);
    else
        at_report_builder_discard(&builder);
    json_decref(keep);
    return status;
}

enum at_status at_report_read_dir(const char *directory, struct at_report **report,
                                  struct at_report_error *error)
{
    at_suspend();
    enum at_status status = read_dir(directory, report, error);
    at_resume();
    return status;
}
