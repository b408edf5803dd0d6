# SPDX-License-Identifier: MIT
"""Other allocators. Behind alloc_tracker, they serve the program, and the usage is the same. In front of
alloc_tracker, or in the program itself, they are reported, and the usage is null, never zero."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
PRELOAD = next(harness.STAGE.glob('**/liballoc_tracker_preload.so'))
ALLOCATORS = {'jemalloc': 'libjemalloc.so.2', 'mimalloc': 'libmimalloc.so.2',
              'tcmalloc': 'libtcmalloc_minimal.so.4'}
START = {'tcmalloc': (2, 24)}  # allocated by the allocator's own constructor
PROGRAM = '''
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vector>
int main()
{
    std::vector<int> v(100);
    void *block = malloc(%d);
    char *text = strdup("twelve bytes");
    void *aligned;
    if (posix_memalign(&aligned, 64, 100) != 0)
        return 1;
    size_t usable = malloc_usable_size(block);
    block = realloc(block, 1000);
    free(block);
    free(text);
    free(aligned);
    char line[32];
    setvbuf(stdout, line, _IOFBF, sizeof line);
    printf("%%zu\\n", usable);
}
'''
WANTED = 39  # each allocator implements this differently
POOL = 72704  # libstdc++'s pool for exceptions, before main
METRICS = {'allocs': 6, 'reallocs': 1, 'frees': 4,
           'bytes': POOL + 400 + WANTED + 13 + 100 + 1000}


def run_under(results, program, preload):
    done = harness.run([COMMAND, 'run', '-o', results, program], LD_PRELOAD=preload)
    check_equal(done.returncode, 0, f'{preload}: it runs: {done.stderr}')
    usage = json.loads(results.read_text())['tests'][0]['usage']
    return done, usage


def check_usage(usage, what, allocs=0, n_bytes=0):
    expected = {**METRICS, 'allocs': METRICS['allocs'] + allocs,
                'bytes': METRICS['bytes'] + n_bytes}
    check_equal({field: usage[field] for field in METRICS}, expected, f'{what}: the usage')


def check_behind(name, library, program, results):
    plain = harness.run([program], LD_PRELOAD=library)
    done, usage = run_under(results, program, library)
    check_equal(done.stdout, plain.stdout, f'{name} serves the program')
    check(f'LD_PRELOAD has {name}:' in done.stderr, f'{name} is reported', done.stderr)
    check_usage(usage, f'{name} behind', *START.get(name, ()))
    return done.stdout


def check_in_front(name, library, program, results):
    results.unlink()
    done = harness.run([program], LD_PRELOAD=f'{library}:{PRELOAD}',
                       ALLOC_TRACKER_RESULTS=str(results))
    check_equal(done.returncode, 0, f'{name} in front: the program runs')
    check('some processes were not measured completely' in done.stderr and library.split('.')[0]
          in done.stderr, f'{name} in front is reported', done.stderr)
    test = json.loads(results.read_text())['tests'][0]
    check_equal([test['usage'], test['verdict']], [None, 'unobserved'],
                f'{name} in front: no usage')


def check_linked(directory, results):
    """Check a program with an allocator of its own, which comes before every preloaded one."""
    source = directory / 'own.c'
    source.write_text('#include <stddef.h>\nstatic char heap[1 << 20];\nstatic size_t used;\n'
                      'void *malloc(size_t n) { used += (n + 31) & ~15ul; return heap + used - '
                      '((n + 15) & ~15ul); }\nvoid free(void *p) { (void) p; }\n'
                      'void *calloc(size_t n, size_t s) { return malloc(n * s); }\n'
                      'void *realloc(void *p, size_t n) { (void) p; return malloc(n); }\n'
                      'int main(void) { return malloc(10) == NULL; }\n')
    harness.run(['cc', source, '-o', directory / 'own', *harness.NO_BUILTIN])
    done = harness.run([COMMAND, 'run', '-q', '-o', results, directory / 'own'])
    check_equal(done.returncode, 2, 'a program with an allocator of its own fails the run')
    check('malloc is defined by' in done.stderr, 'and the allocator is reported', done.stderr)
    check_equal(json.loads(results.read_text())['tests'][0]['verdict'], 'unobserved',
                'and there is no usage')


def check_partial(directory, results):
    """Check an allocator without aligned_alloc, valloc and pvalloc. It cannot release blocks of libc's
    functions, so alloc_tracker implements these functions with the allocator's memalign."""
    source, library = directory / 'partial.c', directory / 'partial.so'
    source.write_text('#include <stddef.h>\n#include <stdlib.h>\n#include <string.h>\n'
                      'static char heap[1 << 22];\nstatic size_t used;\n'
                      'static void *take(size_t a, size_t n) { used = (used + a - 1) / a * a; '
                      'void *p = heap + used; used += (n + 15) & ~15ul; return p; }\n'
                      'void *memalign(size_t a, size_t n) { return take(a, n); }\n'
                      'void *malloc(size_t n) { return take(16, n); }\n'
                      'void free(void *p) { if (p && ((char *) p < heap || (char *) p >= heap + '
                      'sizeof heap)) abort(); }\n'
                      'void *calloc(size_t n, size_t s) { return take(16, n * s); }\n'
                      'void *realloc(void *p, size_t n) { void *q = take(16, n); if (p) '
                      'memmove(q, p, n); return q; }\n')
    done = harness.run(['cc', '-shared', '-fPIC', '-O1', '-fno-builtin', source, '-o', library])
    check_equal(done.returncode, 0, f'a partial allocator builds: {done.stderr}')
    source.write_text('#include <malloc.h>\n#include <stdlib.h>\nint main(void) { void *p;\n'
                      'free(aligned_alloc(64, 64)); free(valloc(10)); free(pvalloc(10));\n'
                      'return posix_memalign(&p, 64, 100); }\n')
    program = directory / 'aligned'
    done = harness.run(['cc', '-w', source, '-o', program, *harness.NO_BUILTIN])
    check_equal(done.returncode, 0, f'its user builds: {done.stderr}')
    done, usage = run_under(results, program, str(library))
    check_equal([usage['allocs'], usage['frees'], usage['bytes']], [4, 3, 64 + 10 + 10 + 100],
                'a partial allocator: the usage')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        source = directory / 'program.cpp'
        source.write_text(PROGRAM % WANTED)
        program = directory / 'program'
        done = harness.run(['c++', source, '-o', program, *harness.NO_BUILTIN])
        check_equal(done.returncode, 0, f'the program builds: {done.stderr}')
        results = directory / 'results.json'
        done, usage = run_under(results, program, '')
        check_usage(usage, 'alone')
        usable = {done.stdout}
        for name, library in ALLOCATORS.items():
            usable.add(check_behind(name, library, program, results))
            check_in_front(name, library, program, results)
        check(len(usable) >= 2, 'the allocators differ', usable)
        check_linked(directory, results)
        check_partial(directory, results)
    harness.finish()


main()
