/* SPDX-License-Identifier: MIT */
/* See symbolize.h. */
#define _GNU_SOURCE
#include "symbols/symbolize.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "attribution/foreign.h"
#include "attribution/loaded.h"
#include "base/symbols.h"
#include "symbols/debug_info.h"
#include "symbols/demangle.h"
#include "symbols/source.h"

static char program_path[512];

struct search {
    const char *object; /* NULL for the program itself */
    struct at_frame *frames;
    size_t n_frames;
    size_t max;
};

static void copy_string(char *out, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);
    memcpy(out, text, n);
    out[n] = '\0';
}

static int on_frame(void *data, uintptr_t address, const char *file, int line, const char *function)
{
    (void) address;
    struct search *search = data;
    if (search->n_frames == search->max)
        return 1;
    if (!file && !function)
        return 0;
    struct at_frame *frame = &search->frames[search->n_frames++];
    memset(frame, 0, sizeof *frame);
    if (function)
        at_demangle(function, frame->function, sizeof frame->function);
    if (file && line > 0) {
        at_source_find(file, search->object, frame->file, sizeof frame->file);
        frame->line = line;
    }
    return 0;
}

/*
 * A correction of libbacktrace (gcc 12). It searches inlined functions by bisection, and does not
 * find a function whose address range contains an empty range of another one, as gcc emits for C++
 * headers. Then the user's function appears with a line of the header. So the instructions shortly
 * before are tried: at one of them, in the same inlined call, the bisection succeeds and gives the
 * line of the user's call.
 */
enum { CORRECTION_BYTES = 256 };

struct correction {
    const char *object;
    const struct at_frame *inner; /* the function that appears with the header's line */
    const struct at_frame *outer; /* the frame around it, or NULL */
    char file[sizeof((struct at_frame *) 0)->file];
    int line;
    size_t depth;
    bool
        candidate; /* the previous frame was `inner`, in the user's file, with a function inlined */
};

static int on_correction_frame(void *data, uintptr_t address, const char *file, int line,
                               const char *function)
{
    (void) address;
    struct correction *correction = data;
    char name[sizeof correction->inner->function] = "";
    if (function)
        at_demangle(function, name, sizeof name);
    if (correction->candidate)
        return correction->outer && line == correction->outer->line
               && strcmp(name, correction->outer->function) == 0;
    if (correction->depth++ > 0 && file && strcmp(name, correction->inner->function) == 0) {
        at_source_find(file, correction->object, correction->file, sizeof correction->file);
        if (at_source_is_system(correction->file))
            return 0;
        correction->line = line;
        correction->candidate = true;
        return correction->outer == NULL;
    }
    return 0;
}

static void correct_inlined(const struct at_module *module, uintptr_t address,
                            const struct search *search)
{
    struct at_frame *frames = search->frames;
    size_t n_frames = search->n_frames;
    if (n_frames == 0 || !at_source_is_system(frames[0].file))
        return;
    for (uintptr_t i = 1; i <= CORRECTION_BYTES; i++) {
        struct correction correction = {
            .object = search->object,
            .inner = &frames[0],
            .outer = n_frames > 1 ? &frames[1] : NULL,
        };
        if (at_debug_lines(module, address - i, on_correction_frame, &correction) == 1) {
            copy_string(frames[0].file, sizeof frames[0].file, correction.file);
            frames[0].line = correction.line;
            return;
        }
    }
}

static void on_symbol(void *data, uintptr_t address, const char *name, uintptr_t value,
                      uintptr_t size)
{
    (void) address;
    (void) value;
    (void) size;
    struct at_frame *frame = data;
    if (name)
        at_demangle(name, frame->function, sizeof frame->function);
}

static void describe_module(struct at_frame *frame, const struct at_module *module,
                            uintptr_t address)
{
    frame->program = module->program;
    const char *name = module->path[0] ? module->path : program_path;
    const char *slash = strrchr(name, '/');
    frame->object = name;
    copy_string(frame->module, sizeof frame->module, slash ? slash + 1 : name);
    frame->offset = address - module->base;
    frame->owner = module->owner;
    /* A libc that is part of the program has no debug information. */
    bool may_be_libc = at_symbols_are_static && !module->gone;
    bool is_system = frame->file[0] ? at_source_is_system(frame->file)
                                    : may_be_libc || at_function_name_is_standard(frame->function);
    if (is_system && frame->owner == AT_OWNER_USER)
        frame->owner = AT_OWNER_RUNTIME;
}

/* Find the name among the exported symbols. This reads all of them. */
static void name_exported(struct at_frame *frame, uintptr_t address, const struct at_module *module)
{
    Dl_info info;
    if (module && module->gone) {
        const char *name = at_foreign_exported(address);
        if (name)
            at_demangle(name, frame->function, sizeof frame->function);
        return;
    }
    if (dladdr((void *) address, &info) && info.dli_sname)
        at_demangle(info.dli_sname, frame->function, sizeof frame->function);
}

static void on_scoped_symbol(void *data, uintptr_t address, const char *name, uintptr_t value,
                             uintptr_t size)
{
    char function[sizeof((struct at_frame *) 0)->function];
    struct at_frame *frame = data;
    (void) address;
    (void) size;
    if (!name || strncmp(name, "_Z", 2) != 0)
        return;
    frame->start = value;
    at_demangle(name, function, sizeof function);
    if (!at_function_name_is_unscoped(function))
        memcpy(frame->function, function, sizeof function);
}

/* The debug information of a function with internal linkage, such as the call operator of a lambda,
   has its name without the scope and without the parameters. Its symbol has all of the name, and
   its start differs from that of an overload. */
static void find_scope(const struct at_module *module, uintptr_t address, struct at_frame *outer)
{
    if (outer->function[0] && at_function_name_is_unscoped(outer->function))
        at_debug_symbol(module, address, on_scoped_symbol, outer);
}

static size_t find_lines(const struct at_module *module, uintptr_t address, struct at_frame *frames,
                         size_t max)
{
    struct search search = {
        .object = module->path[0] ? module->path : NULL,
        .frames = frames,
        .max = max,
    };
    if (module->unreadable)
        return 1;
    at_debug_lines(module, address, on_frame, &search);
    correct_inlined(module, address, &search);
    size_t n = search.n_frames ? search.n_frames : 1;
    struct at_frame *outer = &frames[n - 1];
    if (!outer->function[0] && !at_debug_symbol(module, address, on_symbol, outer))
        name_exported(outer, address, module);
    find_scope(module, address, outer);
    return n;
}

/* Called for inlined functions first: the last call is for the function itself. */
static int on_name(void *data, uintptr_t address, const char *file, int line, const char *function)
{
    (void) file;
    (void) line;
    if (function)
        on_symbol(data, address, function, 0, 0);
    return 0;
}

static struct alias {
    char function[sizeof((struct at_frame *) 0)->function];
    char shown[sizeof((struct at_frame *) 0)->function];
} aliases[AT_ALIASES];

void at_symbolize_rename(size_t number, const char *function, const char *shown)
{
    struct alias *alias = &aliases[number];
    bool fits = strlen(function) < sizeof alias->function;
    copy_string(alias->function, sizeof alias->function, fits ? function : "");
    copy_string(alias->shown, sizeof alias->shown, shown);
}

static void rename_function(struct at_frame *frame)
{
    for (size_t i = 0; i < AT_ALIASES; i++)
        if (aliases[i].function[0] && strcmp(frame->function, aliases[i].function) == 0) {
            copy_string(frame->function, sizeof frame->function, aliases[i].shown);
            frame->renamed = true;
        }
}

void at_symbolize_name(uintptr_t address, uint32_t epoch, struct at_frame *frame)
{
    struct at_module module;
    if (at_loaded_find(address, epoch, &module) && !module.unreadable)
        at_debug_lines(&module, address, on_name, frame);
}

size_t at_symbolize(uintptr_t address, uint32_t epoch, struct at_frame *frames, size_t max)
{
    memset(frames, 0, sizeof *frames); /* on_frame() clears the other frames */
    frames->object = "";
    struct at_module module;
    bool known = at_loaded_find(address, epoch, &module);
    size_t n = 1;
    if (known && module.owner == AT_OWNER_USER)
        n = find_lines(&module, address, frames, max);
    else
        name_exported(frames, address, known ? &module : NULL);
    for (size_t i = 0; i < n; i++) {
        rename_function(&frames[i]);
        if (known)
            describe_module(&frames[i], &module, address);
        else
            frames[i].offset = address;
    }
    return n;
}

void at_symbolize_note(uintptr_t address, uint32_t epoch, struct at_frame *outer)
{
    struct at_module module;
    if (outer->owner == AT_OWNER_USER && at_loaded_find(address, epoch, &module))
        outer->note = at_debug_note(&module, outer->module, outer->line > 0, &outer->important);
}

const char *at_symbolize_program(void)
{
    return program_path;
}

static int ignore_frame(void *data, uintptr_t address, const char *file, int line,
                        const char *function)
{
    (void) data;
    (void) address;
    (void) file;
    (void) line;
    (void) function;
    return 0;
}

static int prepare_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    (void) arg;
    struct at_module module;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t address = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && header->p_flags & PF_X && at_module_find(address, &module)
            && module.owner == AT_OWNER_USER)
            at_debug_lines(&module, address, ignore_frame, NULL);
    }
    return 0;
}

void at_symbolize_prepare(void)
{
    at_source_fix_directory();
    dl_iterate_phdr(prepare_object, NULL);
}

void at_symbolize_start(void)
{
    ssize_t n = readlink("/proc/self/exe", program_path, sizeof program_path - 1);
    program_path[n > 0 ? n : 0] = '\0';
}
