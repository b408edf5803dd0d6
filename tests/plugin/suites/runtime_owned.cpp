/* SPDX-License-Identifier: MIT */
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <link.h>
#include <stdexcept>
#include <thread>
#include <unwind.h>

#include "runtime_owned.h"

extern "C" void __register_frame_info(const void *begin, void *object);

struct big {
    char bytes[1 << 20];
};

static void throws()
{
    try {
        throw std::runtime_error("a message");
    } catch (std::exception &caught) {
        kept = &caught;
    }
}

Test(exceptions, owned_caught, NO_LEAK)
{
    throws();
}

Test(exceptions, owned_caught_in_thread, NO_LEAK)
{
    std::thread(throws).join();
}

static std::exception_ptr held;

/* At the end, an exception and a dependent exception are active. */
Test(exceptions, owned_held, NO_LEAK)
{
    try {
        throw big();
    } catch (...) {
        held = std::current_exception();
    }
    try {
        std::rethrow_exception(held);
    } catch (big &caught) {
        kept = &caught;
    }
}

Test(exceptions, owned_peak_and_live)
{
    cr_alloc_scope(.leaks = at_exactly(0), .peak = at_least(1 << 20), .live = at_least(1 << 20))
    {
        try {
            throw big();
        } catch (...) {
            held = std::current_exception();
        }
    }
}

Test(exceptions, users_member, NO_LEAK)
{
    try {
        throw new int(5);
    } catch (int *caught) {
        kept = caught;
    }
}

/* A table that the program registers, as a JIT compiler does. libgcc sorts it at the first use, and
   holds a lock meanwhile that each of its functions takes. */
static int register_program(struct dl_phdr_info *info, size_t, void *)
{
    static void *object[8];
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_GNU_EH_FRAME)
            continue;
        const char *pointer = (const char *) info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + 4;
        __register_frame_info(pointer + *(const int32_t *) (const void *) pointer, object);
    }
    return 1;
}

/* Only libgcc can unwind through the frame of the signal. */
static void call_in_handler(void (*handler)(int))
{
    cr_permit_alloc
    {
        dl_iterate_phdr(register_program, NULL);
    }
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
}

static _Unwind_Reason_Code visit(_Unwind_Context *, void *)
{
    return _URC_NO_REASON;
}

Test(exceptions, owned_table_of_unwinder, NO_LEAK)
{
    call_in_handler([](int) { _Unwind_Backtrace(visit, NULL); });
}

Test(exceptions, owned_table_at_throw, NO_LEAK)
{
    call_in_handler([](int) { throws(); });
}

Test(streams, owned_output, NO_LEAK)
{
    std::cout << "a line" << std::endl;
    std::clog << "a line" << std::endl;
    std::wcout << L"a line" << std::endl;
}

Test(streams, owned_input, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(std::cin.get(), 0);
    std::cin.putback('a');
}

Test(streams, owned_wide_input, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(std::wcin.get(), 0u);
}

Test(streams, owned_without_stdio, NO_LEAK)
{
    read_zeros();
    std::ios_base::sync_with_stdio(false);
    std::cout << "a line" << std::endl;
    std::wcout << L"a line" << std::endl;
    cr_assert_eq(std::cin.get(), 0);
    std::cin.putback(0);
}

/* Three blocks: the stream, its state, its buffer. With libc++ two. */
Test(streams, users_file, NO_LEAK)
{
    std::ofstream *file = new std::ofstream("/dev/null");
    *file << "a line" << std::endl;
    kept = file;
}
