/* SPDX-License-Identifier: MIT */
/* C++ code. tests/plugin/test_names.py looks for its names. */
#include <map>
#include <string>
#include <vector>

namespace ns
{

struct Logger {
    void log(int n);
    template <typename T> void put(const T &value, const std::map<std::string, std::vector<T>> &);
    void *operator()(int n);
    bool operator<(int n);
};

static void *volatile block;

__attribute__((noinline)) void Logger::log(int n)
{
    std::vector<int> v((size_t) n);
    __asm__ volatile("" ::"r"(v.data()) : "memory");
}

template <typename T>
__attribute__((noinline)) void Logger::put(const T &, const std::map<std::string, std::vector<T>> &)
{
    block = new T;
    delete (T *) block;
}

__attribute__((noinline)) void *Logger::operator()(int n)
{
    block = new char[(size_t) n];
    delete[](char *) block;
    return nullptr;
}

__attribute__((noinline)) bool Logger::operator<(int n)
{
    block = new char[(size_t) n];
    delete[](char *) block;
    return false;
}

} // namespace ns

namespace
{

__attribute__((noinline)) void hidden(int n)
{
    ns::block = new char[(size_t) n];
    delete[](char *) ns::block;
}

} // namespace

extern "C" {
void names_log(void)
{
    ns::Logger().log(3);
}
void names_put(void)
{
    static std::map<std::string, std::vector<double>> m;
    ns::Logger().put(1.0, m);
}
void names_call(void)
{
    ns::Logger()(3);
}
void names_less(void)
{
    (void) (ns::Logger() < 3);
}
void names_hidden(void)
{
    hidden(3);
}
}
