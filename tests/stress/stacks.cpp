// SPDX-License-Identifier: MIT
// C++ stacks: templates, std::function, and exceptions that pass through frames whose destructors
// allocate. stacks ROUNDS THREADS SEED; see stacks.c.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static thread_local uint64_t state;

static unsigned pick(unsigned n)
{
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

static void work(uint64_t seed, int rounds)
{
    std::map<std::string, unsigned> seen;
    state = 88172645463325252u + seed;
    for (; rounds > 0; rounds--) {
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

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(argv[2]); i++)
        threads.emplace_back(work, std::strtoull(argv[3], nullptr, 10) + i, std::atoi(argv[1]));
    for (std::thread &thread : threads)
        thread.join();
}
