// SPDX-License-Identifier: MIT
// Calls every operator of the C++ standard in use, as an expression and by name.
#include <cstddef>
#include <new>
#ifdef WITH_STRING
#include <string>
#endif

static void *volatile sink;
typedef std::size_t Size;

struct Large {
    char bytes[100];
    ~Large()
    {
        sink = this;
    }
};

template <class T> static T *kept(T *block)
{
    sink = block;
    return block;
}

static void use_plain()
{
    delete kept(new int(1));
    delete[] kept(new int[5]);
    delete kept(new (std::nothrow) int);
    delete[] kept(new (std::nothrow) int[3]);
    delete kept(new Large);
    delete[] kept(new Large[3]);
    ::operator delete(kept(::operator new(10)), std::nothrow);
    ::operator delete[](kept(::operator new[](20)), std::nothrow);
    ::operator delete(kept(::operator new(0)));
    ::operator delete(nullptr);
#if __cpp_sized_deallocation
    ::operator delete(kept(::operator new(11)), Size(11));
    ::operator delete[](kept(::operator new[](21)), Size(21));
#endif
}

#if __cpp_aligned_new
struct alignas(64) Over {
    char bytes[64];
};

static void use_aligned()
{
    const std::align_val_t align = std::align_val_t(64);
    delete kept(new Over);
    delete[] kept(new Over[2]);
    delete kept(new (std::nothrow) Over);
    delete[] kept(new (std::nothrow) Over[3]);
    ::operator delete(kept(::operator new(128, align)), align, std::nothrow);
    ::operator delete[](kept(::operator new[](192, align)), align, std::nothrow);
#if __cpp_sized_deallocation
    ::operator delete(kept(::operator new(256, align)), Size(256), align);
    ::operator delete[](kept(::operator new[](320, align)), Size(320), align);
#endif
}
#endif

extern "C" void use_operators()
{
    use_plain();
#if __cpp_aligned_new
    use_aligned();
#endif
#ifdef WITH_STRING
    std::string text(100, 'x');
    text += text;
    sink = &text;
#endif
}
