// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

void *volatile kept;

int main()
{
    int caught = 0;
    for (int i = 0; i < 10; i++) {
        try {
            kept = std::malloc(77); // HERE throws
            throw std::runtime_error("thrown");
        } catch (const std::exception &) {
            std::free(kept);
            caught++;
        }
    }
    std::printf("%d\n", caught);
}
