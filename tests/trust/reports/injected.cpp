// SPDX-License-Identifier: MIT
// Failure injection: oss-fuzz #9902 (errno is not set), seastar #51 (no end to std::bad_alloc).
#include <alloc_tracker/alloc_tracker.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <vector>

static int failures;

static void expect(bool is_true, const char *what)
{
    if (!is_true) {
        failures++;
        std::printf("%s\n", what);
    }
}

template <typename Call> static void fail(const char *what, Call call)
{
    errno = 0;
    at_fail_after(0);
    void *block = call();
    int error = errno;
    expect(at_fail_end().failed == 1 && !block && error == ENOMEM, what);
}

static void fail_family()
{
    void *old = std::malloc(10), *block = old;
    fail("malloc", [] { return std::malloc(10); });
    fail("calloc", [] { return std::calloc(10, 10); });
    fail("realloc", [&] { return std::realloc(old, 100); });
    fail("realloc of null", [] { return std::realloc(nullptr, 100); });
    fail("reallocarray", [&] { return reallocarray(old, 10, 10); });
    fail("aligned_alloc", [] { return aligned_alloc(64, 64); });
    fail("memalign", [] { return memalign(64, 64); });
    fail("valloc", [] { return valloc(64); });
    fail("pvalloc", [] { return pvalloc(64); });
    at_fail_after(0);
    int error = posix_memalign(&block, 64, 64);
    expect(at_fail_end().failed == 1 && error == ENOMEM && block == old, "posix_memalign");
    std::free(old);
}

static void fail_new()
{
    int caught = 0;
    std::vector<int *> blocks;
    blocks.reserve(2000);
    at_fail_from(0);
    for (int i = 0; i < 1000; i++) {
        try {
            blocks.push_back(new int(i));
        } catch (const std::bad_alloc &) {
            caught++;
        }
        expect(!new (std::nothrow) int, "nothrow");
    }
    at_fail_end();
    expect(caught == 1000 && blocks.empty(), "std::bad_alloc");
}

int main()
{
    fail_family();
    fail_new();
    return failures;
}
