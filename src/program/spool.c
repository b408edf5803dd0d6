/* SPDX-License-Identifier: MIT */
/* See spool.h. Nothing here allocates or takes a lock. */
#define _GNU_SOURCE
#include "program/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t magic = 0x616C6C6F6373706C; /* "allocspl" */

static struct at_spool *map(int fd)
{
    void *spool = mmap(NULL, sizeof(struct at_spool), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_NORESERVE, fd, 0);
    int error = errno;
    close(fd);
    errno = error;
    return spool == MAP_FAILED ? NULL : spool;
}

struct at_spool *at_spool_new(const char *path, const char *results)
{
    if (strlen(results) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    bool grown = ftruncate(fd, sizeof(struct at_spool)) == 0;
    struct at_spool *spool = map(fd);
    if (!spool || !grown) {
        int error = errno;
        unlink(path);
        errno = error;
        return NULL;
    }
    spool->used = sizeof *spool;
    memcpy(spool->results, results, strlen(results) + 1);
    spool->magic = magic;
    return spool;
}

struct at_spool *at_spool_open(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size < (off_t) sizeof(struct at_spool)) {
        close(fd);
        errno = EINVAL;
        return NULL;
    }
    struct at_spool *spool = map(fd);
    if (spool && spool->magic != magic) {
        munmap(spool, sizeof *spool);
        errno = EINVAL;
        return NULL;
    }
    return spool;
}

uint32_t at_spool_n_images(const struct at_spool *spool)
{
    uint32_t n = __atomic_load_n(&spool->n_images, __ATOMIC_ACQUIRE);
    return n < AT_SPOOL_IMAGES ? n : AT_SPOOL_IMAGES;
}

struct at_image *at_spool_take(struct at_spool *spool, const struct at_image *parent, int32_t pid)
{
    uint32_t row = __atomic_fetch_add(&spool->n_images, 1, __ATOMIC_ACQ_REL);
    if (row >= AT_SPOOL_IMAGES)
        return NULL;
    struct at_image *image = &spool->images[row];
    image->parent = parent ? (uint32_t) (parent - spool->images) + 1 : 0;
    image->pid = pid;
    at_image_set_state(image, AT_IMAGE_EXPECTED);
    return image;
}

struct at_image *at_spool_find(struct at_spool *spool, int32_t pid)
{
    for (uint32_t i = at_spool_n_images(spool); i-- > 0;) {
        struct at_image *image = &spool->images[i];
        if (__atomic_load_n(&image->pid, __ATOMIC_RELAXED) == pid
            && at_image_state(image) != AT_IMAGE_VOID)
            return image;
    }
    return NULL;
}

bool at_spool_append(struct at_spool *spool, const char *path, const struct at_text *text,
                     uint64_t *where, uint64_t *size)
{
    if (text->truncated) {
        errno = ENOMEM;
        return false;
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    uint64_t start = __atomic_fetch_add(&spool->used, text->length, __ATOMIC_RELAXED);
    size_t done = 0;
    while (done < text->length) {
        ssize_t n = pwrite(fd, text->data + done, text->length - done, (off_t) (start + done));
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t) n : 0;
    }
    int error = errno;
    close(fd);
    errno = error;
    *where = start;
    *size = text->length;
    return done == text->length;
}

void at_image_set_state(struct at_image *image, enum at_image_state state)
{
    /* With root_ended in one order: either the root's end sees this, or this sees the root's end.
     */
    __atomic_store_n(&image->state, (uint32_t) state, __ATOMIC_SEQ_CST);
}

enum at_image_state at_image_state(const struct at_image *image)
{
    return (enum at_image_state) __atomic_load_n(&image->state, __ATOMIC_SEQ_CST);
}

void at_image_set_name(struct at_image *image, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = strnlen(name, sizeof image->name - 1);
    memcpy(image->name, name, n);
    image->name[n] = '\0';
}
