/* SPDX-License-Identifier: MIT */
/*
 * A test `owned_...` has runtime-owned blocks. A test `users_...` has similar blocks of the user,
 * and leaks one block unless a comment gives another number. Every test limits only `.leaks`, to
 * none. Compiled as C and as C++.
 */
#include <alloc_tracker/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define NO_LEAK .data = cr_alloc_budget(.leaks = at_most(0))

static void *volatile kept;

static void *nothing(void *arg)
{
    return arg;
}

Test(runtime, owned_thread, NO_LEAK)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, nothing, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

Test(runtime, owned_thread_local, NO_LEAK)
{
    void *handle;
    cr_permit_alloc
    {
        handle = dlopen(getenv("TLS_LIBRARY"), RTLD_NOW);
    }
    char *(*touch)(void) = (char *(*) (void) ) dlsym(handle, "touch");
    kept = touch();
}

Test(runtime, owned_error_of_dlopen, NO_LEAK)
{
    cr_assert(dlopen("/does/not/exist.so", RTLD_NOW) == NULL);
}

Test(runtime, owned_error_of_dlsym, NO_LEAK)
{
    cr_assert(dlsym(RTLD_DEFAULT, "does_not_exist") == NULL);
    cr_assert(dlerror() != NULL);
}

Test(runtime, owned_standard_output, NO_LEAK)
{
    printf("a line\n");
}

/* A buffer of narrow characters, and one of wide ones. */
Test(runtime, owned_wide_output, NO_LEAK)
{
    cr_permit_alloc
    {
        cr_assert_gt(fwide(stdout, 1), 0);
    }
    cr_assert_gt(wprintf(L"a line\n"), 0);
}

static void read_zeros(void)
{
    cr_permit_alloc
    {
        cr_assert(freopen("/dev/zero", "r", stdin));
    }
}

Test(runtime, owned_input, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(getchar(), 0);
}

Test(runtime, owned_wide_input, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(getwchar(), 0);
}

Test(runtime, owned_wide_error, NO_LEAK)
{
    cr_assert_gt(fwide(stderr, 1), 0);
    perror("a line");
}

/* At the end, the stream reads from the buffer of ungetc(). In the next test, it has read the whole
   buffer. */
Test(runtime, owned_pushed_back, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(ungetc('a', stdin), 'a');
    cr_assert_eq(ungetc('b', stdin), 'b');
}

Test(runtime, owned_pushed_back_and_read, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(getchar(), 0);
    cr_assert_eq(ungetc('a', stdin), 'a');
    cr_assert_eq(getchar(), 'a');
    cr_assert_eq(getchar(), 0);
}

Test(runtime, owned_wide_pushed_back, NO_LEAK)
{
    read_zeros();
    cr_assert_eq(getwchar(), 0);
    cr_assert_eq(ungetwc(L'a', stdin), L'a');
}

Test(runtime, owned_reopened_output, NO_LEAK)
{
    printf("a line\n");
    cr_assert(freopen("/dev/null", "w", stdout));
    printf("a line\n");
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("a line\n");
}

Test(runtime, owned_locale, NO_LEAK)
{
    cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL);
    wchar_t wide;
    cr_assert_eq(mbrtowc(&wide, "\xc3\xa4", 2, NULL), 2);
}

Test(runtime, owned_messages, NO_LEAK)
{
    cr_assert(strsignal(SIGRTMAX + 100) != NULL);
    cr_assert(strerror(100000) != NULL);
}

Test(runtime, owned_thread_specific, NO_LEAK)
{
    pthread_key_t keys[100];
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(pthread_key_create(&keys[i], NULL), 0);
        pthread_setspecific(keys[i], &keys[i]);
    }
}

/* Runtime-owned blocks count in every other metric. */
Test(runtime, owned_is_live)
{
    cr_alloc_scope(.allocs = at_exactly(1), .bytes = at_exactly(4096), .peak = at_exactly(4096),
                   .live = at_exactly(4096), .leaks = at_exactly(0))
    {
        printf("a line\n");
    }
}

Test(runtime, users_stream, NO_LEAK)
{
    kept = fopen("/dev/null", "r");
}

/* Two blocks: the stream and its buffer. */
Test(runtime, users_stream_that_was_read, NO_LEAK)
{
    FILE *stream = fopen("/dev/zero", "r");
    cr_assert_eq(fgetc(stream), 0);
    kept = stream;
}

/* Three blocks: also the buffer of ungetc(). */
Test(runtime, users_stream_with_pushed_back, NO_LEAK)
{
    FILE *stream = fopen("/dev/zero", "r");
    cr_assert_eq(fgetc(stream), 0);
    cr_assert_eq(ungetc('a', stream), 'a');
    kept = stream;
}

/* Two blocks: an assignment to `stdout` does not make the stream a standard one. */
Test(runtime, users_stream_as_output, NO_LEAK)
{
    FILE *output = stdout;
    stdout = fopen("/dev/null", "w");
    printf("a line\n");
    stdout = output;
}

Test(runtime, users_buffer_of_stream, NO_LEAK)
{
    setvbuf(stdout, (char *) malloc(BUFSIZ), _IOFBF, BUFSIZ);
    printf("a line\n");
    kept = stdout;
}

Test(runtime, users_locale, NO_LEAK)
{
    kept = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t) 0);
}

Test(runtime, users_copy, NO_LEAK)
{
    kept = strdup(strerror(ENOENT));
}
