// SPDX-License-Identifier: MIT
// See counts.h.
#include "counts.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <langinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <regex.h>
#include <search.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include <lz4.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

static void *volatile sink;
static void *volatile other;
static const char *volatile text = "a text of more than fifteen characters";
static int numbers[2000];
static FILE *file;
static regex_t expression;
static sqlite3 *database;

static int compare(const void *left, const void *right)
{
    return *static_cast<const int *>(left) - *static_cast<const int *>(right);
}

static int compare_strings(const void *left, const void *right)
{
    return strcmp(static_cast<const char *>(left), static_cast<const char *>(right));
}

// alloc_tracker has a thread-local variable, so the descriptor of each new thread is 16 bytes
// larger. The plain program has a thread-local variable too.
static thread_local int thread_variable;

static void *thread_main(void *arg)
{
    free(malloc(33));
    thread_variable++;
    return arg;
}

static void open_file(void)
{
    file = fopen("/proc/self/status", "r");
}

static void open_database(void)
{
    sqlite3_open(":memory:", &database);
}

static void clear_environment(void)
{
    clearenv(); // valgrind adds variables
}

static void make_block(void)
{
    sink = malloc(100);
}

const struct counted_call counted_calls[] = {
    { "nothing", nullptr, [] {} },
    { "malloc", nullptr, [] { sink = malloc(100); } },
    { "malloc_zero", nullptr, [] { sink = malloc(0); } },
    { "malloc_failed", nullptr, [] { sink = malloc(PTRDIFF_MAX); } },
    { "calloc", nullptr, [] { sink = calloc(10, 12); } },
    { "calloc_overflow", nullptr, [] { sink = calloc(SIZE_MAX / 2, 3); } },
    { "realloc_new", nullptr, [] { sink = realloc(nullptr, 50); } },
    { "realloc_grow", make_block, [] { sink = realloc(sink, 5000); } },
    { "realloc_shrink", make_block, [] { sink = realloc(sink, 10); } },
    { "realloc_to_zero", make_block, [] { sink = realloc(sink, 0); } },
    { "reallocarray", nullptr, [] { sink = reallocarray(nullptr, 10, 30); } },
    { "free", make_block, [] { free(sink); } },
    { "free_null", nullptr, [] { free(nullptr); } },
    { "aligned_alloc", nullptr, [] { sink = aligned_alloc(64, 640); } },
    { "memalign", nullptr, [] { sink = memalign(128, 100); } },
    { "posix_memalign", nullptr,
      [] {
          void *block;
          if (posix_memalign(&block, 256, 100) == 0)
              sink = block;
      } },
    { "strdup", nullptr, [] { sink = strdup(text); } },
    { "strndup", nullptr, [] { sink = strndup(text, 5); } },
    { "wcsdup", nullptr, [] { sink = wcsdup(L"wide"); } },
    { "asprintf", nullptr,
      [] {
          char *out = nullptr;
          if (asprintf(&out, "%s and %d", text, 12345) > 0)
              sink = out;
      } },
    { "snprintf_float", nullptr,
      [] {
          char out[64];
          snprintf(out, sizeof out, "%.17g", 1.0 / 3);
      } },
    { "fopen_fclose", nullptr, [] { fclose(fopen("/dev/null", "r")); } },
    { "fmemopen", nullptr, [] { fclose(fmemopen(nullptr, 100, "w")); } },
    { "open_memstream", nullptr,
      [] {
          char *out = nullptr;
          size_t size = 0;
          FILE *stream = open_memstream(&out, &size);
          fputs("some text", stream);
          fclose(stream);
          sink = out;
      } },
    { "getline", open_file,
      [] {
          char *line = nullptr;
          size_t n = 0;
          if (getline(&line, &n, file) > 0)
              sink = line;
      } },
    { "opendir", nullptr, [] { closedir(opendir("/")); } },
    { "setenv", clear_environment, [] { setenv("COUNTED_VARIABLE", "value", 1); } },
    { "getcwd", nullptr, [] { sink = getcwd(nullptr, 0); } },
    { "realpath", nullptr, [] { sink = realpath("/usr/../usr", nullptr); } },
    { "qsort_small", nullptr, [] { qsort(numbers, 100, sizeof numbers[0], compare); } },
    { "qsort_large", nullptr, [] { qsort(numbers, 2000, sizeof numbers[0], compare); } },
    { "tsearch", nullptr,
      [] {
          void *root = nullptr;
          tsearch(text, &root, compare_strings);
          other = root;
      } },
    { "regcomp", nullptr, [] { regcomp(&expression, "^a[bc]+$", REG_EXTENDED); } },
    { "pthread_create", nullptr,
      [] {
          pthread_t thread;
          pthread_create(&thread, nullptr, thread_main, nullptr);
          pthread_join(thread, nullptr);
      } },
    { "operator_new", nullptr, [] { sink = new int(3); } },
    { "operator_new_delete", nullptr,
      [] {
          int *block = new int[100];
          sink = block;
          delete[] block;
      } },
    { "std_string_short", nullptr,
      [] {
          std::string string("short");
          sink = &string[0];
      } },
    { "std_string_long", nullptr,
      [] {
          std::string string(text);
          string += text;
          sink = &string[0];
      } },
    { "std_vector", nullptr,
      [] {
          std::vector<int> vector;
          for (int i = 0; i < 100; i++)
              vector.push_back(i);
          sink = &vector[0];
      } },
    { "std_map", nullptr,
      [] {
          std::map<int, std::string> map;
          for (int i = 0; i < 10; i++)
              map[i] = text;
          sink = &map;
      } },
    { "std_unordered_map", nullptr,
      [] {
          std::unordered_map<int, int> map;
          for (int i = 0; i < 100; i++)
              map[i] = i;
          sink = &map;
      } },
    { "std_deque", nullptr, [] { std::deque<int> deque(1000); } },
    { "std_list", nullptr, [] { std::list<int> list(10); } },
    { "std_make_shared", nullptr, [] { sink = std::make_shared<int>(3).get(); } },
    { "std_function", nullptr,
      [] {
          long a[8] = {};
          std::function<long()> function = [a] { return a[0]; };
          sink = &function;
      } },
    { "std_ostringstream", nullptr,
      [] {
          std::ostringstream stream;
          stream << text << 12345;
          sink = const_cast<char *>(stream.str().c_str());
      } },
    { "cxx_throw", nullptr,
      [] {
          try {
              throw std::runtime_error(text);
          } catch (const std::exception &) {
          }
      } },
    { "lz4_stream", nullptr, [] { LZ4_freeStream(LZ4_createStream()); } },
    { "zlib_inflate_init", nullptr,
      [] {
          z_stream stream = {};
          inflateInit(&stream);
          inflateEnd(&stream);
      } },
    { "zlib_deflate_init", nullptr,
      [] {
          z_stream stream = {};
          deflateInit(&stream, 6);
          deflateEnd(&stream);
      } },
    { "zstd_context", nullptr, [] { ZSTD_freeCCtx(ZSTD_createCCtx()); } },
    { "sqlite_exec", open_database,
      [] {
          sqlite3_exec(database, "create table t(a, b); insert into t values(1, 2)", nullptr,
                       nullptr, nullptr);
      } },
};

const size_t n_counted_calls = sizeof counted_calls / sizeof counted_calls[0];
