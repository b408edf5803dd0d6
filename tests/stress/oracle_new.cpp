// SPDX-License-Identifier: MIT
// The oracle's calls of operator new and delete in all their forms. They call the operators by
// name, because a compiler may remove a new expression.
#include <new>

#include "oracle.h"

static thread_local unsigned n_tries;

static void handler()
{
    if (n_tries == 0)
        throw std::bad_alloc();
    n_tries--;
}

void calls_use_new_handler(bool use)
{
    std::set_new_handler(use ? handler : nullptr);
}

static void *get(const struct call *call)
{
    const auto alignment = static_cast<std::align_val_t>(call->alignment);
    const size_t size = call->size;
    const bool aligned = call->alignment != 0;
    if (call->member == NEW && call->nothrow)
        return aligned ? ::operator new(size, alignment, std::nothrow)
                       : ::operator new(size, std::nothrow);
    if (call->member == NEW)
        return aligned ? ::operator new(size, alignment) : ::operator new(size);
    if (call->nothrow)
        return aligned ? ::operator new[](size, alignment, std::nothrow)
                       : ::operator new[](size, std::nothrow);
    return aligned ? ::operator new[](size, alignment) : ::operator new[](size);
}

void calls_new(struct call *call)
{
    n_tries = call->n_tries;
    try {
        call->block = get(call);
    } catch (const std::bad_alloc &) {
        call->thrown = true;
    }
}

static void delete_one(void *address, std::align_val_t alignment, size_t size, unsigned variant)
{
    switch (variant) {
        case 0: return ::operator delete(address);
        case 1: return ::operator delete(address, size);
        case 2: return ::operator delete(address, std::nothrow);
        case 3: return ::operator delete(address, alignment);
        case 4: return ::operator delete(address, size, alignment);
        default: return ::operator delete(address, alignment, std::nothrow);
    }
}

static void delete_array(void *address, std::align_val_t alignment, size_t size, unsigned variant)
{
    switch (variant) {
        case 0: return ::operator delete[](address);
        case 1: return ::operator delete[](address, size);
        case 2: return ::operator delete[](address, std::nothrow);
        case 3: return ::operator delete[](address, alignment);
        case 4: return ::operator delete[](address, size, alignment);
        default: return ::operator delete[](address, alignment, std::nothrow);
    }
}

void calls_delete(const struct block *block, unsigned variant)
{
    variant = variant % 3 + (block->alignment ? 3 : 0);
    const auto alignment = static_cast<std::align_val_t>(block->alignment);
    if (block->member == NEW)
        delete_one(block->address, alignment, block->size, variant);
    else
        delete_array(block->address, alignment, block->size, variant);
}
