/* SPDX-License-Identifier: MIT */
/*
 * See fingerprint.h. Compilers leave their names in the section .comment, one string each: gcc
 * "GCC: (Debian 12.2.0-14+deb12u1) 12.2.0", clang "Debian clang version 14.0.6". A program that
 * clang compiled has gcc's there too, from the C runtime's start files.
 */
#define _GNU_SOURCE
#include "report/fingerprint.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "report/json_text.h"

struct file {
    const unsigned char *data;
    size_t size;
};

static struct file map_program(void)
{
    struct file file = { 0 };
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0) {
        void *data = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED)
            file = (struct file){ .data = data, .size = (size_t) status.st_size };
    }
    if (fd >= 0)
        close(fd);
    return file;
}

static const void *part(const struct file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->data + offset : NULL;
}

/* The section's bytes, or NULL; everything in the file is checked before it is believed. */
static const char *section(const struct file *file, const char *name, size_t *size)
{
    const ElfW(Ehdr) *header = part(file, 0, sizeof *header);
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0
        || header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shstrndx >= header->e_shnum)
        return NULL;
    const ElfW(Shdr) *sections =
        part(file, header->e_shoff, (uint64_t) header->e_shnum * sizeof *sections);
    if (!sections)
        return NULL;
    const ElfW(Shdr) *strings = &sections[header->e_shstrndx];
    const char *names = part(file, strings->sh_offset, strings->sh_size);
    for (size_t i = 0; names && i < header->e_shnum; i++) {
        size_t length = strlen(name) + 1;
        if (sections[i].sh_type == SHT_NOBITS || sections[i].sh_name > strings->sh_size
            || length > strings->sh_size - sections[i].sh_name
            || memcmp(names + sections[i].sh_name, name, length) != 0)
            continue;
        *size = sections[i].sh_size;
        return part(file, sections[i].sh_offset, sections[i].sh_size);
    }
    return NULL;
}

/* "clang 14.0.6" of "Debian clang version 14.0.6"; "gcc 12.2.0" of "GCC: (...) 12.2.0". */
static bool name_compiler(const char *comment, char *out, size_t size)
{
    const char *clang = strstr(comment, "clang version ");
    if (clang) {
        const char *version = clang + strlen("clang version ");
        snprintf(out, size, "clang %.*s", (int) strcspn(version, " -"), version);
        return true;
    }
    const char *version = strrchr(comment, ' ');
    if (strncmp(comment, "GCC: ", 5) == 0 && version)
        snprintf(out, size, "gcc %s", version + 1);
    return false;
}

static void find_compiler(char *out, size_t size)
{
    snprintf(out, size, "unknown");
    struct file file = map_program();
    size_t length = 0;
    const char *comments = file.data ? section(&file, ".comment", &length) : NULL;
    for (size_t i = 0; comments && i < length;) {
        char comment[256];
        size_t n = strnlen(comments + i, length - i);
        snprintf(comment, sizeof comment, "%.*s", (int) n, comments + i);
        if (name_compiler(comment, out, size))
            break;
        i += n + 1;
    }
    if (file.data)
        munmap((void *) file.data, file.size);
}

#define WEAK __attribute__((weak))
extern char __asan_init[] WEAK, __tsan_init[] WEAK, __msan_init[] WEAK, __lsan_init[] WEAK;
extern char __ubsan_handle_type_mismatch_v1[] WEAK;

static void add_sanitizer(struct at_text *text)
{
    const struct {
        const char *name;
        const void *sign;
    } known[] = {
        { "address", __asan_init },
        { "thread", __tsan_init },
        { "memory", __msan_init },
        { "leak", __asan_init ? NULL : __lsan_init },
        { "undefined", __ubsan_handle_type_mismatch_v1 },
    };
    char names[64] = "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!known[i].sign)
            continue;
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? "+" : "", known[i].name);
    }
    at_json_member(text, "sanitizer", names[0] ? names : "none");
}

static void add_libc(struct at_text *text)
{
    char libc[64] = "unknown";
#ifdef __GLIBC__
    snprintf(libc, sizeof libc, "glibc %s", gnu_get_libc_version());
#endif
    at_json_member(text, "libc", libc);
}

void at_fingerprint_add(struct at_text *text, const char *optimization)
{
    char compiler[64];
    find_compiler(compiler, sizeof compiler);
    at_text_add_string(text, "{");
    at_json_member(text, "arch", AT_ARCH);
    add_libc(text);
    at_json_member(text, "compiler", compiler);
    at_json_member(text, "optimization", optimization ? optimization : "unknown");
    add_sanitizer(text);
    at_json_member(text, "library", AT_VERSION);
    at_text_add_string(text, "}");
}
