// SPDX-License-Identifier: MIT
// An operator new of the program, with a pool that does not use malloc.
#include <cstddef>
#include <new>

static unsigned char pool[1 << 20];
static std::size_t used;

void *operator new(std::size_t size)
{
    std::size_t rounded = (size + 15) / 16 * 16;
    if (used + rounded > sizeof pool)
        throw std::bad_alloc();
    used += rounded;
    return pool + used - rounded;
}

void operator delete(void *) noexcept
{
}
