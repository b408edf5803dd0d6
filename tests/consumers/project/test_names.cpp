// SPDX-License-Identifier: MIT
#include <alloc_tracker/criterion.h>

#include <string>
#include <vector>

#include "queue.h"

Test(names, fits)
{
    std::vector<std::string> names;
    names.reserve(1);
    cr_assert_no_alloc(names.push_back("short"));
}

Test(names, long_name)
{
    std::vector<std::string> names;
    names.reserve(1);
    cr_no_alloc_scope
    {
        names.emplace_back("longer than fifteen bytes");
    }
}

Test(names, grows)
{
    struct queue queue = {};
    cr_assert_no_alloc(queue_push(&queue, 1));
}
