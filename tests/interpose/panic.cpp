// SPDX-License-Identifier: MIT
// Arms the panic and makes the call that the first argument names. The second argument is "thread"
// (make the call on another thread), "handler" (install a handler that returns), or the size of the
// request.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <alloc_tracker/alloc_tracker.h>

static void *volatile sink;
static void *volatile old_block;
static volatile size_t size = 40;
static int n_handled;
static char pool[64];

static void call_malloc()
{
    sink = malloc(size); /* HERE malloc */
}
static void call_calloc()
{
    sink = calloc(2, size); /* HERE calloc */
}
static void call_realloc()
{
    old_block = realloc(old_block, size); /* HERE realloc */
}
static void call_reallocarray()
{
    sink = reallocarray(nullptr, 2, size); /* HERE reallocarray */
}
static void call_aligned_alloc()
{
    sink = aligned_alloc(64, 128); /* HERE aligned_alloc */
}
static void call_memalign()
{
    sink = memalign(64, size); /* HERE memalign */
}
static void call_posix_memalign()
{
    void *block = nullptr;
    if (posix_memalign(&block, 64, size) == 0) // HERE posix_memalign
        sink = block;
}
static void call_valloc()
{
    sink = valloc(size); /* HERE valloc */
}
static void call_pvalloc()
{
    sink = pvalloc(size); /* HERE pvalloc */
}
static void call_new()
{
    sink = new char[size]; /* HERE new */
}
static void call_strdup()
{
    sink = strdup("text"); /* HERE strdup */
}
static void call_note()
{
    at_note_alloc(pool, size); /* HERE note */
    size += 0;                 // prevents a tail call, which would have no frame
}
static void call_free()
{
    free(old_block);
}
static void call_nothing()
{
}

static const struct {
    const char *name;
    void (*call)();
} calls[] = {
    { "malloc", call_malloc },
    { "calloc", call_calloc },
    { "realloc", call_realloc },
    { "reallocarray", call_reallocarray },
    { "aligned_alloc", call_aligned_alloc },
    { "memalign", call_memalign },
    { "posix_memalign", call_posix_memalign },
    { "valloc", call_valloc },
    { "pvalloc", call_pvalloc },
    { "new", call_new },
    { "strdup", call_strdup },
    { "note", call_note },
    { "free", call_free },
    { "nothing", call_nothing },
};

static void on_panic()
{
    sink = malloc(1); // the panic is disarmed already
    n_handled++;
}

static void (*chosen)();
static pthread_barrier_t barrier;

static void *run_chosen(void *arg)
{
    pthread_barrier_wait(&barrier);
    chosen();
    return arg;
}

int main(int argc, char **argv)
{
    old_block = malloc(10);
    for (const auto &entry : calls)
        if (strcmp(entry.name, argv[1]) == 0)
            chosen = entry.call;
    const char *mode = argc > 2 ? argv[2] : "";
    if (size_t number = strtoull(mode, nullptr, 0))
        size = number;
    if (strcmp(mode, "handler") == 0 && at_set_panic_handler(on_panic) != nullptr)
        return 9;
    if (strcmp(mode, "thread") == 0) {
        pthread_t thread;
        pthread_barrier_init(&barrier, nullptr, 2);
        pthread_create(&thread, nullptr, run_chosen, nullptr);
        at_panic_on_next_alloc(true);
        pthread_barrier_wait(&barrier);
        pthread_join(thread, nullptr);
    } else {
        at_panic_on_next_alloc(true);
        chosen();
    }
    if (strcmp(mode, "handler") == 0)
        chosen(); // the panic fires once, so this call succeeds
    at_panic_on_next_alloc(false);
    sink = malloc(5);
    if (at_set_panic_handler(nullptr) != (strcmp(mode, "handler") == 0 ? on_panic : nullptr))
        return 8;
    return n_handled;
}
