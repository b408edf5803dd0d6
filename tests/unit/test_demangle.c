/* SPDX-License-Identifier: MIT */
/* symbols/demangle.h: readable names, in a process without a C++ runtime. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "base/other_stack.h"
#include "symbols/demangle.h"
#include "unwind/capture.h"

static const struct {
    const char *name, *shown;
} names[] = {
    /* C++ */
    { "_ZN2ns6Logger3logEi", "ns::Logger::log(int)" },
    { "_Z1fILi3EEvv", "void f<3>()" },
    { "_ZZ3hotvENKUlvE_clEv", "hot()::{lambda()#1}::operator()() const" },
    { "_ZZ3hotvENKUlvE8_clEv", "hot()::{lambda()#10}::operator()() const" },
    { "_Z1fNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "f(std::string)" },
    { "_ZNSt6vectorIiSaIiEEC1EmRKS0_",
      "std::vector<int>::vector(unsigned long, std::allocator<int> const&)" },
    /* an allocator is removed only as the whole last argument of a template */
    { "_Z1fSaIiE", "f(std::allocator<int>)" },
    { "_Z1fSaIiEi", "f(std::allocator<int>, int)" },
    { "_Z1fiSaIiEi", "f(int, std::allocator<int>, int)" },
    { "_Z1fiSaIiE", "f(int, std::allocator<int>)" },
    { "_Z1fiOSaIiE", "f(int, std::allocator<int>&&)" },
    { "_Z1fiPSaIiEi", "f(int, std::allocator<int>*, int)" },
    { "_Z1fiRVKSaIiE", "f(int, std::allocator<int> const volatile&)" },
    { "_Z1fiPKSaISt6vectorIiSaIiEEE", "f(int, std::allocator<std::vector<int>> const*)" },
    { "_Z1fSt6vectorIS_IiSaIiEESaIS1_EE", "f(std::vector<std::vector<int>>)" },
    { "_Z1fI1SISaIiEEEvv", "void f<S<std::allocator<int>>>()" },
    { "_Z1fI1SIiRKSaIiEEEvv", "void f<S<int, std::allocator<int> const&>>()" },
    { "_Z1fI1SIiPSaIiEEEvv", "void f<S<int, std::allocator<int>*>>()" },
    { "_Z1fI1SIiSaIiEiEEvv", "void f<S<int, std::allocator<int>, int>>()" },
    { "_Z1fI1SIiNSaIiE1TEEEvv", "void f<S<int, std::allocator<int>::T>>()" },
    { "_Z1fI1SIiSaIiEEEvv", "void f<S<int>>()" },
    /* copies and parts of functions that compilers make */
    { "_ZN2ns6Logger3logEi.cold", "ns::Logger::log(int)" },
    { "_ZN2ns6Logger3logEi.part.0.constprop.1", "ns::Logger::log(int)" },
    { "log.cold", "log" },
    { "log.cold.2", "log" },
    { "log.part.0", "log" },
    { "log.isra.0.part.12", "log" },
    { "log.lto_priv.0", "log" },
    { "log.llvm.1234567890", "log" },
    { "log.localalias", "log" },
    { "log.__uniq.99.llvm.1", "log" },
    { "log.cfi", "log" },
    /* names that only look like copies */
    { "inner.0", "inner.0" },
    { "main.part", "main" },
    { "main.main", "main.main" },
    { ".cold", ".cold" },
    { "log.", "log." },
    { "log..", "log.." },
    { "7", "7" },
    { "", "" },
    /* other languages, and names that no compiler makes */
    { "_RNvCs1234_7mycrate3foo", "_RNvCs1234_7mycrate3foo" },
    { "_D4core6memoryZ", "_D4core6memoryZ" },
    { "_Z", "_Z" },
    { "_ZN", "_ZN" },
    { "_ZN2nsE_not", "_ZN2nsE_not" },
};

Test(demangle, names)
{
    cr_assert_null(dlsym(RTLD_DEFAULT, "__cxa_demangle"), "no C++ runtime in this process");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char out[384];
        cr_assert_no_alloc(at_demangle(names[i].name, out, sizeof out));
        cr_expect_str_eq(out, names[i].shown, "%s became %s", names[i].name, out);
    }
}

Test(demangle, cut)
{
    char out[8];
    at_demangle("_ZN2ns6Logger3logEi", out, sizeof out);
    cr_expect_str_eq(out, "ns::Log");
    at_demangle("a_long_function", out, sizeof out);
    cr_expect_str_eq(out, "a_long_");
}

/* A name that is too long for the demangler, and a name whose readable form is too long. */
Test(demangle, long_names)
{
    static char name[16384], out[384];
    strcpy(name, "_Z1f");
    memset(name + 4, 'i', 16000);
    at_demangle(name, out, sizeof out);
    cr_expect_eq(strncmp(out, "_Z1fiiii", 8), 0);
    cr_expect_eq(strlen(out), sizeof out - 1);
    name[4 + 900] = '\0';
    at_demangle(name, out, sizeof out);
    cr_expect_eq(strncmp(out, "f(int, int, ", 12), 0);
    cr_expect_eq(strlen(out), sizeof out - 1);
}

/* Random changes of mangled names: the result is always NUL-terminated. */
Test(demangle, garbage)
{
    unsigned seed = 1;
    for (int round = 0; round < 100000; round++) {
        char name[128], out[384];
        size_t which = (size_t) rand_r(&seed) % (sizeof names / sizeof names[0]);
        size_t n = strlen(names[which].name);
        memcpy(name, names[which].name, n + 1);
        for (int changes = 0; n > 2 && changes < 3; changes++)
            name[2 + (size_t) rand_r(&seed) % (n - 2)] = (char) (1 + rand_r(&seed) % 127);
        at_demangle(name, out, sizeof out);
        cr_assert_lt(strlen(out), sizeof out);
    }
}

static char deep[1000], deep_shown[384];

static void *demangle_deep(void *arg)
{
    at_demangle(deep, deep_shown, sizeof deep_shown);
    return arg;
}

/* The demangler needs 300 KiB of stack for this name, and a thread may have 16 KiB. */
Test(demangle, small_stack)
{
    strcpy(deep, "_Z1f");
    memset(deep + 4, 'P', 900);
    strcpy(deep + 904, "i");
    long page = sysconf(_SC_PAGESIZE);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    cr_assert_eq(pthread_attr_setstacksize(&attributes, 16 << 10), 0);
    cr_assert_eq(pthread_attr_setguardsize(&attributes, 64 * (size_t) page), 0);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, &attributes, demangle_deep, NULL), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(strncmp(deep_shown, "f(int****", 9), 0, "%s", deep_shown);
}

/* The same on a first stack with a small limit. */
Test(demangle, small_first_stack)
{
    strcpy(deep, "_Z1f");
    memset(deep + 4, 'P', 900);
    strcpy(deep + 904, "i");
    cr_assert_eq(setrlimit(RLIMIT_STACK, &(struct rlimit){ 256 << 10, 256 << 10 }), 0);
    demangle_deep(NULL);
    cr_expect_eq(strncmp(deep_shown, "f(int****", 9), 0, "%s", deep_shown);
}

/* Without memory the name is not changed. */
Test(demangle, no_memory)
{
    strcpy(deep, "_Z1fv");
    cr_assert_eq(setrlimit(RLIMIT_STACK, &(struct rlimit){ 64 << 10, 64 << 10 }), 0);
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ 1, 1 }), 0);
    at_demangle(deep, deep_shown, sizeof deep_shown);
    setrlimit(RLIMIT_AS, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
    cr_expect_str_eq(deep_shown, "_Z1fv");
}

static struct at_stack seen;

static void look(void *arg)
{
    at_stack_capture(&seen, NULL);
    *(uintptr_t *) arg = (uintptr_t) __builtin_frame_address(0);
}

static void *call_look(void *arg)
{
    cr_assert(at_call_with_stack(look, arg, 1 << 20));
    return arg;
}

/* A signal handler may interrupt code on the other stack: the unwinder finds the frames of both. */
Test(demangle, other_stack_unwinds)
{
    uintptr_t where = 0;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, call_look, &where), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(seen.end, AT_STACK_WHOLE);
    bool found = false;
    for (size_t i = 0; i < seen.n_frames; i++)
        found |= seen.frames[i] - (uintptr_t) call_look < 200;
    cr_expect(found, "the caller on the old stack is in the stack");
    uintptr_t direct = 0;
    call_look(&direct);
    cr_expect_lt((uintptr_t) &where - direct, 64 << 10, "the first stack has the room");
}
