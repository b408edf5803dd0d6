# SPDX-License-Identifier: MIT
"""Runtime-owned blocks count in live and peak, and are no leaks: with libstdc++, with libc++, with either of
them linked statically, and with both in one process. A message about peak or live marks them, and names the
metric that excludes them."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

BUILDS = {
    'gcc': ('c', ['-std=gnu11', '-O2']),
    'g++': ('cpp', ['-std=c++17', '-O2']),
    'g++, libstdc++ linked in': ('cpp', ['-std=c++17', '-O1', '-static-libstdc++']),
    'clang++, libc++': ('cpp', ['-std=c++17', '-O0', '-stdlib=libc++']),
}
PLUGIN = '''
#include <exception>
static std::exception_ptr held;
extern "C" void hold(void) { try { throw 5; } catch (...) { held = std::current_exception(); } }
'''
OPENS = '''
#include <alloc_tracker/criterion.h>
#include <dlfcn.h>
#include <stdlib.h>
static void open_and_hold(const char *path)
{
    void *handle;
    cr_permit_alloc { handle = dlopen(path, RTLD_NOW | RTLD_LOCAL); }
    void (*hold)(void) = (void (*)(void)) dlsym(handle, "hold");
    cr_assert_no_leak(hold());
}
Test(opened, libstdcxx) { open_and_hold(getenv("LIBSTDCXX_PLUGIN")); }
Test(opened, libcxx) { open_and_hold(getenv("LIBCXX_PLUGIN")); }
'''
MARKED = '''
#include <alloc_tracker/criterion.h>
#include <stdio.h>
static void *volatile sink;
static void work() { sink = malloc(100); try { throw 5; } catch (int) { } free(sink); }
Test(marked, peak) { cr_assert_alloc_budget((.peak = at_most(10)), work()); }
static FILE *file;
static void write_to(FILE *stream) { fputc('x', stream); }
static void open_file() { file = fopen("/dev/null", "w"); write_to(file); }
static void close_file() { fclose(file); }
Test(marked, stdio) { cr_assert_alloc_budget((.peak = at_most(10), .live = at_most(10)), write_to(stdout)); }
Test(marked, file, .fini = close_file, .data = cr_alloc_budget(.live = at_most(10)))
{
    open_file();
}
Test(marked, leaked_file) { cr_assert_no_leak(open_file()); }
Test(marked, allocs) { cr_assert_alloc_budget((.allocs = at_most(1)), work()); }
'''
WORDS = {'library': ' blocks leaked, ', 'stream_that_was_read': 'leaked: 1 × 4,096 bytes  fgetc',
         'stream_with_pushed_back': ': 3 blocks leaked, 4,696 bytes',
         'stream_as_output': ': 2 blocks leaked, 4,568 bytes', 'file': ' blocks leaked, '}
MARK = '  (runtime-owned)'
NOTE = ('runtime-owned blocks belong to libc or the C++ runtime, which releases them later; limit '
        '.leaks, which excludes them')


def build(directory, name, text, compiler, *flags):
    source = directory / f'{name}.cpp'
    source.write_text(text)
    library = directory / f'{name}.so'
    done = harness.run([compiler, '-g', '-fPIC', '-shared', source, '-o', library, *flags])
    check_equal((done.returncode, done.stderr), (0, ''), f'{name} builds')
    return library


def check_build(directory, label, language, flags, library):
    program = harness.compile_suite(directory, [SUITES / f'runtime_owned.{language}'],
                                    label.split(',')[0], [*flags, '-g', *harness.NO_BUILTIN],
                                    link=['-pthread'])
    tests = harness.Run(program, TLS_LIBRARY=library).tests
    check_equal(len(tests), 26 if language == 'c' else 36, f'{label}: every test ran')
    for name, test in tests.items():
        users = '::users_' in name
        check_equal(test.status, 'FAILED' if users else 'PASSED', f'{label}: {name}')
        for _, _, message in test.messages:
            words = WORDS.get(name.split('::users_')[-1], ': 1 block leaked, ')
            check(users and words in message, f'{label}: {name}: the message', message)


def check_linked_in(directory):
    """Check a program with a static libgcc, which allocates while the library unwinds."""
    program = harness.compile_suite(directory, [SUITES / 'runtime_owned.cpp'], 'g++',
                                    ['-std=c++17', '-static-libgcc'], link=['-pthread'])
    test = 'exceptions::owned_table_at_throw'
    tests = harness.Run(program, ['--filter=exceptions/owned_table_at_throw']).tests
    check_equal(tests[test].status, 'PASSED', 'libgcc linked in')


def check_opened(directory):
    """Check a C program that opens a C++ runtime at run time."""
    source = directory / 'opens.c'
    source.write_text(OPENS)
    program = harness.compile_suite(directory, [source], 'gcc', ['-g'])
    plugins = {'LIBSTDCXX_PLUGIN': build(directory, 'libstdcxx', PLUGIN, 'g++'),
               'LIBCXX_PLUGIN': build(directory, 'libcxx', PLUGIN, 'clang++', '-stdlib=libc++')}
    for name, test in harness.Run(program, **plugins).tests.items():
        check_equal((test.status, test.messages), ('PASSED', []), name)


def check_marks(directory):
    source = directory / 'marked.cpp'
    source.write_text(MARKED)
    program = harness.compile_suite(directory, [source], 'g++', ['-g', *harness.NO_BUILTIN])
    tests = harness.Run(program).tests
    [[_, _, peak]] = tests['marked::peak'].messages
    [marked] = [line for line in peak.splitlines() if MARK in line]
    check(marked.endswith('cxa_allocate_exception' + MARK), 'the site is marked', peak)
    check(NOTE in peak, 'the message names .leaks', peak)
    [[_, _, stdio]] = tests['marked::stdio'].messages
    check_equal((stdio.count('fputc' + MARK), stdio.count(NOTE), stdio.count('hint:')), (2, 1, 1),
                f'the buffer of stdout is marked in both lists, with one hint: {stdio}')
    [[_, _, file]] = tests['marked::file'].messages
    check(MARK not in file and NOTE not in file, 'the buffer of a file is not marked', file)
    [[_, _, leak]] = tests['marked::leaked_file'].messages
    check('hint:' not in leak, 'a file that was not closed is no first use of a stream', leak)
    [[_, _, allocs]] = tests['marked::allocs'].messages
    check(MARK not in allocs and NOTE not in allocs, 'other messages do not name it', allocs)


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        library = build(directory, 'tls', 'static __thread char big[1 << 20];\n'
                        'extern "C" char *touch(void) { big[5] = 1; return big; }', 'g++')
        for label, (language, flags) in BUILDS.items():
            check_build(directory, label, language, flags, library)
        check_linked_in(directory)
        check_opened(directory)
        check_marks(directory)
    harness.finish()


main()
