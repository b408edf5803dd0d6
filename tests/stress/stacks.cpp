// SPDX-License-Identifier: MIT
// Stacks of C++: templates, std::function, and exceptions that pass through frames whose
// destructors allocate. stacks ROUNDS; see stacks.c.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

static unsigned pick(unsigned n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<unsigned>(state % n);
}

struct Guard {
    ~Guard()
    {
        std::vector<int>(1 + pick(50));
    }
};

template <int N> struct Layer {
    static unsigned run(const std::function<unsigned(unsigned)> &then)
    {
        Guard guard;
        volatile char frame[16 * (N % 5) + 1];
        frame[0] = N;
        auto owned = std::make_unique<std::string>(20 + pick(40), 'x');
        unsigned result = pick(3) ? Layer<N - 1>::run(then) : then(N);
        if (result % 7 == 3)
            throw std::runtime_error(*owned);
        return result + static_cast<unsigned>(frame[0]);
    }
};

template <> struct Layer<0> {
    static unsigned run(const std::function<unsigned(unsigned)> &then)
    {
        return then(0);
    }
};

int main(int argc, char **argv)
{
    std::map<std::string, unsigned> seen;
    for (int round = argc > 1 ? std::atoi(argv[1]) : 0; round > 0; round--) {
        std::string big(30 + pick(30), 'y');
        try {
            seen[big] += Layer<24>::run([big](unsigned n) { return n + unsigned(big.size()); });
        } catch (const std::exception &error) {
            seen[error.what()]++;
        }
        if (seen.size() > 100)
            seen.clear();
    }
}
