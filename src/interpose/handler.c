/* SPDX-License-Identifier: MIT */
/*
 * See handler.h. C cannot catch an exception, but operator new(std::nothrow) must. So the frame of
 * the call has a personality function. The unwinder calls it to find out whether an exception ends
 * in this frame, and where the program continues.
 */
#include "interpose/handler.h"

#include <stdint.h>
#include <stdlib.h>
#include <unwind.h>

#include "base/symbols.h"

#if defined(__x86_64__) || defined(__aarch64__)

void *__cxa_begin_catch(void *exception) __attribute__((weak));
void __cxa_end_catch(void) __attribute__((weak));

/* Call `function`. Return NULL, or the exception that it threw, through at_handler_landing. */
struct _Unwind_Exception *at_handler_catch(void (*function)(void *arg), void *arg);
extern const char at_handler_landing[] __attribute__((visibility("hidden")));

_Unwind_Reason_Code at_handler_personality(int version, _Unwind_Action actions, uint64_t kind,
                                           struct _Unwind_Exception *exception,
                                           struct _Unwind_Context *context);

/* 0x1b: an address relative to its own position, in four bytes. */
__asm__("\t.pushsection .text\n"
        "\t.globl at_handler_catch, at_handler_landing\n"
        "\t.hidden at_handler_catch, at_handler_landing\n"
        "\t.type at_handler_catch, %function\n"
        "at_handler_catch:\n"
        "\t.cfi_startproc\n"
        "\t.cfi_personality 0x1b, at_handler_personality\n"
#ifdef __x86_64__
        "\tsubq $8, %rsp\n"
        "\t.cfi_adjust_cfa_offset 8\n"
        "\tmovq %rdi, %rax\n"
        "\tmovq %rsi, %rdi\n"
        "\tcall *%rax\n"
        "\txorl %eax, %eax\n"
        "at_handler_landing:\n"
        "\tendbr64\n"
        "\taddq $8, %rsp\n"
        "\t.cfi_adjust_cfa_offset -8\n"
#else
        "\tstp x29, x30, [sp, #-16]!\n"
        "\t.cfi_def_cfa_offset 16\n"
        "\t.cfi_offset x29, -16\n"
        "\t.cfi_offset x30, -8\n"
        "\tmov x16, x0\n"
        "\tmov x0, x1\n"
        "\tblr x16\n"
        "\tmov x0, #0\n"
        "at_handler_landing:\n"
        "\tldp x29, x30, [sp], #16\n"
        "\t.cfi_restore x29\n"
        "\t.cfi_restore x30\n"
        "\t.cfi_def_cfa_offset 0\n"
#endif
        "\tret\n"
        "\t.cfi_endproc\n"
        "\t.size at_handler_catch, . - at_handler_catch\n"
        "\t.popsection\n");

/* Every exception ends here, except the one that ends the thread. */
__attribute__((used)) _Unwind_Reason_Code
at_handler_personality(int version, _Unwind_Action actions, uint64_t kind,
                       struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
    (void) version;
    (void) kind;
    if (actions & _UA_FORCE_UNWIND)
        return _URC_CONTINUE_UNWIND;
    if (actions & _UA_SEARCH_PHASE)
        return _URC_HANDLER_FOUND;
    _Unwind_SetGR(context, __builtin_eh_return_data_regno(0), (uintptr_t) exception);
    _Unwind_SetIP(context, (uintptr_t) at_handler_landing);
    return _URC_INSTALL_CONTEXT;
}

bool at_catch(void (*function)(void *arg), void *arg)
{
    struct _Unwind_Exception *exception = at_handler_catch(function, arg);
    if (!exception)
        return true;
    void *(*begin)(void *) = __cxa_begin_catch
                                 ? __cxa_begin_catch
                                 : (void *(*) (void *) ) at_symbol("__cxa_begin_catch");
    void (*end)(void) =
        __cxa_end_catch ? __cxa_end_catch : (void (*)(void)) at_symbol("__cxa_end_catch");
    if (!begin || !end)
        abort(); /* cannot happen: the runtime that threw the exception has both functions */
    begin(exception);
    end();
    return false;
}

#else

bool at_catch(void (*function)(void *arg), void *arg)
{
    function(arg);
    return true;
}

#endif
