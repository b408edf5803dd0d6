/* SPDX-License-Identifier: MIT */
/* symbols/units.h and symbols/elf_file.h: the units of this program, and files with random bytes.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "attribution/module.h"
#include "symbols/units.h"

static uint64_t file_address(const void *function)
{
    struct at_module module;
    cr_assert(at_module_find((uintptr_t) function, &module));
    return (uintptr_t) function - module.base;
}

static void body(void)
{
}

Test(units, this_program)
{
    struct at_units units;
    cr_assert(at_units_open(&units, ""));
    const char *producer = at_units_producer(&units, file_address((const void *) body));
    cr_assert_not_null(producer);
    cr_expect(strstr(producer, "GNU C") || strstr(producer, "clang version "), "%s", producer);
    cr_expect_eq(at_units_producer(&units, file_address((const void *) body)), producer);
    cr_expect_null(at_units_producer(&units, 0));
    cr_expect_null(at_units_producer(&units, UINT64_MAX));
    cr_expect_not(at_units_are_split(""));
    uint64_t address;
    cr_expect_not(at_elf_function(&units.elf, "no_such_function", &address));
    cr_expect(at_elf_function(&units.elf, "body", &address));
    cr_expect_eq(address, file_address((const void *) body));
    at_units_close(&units);
}

Test(units, no_file)
{
    struct at_units units;
    cr_expect_not(at_units_open(&units, "/nonexistent"));
    cr_expect_not(at_units_open(&units, "/dev/null"));
    cr_expect_not(at_units_open(&units, "/proc/self/status"));
    cr_expect_not(at_units_open(&units, "/etc/passwd"));
}

/* This program in a memfd. */
static unsigned char *copy_program(int *fd, size_t *size)
{
    int own = open("/proc/self/exe", O_RDONLY);
    struct stat status;
    cr_assert_eq(fstat(own, &status), 0);
    *size = (size_t) status.st_size;
    *fd = memfd_create("units", 0);
    cr_assert_eq(ftruncate(*fd, status.st_size), 0);
    unsigned char *copy = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    cr_assert_eq(pread(own, copy, *size, 0), status.st_size);
    close(own);
    return copy;
}

static const ElfW(Shdr) * find(const unsigned char *file, const char *name)
{
    const ElfW(Ehdr) *header = (const void *) file;
    const ElfW(Shdr) *sections = (const void *) (file + header->e_shoff);
    const char *names = (const char *) file + sections[header->e_shstrndx].sh_offset;
    for (size_t i = 0; i < header->e_shnum; i++)
        if (strcmp(names + sections[i].sh_name, name) == 0)
            return &sections[i];
    return NULL;
}

static void read_all(const char *path, uint64_t address)
{
    struct at_units units;
    if (!at_units_open(&units, path))
        return;
    at_units_producer(&units, address);
    at_units_producer(&units, UINT64_MAX); /* this reads every unit */
    at_units_are_split(path);
    at_elf_function(&units.elf, "body", &address);
    at_units_close(&units);
}

/* Random bytes where they decide which other bytes are read: in the headers of sections and units,
   and in abbreviations. */
Test(units, any_bytes)
{
    static const char *const sections[] = { ".debug_info",        ".debug_abbrev",
                                            ".debug_str_offsets", ".debug_rnglists",
                                            ".debug_ranges",      ".debug_addr" };
    int fd;
    size_t size;
    unsigned char *file = copy_program(&fd, &size);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    uint64_t address = file_address((const void *) body);
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        const ElfW(Shdr) *section =
            find(file, sections[(size_t) rand_r(&seed) % (sizeof sections / sizeof sections[0])]);
        size_t start = section ? section->sh_offset : 0;
        size_t n = section ? section->sh_size < 400 ? section->sh_size : 400 : sizeof(ElfW(Ehdr));
        unsigned char old[8], *at = file + start + (size_t) rand_r(&seed) % (n - sizeof old);
        memcpy(old, at, sizeof old);
        for (size_t i = 0; i < 1 + (size_t) rand_r(&seed) % sizeof old; i++)
            at[i] = (unsigned char) (rand_r(&seed) % 3 ? rand_r(&seed) : 0xFF);
        read_all(path, address);
        memcpy(at, old, sizeof old);
    }
    munmap(file, size);
    close(fd);
}

/* The same in the file's header and its table of sections. */
Test(units, any_sections)
{
    int fd;
    size_t size;
    unsigned char *file = copy_program(&fd, &size);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    uint64_t address = file_address((const void *) body);
    const ElfW(Ehdr) header = *(const ElfW(Ehdr) *) (void *) file;
    unsigned seed = 2;
    for (int round = 0; round < 3000; round++) {
        size_t table = (size_t) header.e_shnum * sizeof(ElfW(Shdr));
        size_t start = round % 4 ? header.e_shoff : 0, n = round % 4 ? table : sizeof header;
        unsigned char old[8], *at = file + start + (size_t) rand_r(&seed) % (n - sizeof old);
        memcpy(old, at, sizeof old);
        for (size_t i = 0; i < 1 + (size_t) rand_r(&seed) % sizeof old; i++)
            at[i] = (unsigned char) rand_r(&seed);
        read_all(path, address);
        memcpy(at, old, sizeof old);
    }
    munmap(file, size);
    close(fd);
}

/* A file that is cut at any position. */
Test(units, cut)
{
    int fd;
    size_t size;
    unsigned char *file = copy_program(&fd, &size);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    uint64_t address = file_address((const void *) body);
    munmap(file, size);
    for (int i = 0; i < 200 && size > 8; i++) {
        size -= size / 25 + 1;
        cr_assert_eq(ftruncate(fd, (off_t) size), 0);
        read_all(path, address);
    }
    close(fd);
}
