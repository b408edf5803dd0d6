// SPDX-License-Identifier: MIT
// A span is discarded if a C++ exception leaves its block. A span inside a catch block is recorded.
#include <cstdio>
#include <stdexcept>

#include <alloc_tracker/alloc_tracker.h>

int main()
{
    struct at_session *session = at_session_new();
    try {
        at_measure_thread (at_session_operation(session, "thrown")) {
            throw std::runtime_error("out of the block");
        }
    } catch (const std::exception &) {
        at_measure_process (at_session_operation(session, "in the handler")) {
        }
    }
    at_measure_thread (at_session_operation(session, "caught inside")) {
        try {
            throw std::runtime_error("within the block");
        } catch (const std::exception &) {
        }
    }
    struct at_report *report = nullptr;
    at_session_report(session, &report);
    for (size_t i = 0; i < at_report_n_operations(report); i++) {
        struct at_operation_totals operation;
        at_report_operation(report, i, &operation);
        std::printf("%s %llu\n", operation.name, (unsigned long long) operation.spans);
    }
    at_report_free(report);
    at_session_free(session);
    return 0;
}
