# SPDX-License-Identifier: MIT
"""With each sanitizer, tool of valgrind and other allocator, a program in C, the same program in C++ and
a Criterion suite are measured exactly or refused with a message. The tables of docs/trust.md have each
result, row by row. The tool finds the planted defect in the same run. AT_REGENERATE=1 writes the tables."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, SUITES, check, check_equal

PLANTED = pathlib.Path(__file__).resolve().parent / 'planted.c'
DOCUMENT = SOURCE / 'docs' / 'trust.md'
TRUTH = {'C': '8 allocs, 2 reallocs, 6 frees, 363 bytes, 0 live, 0 leaks',
         'C++': '10 allocs, 2 reallocs, 8 frees, 504 bytes, 0 live, 0 leaks'}
COMPILERS = {'gcc': {'C': 'gcc', 'C++': 'g++'}, 'clang': {'C': 'clang', 'C++': 'clang++'}}
HEAD = ['|  | C | C++ | suite | found in the same run, or the message |', '|---|---|---|---|---|']
REMEDY = '--soname-synonyms=somalloc=nouserintercepts'
NO_SUITE = 'none: Criterion seldom starts'

# Each planted defect, and a text of the report about it.
SANITIZERS = {
    'none': [],
    'address': [('use_after_free', 'heap-use-after-free'), ('overrun', 'heap-buffer-overflow'),
                ('mismatch', 'alloc-dealloc-mismatch'), ('leak', '77 byte(s) leaked')],
    'thread': [('race', 'data race'), ('use_after_free', 'heap-use-after-free')],
    'undefined': [('overflow', 'signed integer overflow')],
    'leak': [('leak', '77 byte(s) leaked')],
    'memory': [('uninitialised', 'use-of-uninitialized-value')],
    'address,undefined': [('use_after_free', 'heap-use-after-free'),
                          ('overflow', 'signed integer overflow')],
}
MEMCHECK = [('use_after_free', 'Invalid read'), ('overrun', 'Invalid read'),
            ('uninitialised', 'depends on uninitialised value'),
            ('leak', '77 bytes in 1 blocks are definitely lost')]
VALGRIND = {'memcheck': (['--leak-check=full'], MEMCHECK), 'helgrind': ([], [('race', 'data race')]),
            'drd': ([], [('race', 'Conflicting')]), 'dhat': (['--dhat-out-file=/dev/null'], []),
            'massif': (['--massif-out-file=/dev/null'], []),
            'callgrind': (['--callgrind-out-file=/dev/null'], []), 'none': ([], [])}
ALLOCATORS = {'jemalloc': 'libjemalloc.so.2', 'mimalloc': 'libmimalloc.so.2',
              'tcmalloc': 'libtcmalloc.so.4', 'tcmalloc_minimal': 'libtcmalloc_minimal.so.4'}


def library(name):
    return next(pathlib.Path('/usr/lib').glob(f'*/{name}'))


def build(directory, compiler, language, name, flags=(), link=()):
    """Build the planted program in this language, or the suite."""
    if language == 'suite':
        return harness.compile_suite(directory, [SUITES / 'unobserved.cpp'],
                                     COMPILERS[compiler]['C++'],
                                     ['-std=c++17', '-g', *harness.NO_BUILTIN, *flags],
                                     name=f'{name} suite', link=link)
    source = PLANTED
    if language == 'C++':
        source = pathlib.Path(directory) / f'{name}.cpp'
        shutil.copy(PLANTED, source)
    return harness.compile_suite(directory, [source], COMPILERS[compiler][language],
                                 ['-g', '-O1', '-Wall', '-Werror', *harness.NO_BUILTIN, *flags],
                                 packages=['alloc-tracker'], name=f'{name} {language}', link=link)


def portable(message):
    """Return a message without directories, which differ between machines."""
    return re.sub(r'/\S*/', '', message)


def measure_program(label, language, program, prefix, defects, **env):
    """Return (the table's word, the message). The tool must find every planted defect."""
    done = harness.run([*prefix, program], timeout=600, **env)
    said = done.stdout.strip()
    if done.returncode == 3:
        return 'fails', portable(said)
    check_equal((done.returncode, said), (0, TRUTH[language]), f'{label} {language}: exact')
    check_equal(done.stderr, '', f'{label} {language}: and silent')
    for defect, word in defects:
        if (language, defect) == ('C', 'mismatch'):
            continue
        done = harness.run([*prefix, program, defect], timeout=600, **env)
        check(word in done.stderr, f'{label} {language}: finds {defect}', done.stderr[:2000])
        check_equal(done.stdout.strip(), TRUTH[language], f'{label} {language}: {defect}, exact')
    return 'exact', ''


def measure_suite(label, program, prefix, tests, **env):
    """Return the same for the suite, of which only `tests` are run."""
    result = harness.Run(program, ['-j1', f'--filter=unobserved/@({"|".join(tests)})'], prefix,
                         timeout=600, **env)
    ran = {name.split('::')[1]: test for name, test in result.tests.items()
           if test.status != 'SKIPPED'}
    check_equal(sorted(ran), sorted(tests), f'{label}: the suite ran')
    texts = {message[2].split(': ', 1)[-1] for test in ran.values() for message in test.messages}
    if any('reach alloc_tracker' in text for text in texts):
        check_equal({test.status for test in ran.values()}, {'FAILED'}, f'{label}: none passes')
        check_equal(len(texts), 1, f'{label}: all say the same')
        return 'fails', portable(texts.pop())
    for name, test in ran.items():
        expected = 'PASSED' if name.startswith('pass_') else 'FAILED'
        check_equal(test.status, expected, f'{label}: {name} is measured')
        for message in test.messages:
            check('1 allocation, ' in message[2], f'{label}: {name} says what it saw', message)
    return 'exact', ''


ALL = ['fail_malloc', 'fail_new', 'fail_strdup', 'pass_nothing', 'pass_three']


def row(label, cells, defects):
    """Return the table's row: cells are (word, message) of C, C++ and the suite."""
    messages = {message for _, message in cells if message}
    check(len(messages) <= 1, f'{label}: one message', messages)
    found = ', '.join(defect.replace('_', ' ') for defect, _ in defects)
    last = f'`{messages.pop()}`' if messages else found or '–'
    return f'| {label} | ' + ' | '.join(word for word, _ in cells) + f' | {last} |'


def by_sanitizer(directory, compiler, sanitizer):
    label = f'{compiler}, `-fsanitize={sanitizer}`' if sanitizer != 'none' else f'{compiler}, none'
    defects = SANITIZERS[sanitizer]
    flags = [] if sanitizer == 'none' else [f'-fsanitize={sanitizer}']
    name = f'{compiler} {sanitizer}'
    cells = [measure_program(label, language, build(directory, compiler, language, name, flags), [],
                           defects) for language in ('C', 'C++')]
    if sanitizer in ('thread', 'memory'):
        cells.append((check_no_suite(directory, compiler, sanitizer), ''))
    else:
        program = build(directory, compiler, 'suite', name, flags)
        cells.append(measure_suite(label, program, [], ALL))
    return row(label, cells, defects)


def check_no_suite(directory, compiler, sanitizer):
    """Without the library, too, Debian's Criterion seldom reaches the first test. Its arena seldom fits
    beside ThreadSanitizer's shadow, and MemorySanitizer ends it."""
    source = pathlib.Path(directory) / f'{compiler} {sanitizer} criterion.c'
    source.write_text('#include <criterion/criterion.h>\nTest(suite, test) {}\n')
    program = harness.compile_suite(directory, [source], COMPILERS[compiler]['C'],
                                    [f'-fsanitize={sanitizer}'], packages=['criterion'])
    runs = (harness.run([program]).stderr for _ in range(20))
    check(any('Synthesis: Tested: 1 | Passing: 1' not in output for output in runs),
          f'{compiler} {sanitizer}: Criterion seldom starts')
    return NO_SUITE


def by_valgrind(programs, tool, remedy):
    options, defects = VALGRIND[tool]
    label = f'{tool}, `{REMEDY}`' if remedy else tool
    prefix = ['valgrind', '-q', f'--tool={tool}', *options, *([REMEDY] if remedy else [])]
    cells = [measure_program(label, language, programs[language], prefix, defects)
             for language in ('C', 'C++')]
    # The workers are children. Each takes some seconds, so only some tools run some of them.
    if tool == 'memcheck' or not remedy:
        tests = ['fail_malloc', 'pass_three'] if remedy else ['pass_nothing']
        cells.append(measure_suite(label, programs['suite'], [*prefix, '--trace-children=yes'], tests))
    else:
        cells.append(('not run', ''))
    return row(label, cells, defects if cells[0][0] == 'exact' else [])


def by_allocator(directory, programs, name, preloaded):
    label = f'{name} {"in `LD_PRELOAD`" if preloaded else "linked"}'
    cells = []
    for language in ('C', 'C++', 'suite'):
        program = programs[language] if preloaded else build(
            directory, 'gcc', language, label, link=['-Wl,--no-as-needed', f'-l{name}'])
        env = {'LD_PRELOAD': str(library(ALLOCATORS[name]))} if preloaded else {}
        cells.append(measure_suite(label, program, [], ALL, **env) if language == 'suite'
                     else measure_program(label, language, program, [], [], **env))
    return row(label, cells, [])


def check_c_with_libstdcxx(directory):
    program = build(directory, 'gcc', 'C', 'with libstdc++', link=['-Wl,--no-as-needed', '-lstdc++'])
    for name, file in ALLOCATORS.items():
        cell = measure_program(f'{name} preloaded, libstdc++ linked', 'C', program, [], [],
                             LD_PRELOAD=str(library(file)))
        check_equal(cell, ('exact', ''), f'{name} preloaded: C with libstdc++ is measured')


def tables(directory):
    """Return the rows of each title. Two rows run at a time."""
    programs = {language: build(directory, 'gcc', language, 'plain')
                for language in ('C', 'C++', 'suite')}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = {
            'Sanitizers': [pool.submit(by_sanitizer, directory, compiler, sanitizer)
                           for compiler in COMPILERS for sanitizer in SANITIZERS
                           if (compiler, sanitizer) != ('gcc', 'memory')],
            'valgrind': [pool.submit(by_valgrind, programs, tool, remedy) for tool in VALGRIND
                         for remedy in (False, True)
                         if not (remedy and tool in ('callgrind', 'none'))],
            'Other allocators': [pool.submit(by_allocator, directory, programs, name, preloaded)
                                 for name in ALLOCATORS for preloaded in (False, True)],
        }
        return {title: [row.result() for row in rows] for title, rows in work.items()}


def document_table(text, title):
    """Return the first table below this heading."""
    part = text.partition(f'\n## {title}\n')[2].partition('\n## ')[0]
    return [line for line in part.split('\n') if line.startswith('|')]


def main():
    text = DOCUMENT.read_text()
    with tempfile.TemporaryDirectory() as directory:
        seen = tables(directory)
        check_c_with_libstdcxx(directory)
    for title, rows in seen.items():
        documented = document_table(text, title)
        if os.environ.get('AT_REGENERATE'):
            text = text.replace('\n'.join(documented), '\n'.join(HEAD + rows))
            DOCUMENT.write_text(text)
            documented = document_table(text, title)
        check_equal('\n'.join(HEAD + rows), '\n'.join(documented), f'{title}: the table is true')
    harness.finish()


main()
