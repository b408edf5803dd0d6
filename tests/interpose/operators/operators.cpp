// SPDX-License-Identifier: MIT
// Replaced operators. REPLACE is a sum of the bits below, MEMORY_* the kind of memory. Each
// operator counts its calls, so that a program can print the called operators.
//   1 of one object, 2 of arrays, 4 nothrow, 8 aligned, 16 sized, 32 delete, 64 new,
//   128 only the aligned ones of these, 256 only the nothrow ones
#include <cstddef>
#include <cstdlib>
#include <new>

extern "C" int operator_calls[20];
int operator_calls[20];

#if MEMORY_malloc || MEMORY_header || MEMORY_rounded
static void *take(std::size_t n, std::size_t alignment)
{
#if MEMORY_header
    std::size_t before = alignment > 16 ? alignment : 16;
#else
    std::size_t before = 0;
#endif
#if MEMORY_rounded
    n = (n + 63) & ~std::size_t(63);
#endif
    n += before;
    void *raw = alignment > 16 ? aligned_alloc(alignment, (n + alignment - 1) & ~(alignment - 1))
                               : std::malloc(n);
    if (!raw)
        std::abort();
    void **block = reinterpret_cast<void **>(static_cast<char *>(raw) + before);
#if MEMORY_header
    block[-1] = raw;
#endif
    return block;
}

static void give(void *block)
{
#if MEMORY_header
    block = block ? static_cast<void **>(block)[-1] : nullptr;
#endif
    std::free(block);
}
#elif MEMORY_arena || MEMORY_noted
extern "C" void at_note_alloc(const void *block, std::size_t size) __attribute__((weak));
extern "C" void at_note_free(const void *block) __attribute__((weak));

static char arena[1 << 20];
static std::size_t used;

static void *take(std::size_t n, std::size_t alignment)
{
    std::size_t mask = (alignment > 16 ? alignment : 16) - 1;
    std::size_t start = reinterpret_cast<std::size_t>(arena + used + mask) & ~mask;
    used = start + n - reinterpret_cast<std::size_t>(arena);
    void *block = reinterpret_cast<void *>(start);
#if MEMORY_noted
    if (at_note_alloc)
        at_note_alloc(block, n);
#endif
    return block;
}

static void give(void *block)
{
#if MEMORY_noted
    if (at_note_free)
        at_note_free(block);
#endif
    (void) block;
}
#elif MEMORY_node || MEMORY_large
#include <sys/mman.h>

static char pool[1 << 20];
static std::size_t used;

/* malloc, except for nodes of one size, or for large blocks. */
static void *take(std::size_t n, std::size_t alignment)
{
#if MEMORY_node
    if (n > 64 && n <= 80)
        return pool + (used += 128) - 128;
#else
    if (n >= 100000)
        return mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
    return alignment > 16 ? aligned_alloc(alignment, (n + alignment - 1) & ~(alignment - 1))
                          : std::malloc(n);
}

static void give(void *block)
{
    bool mapped = block && (reinterpret_cast<std::size_t>(block) & 4095) == 0;
    if (!mapped && (block < pool || block >= pool + sizeof pool))
        std::free(block);
}
#elif MEMORY_slab
static char *chunk;
static std::size_t left;

/* An arena: many small blocks in one block of malloc. */
static void *take(std::size_t n, std::size_t alignment)
{
    n = (n + 63) & ~std::size_t(63);
    if (n > 1024)
        return aligned_alloc(64, n);
    (void) alignment;
    if (n > left) {
        chunk = static_cast<char *>(aligned_alloc(64, 16384));
        left = 16384;
    }
    left -= n;
    return chunk + left;
}

static void give(void *)
{
}
#endif

// clang-format off: one line for each operator
#define COUNT(Index) (void) operator_calls[Index]++
typedef std::size_t Size;

#if REPLACE & 64
#if REPLACE & 1 && !(REPLACE & 384)
void *operator new(Size n)
{
    COUNT(0);
    return take(n, 16);
}
#endif
#if REPLACE & 2 && !(REPLACE & 384)
void *operator new[](Size n)
{
    COUNT(1);
    return take(n, 16);
}
#endif
#if REPLACE & 4 && REPLACE & 1 && !(REPLACE & 128)
void *operator new(Size n, const std::nothrow_t &) noexcept
{
    COUNT(2);
    return take(n, 16);
}
#endif
#if REPLACE & 4 && REPLACE & 2 && !(REPLACE & 128)
void *operator new[](Size n, const std::nothrow_t &) noexcept
{
    COUNT(3);
    return take(n, 16);
}
#endif
#if REPLACE & 8 && __cpp_aligned_new
typedef std::align_val_t Align;
#if REPLACE & 1
void *operator new(Size n, Align a)
{
    COUNT(4);
    return take(n, Size(a));
}
#endif
#if REPLACE & 2
void *operator new[](Size n, Align a)
{
    COUNT(5);
    return take(n, Size(a));
}
#endif
#if REPLACE & 4 && REPLACE & 1
void *operator new(Size n, Align a, const std::nothrow_t &) noexcept
{
    COUNT(6);
    return take(n, Size(a));
}
#endif
#if REPLACE & 4 && REPLACE & 2
void *operator new[](Size n, Align a, const std::nothrow_t &) noexcept
{
    COUNT(7);
    return take(n, Size(a));
}
#endif
#endif
#endif
#if REPLACE & 32
#if REPLACE & 1 && !(REPLACE & 384)
void operator delete(void *p) noexcept
{
    COUNT(8);
    give(p);
}
#endif
#if REPLACE & 2 && !(REPLACE & 384)
void operator delete[](void *p) noexcept
{
    COUNT(9);
    give(p);
}
#endif
#if REPLACE & 16 && !(REPLACE & 384)
void operator delete(void *p, Size) noexcept
{
    COUNT(10);
    give(p);
}
void operator delete[](void *p, Size) noexcept
{
    COUNT(11);
    give(p);
}
#endif
#if REPLACE & 4 && !(REPLACE & 128)
void operator delete(void *p, const std::nothrow_t &) noexcept
{
    COUNT(12);
    give(p);
}
void operator delete[](void *p, const std::nothrow_t &) noexcept
{
    COUNT(13);
    give(p);
}
#endif
#if REPLACE & 8 && __cpp_aligned_new
#if REPLACE & 1
void operator delete(void *p, std::align_val_t) noexcept
{
    COUNT(14);
    give(p);
}
#endif
#if REPLACE & 2
void operator delete[](void *p, std::align_val_t) noexcept
{
    COUNT(15);
    give(p);
}
#endif
#if REPLACE & 16
void operator delete(void *p, Size, std::align_val_t) noexcept
{
    COUNT(16);
    give(p);
}
void operator delete[](void *p, Size, std::align_val_t) noexcept
{
    COUNT(17);
    give(p);
}
#endif
#endif
#endif
