# SPDX-License-Identifier: MIT
"""A stack that ends before the test, main() or its thread's first function has a line with the location and the
reason: in messages, results and the command's tables. A complete stack has no such line. The test `stress
stacks` compares the stack cache with the unwinder, including the end of each stack."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check_equal

# {test: (function of the last row, line that ends the stack, word in the results)}
TABLE = '; compile it with -fasynchronous-unwind-tables)'
DEEP = '... (the stack is deeper than 192 frames; the outer ones are not recorded)'
CASES = {
    'whole': ('whole', None, None),
    'without_table': ('ends_without_table', '... (the stack ends here: ends_without_table has no unwind '
                      'table' + TABLE, 'no-unwind-table'),
    'assembly': ('ends_in_assembly', '... (the stack ends here: ends_in_assembly has no unwind table; '
                 'give it .cfi_startproc and .cfi_endproc)', 'no-unwind-table'),
    'assembly_with_table': ('assembly_with_table', None, None),
    'thread': ('in_thread', None, None),
    'signal': ('signal', None, None),
    'context': ('in_context', None, None),
    'just_deep': ('just_deep', None, 'limit'),  # more frames than results have
    'too_deep': ('recurse', DEEP, 'limit'),
    'generated_code': ('0x*', '... (the stack ends here: the code at 0x* belongs to no file and has '
                       'no unwind table; register one with __register_frame())', 'generated-code'),
}
SHOWN = {
    'limit': '... (the stack is deeper than was recorded)',
    'no-unwind-table': '... (the stack ends here: no unwind table)',
    'generated-code': '... (the stack ends here: code that belongs to no file)',
}

PANIC = r'''
#include <alloc_tracker/alloc_tracker.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
void *volatile ends_block;
void ends_allocate(void);
void ends_without_table(void);
__attribute__((noinline)) void ends_allocate(void)
{
    at_panic_on_next_alloc(true);
    ends_block = malloc(13);
    __asm__ volatile("");
}
static void *in_thread(void *arg) { ends_allocate(); return arg; }
int main(int argc, char **argv)
{
    pthread_t thread;
    if (strcmp(argv[argc - 1], "main") == 0)
        ends_allocate();
    else if (strcmp(argv[argc - 1], "table") == 0)
        ends_without_table();
    else if (pthread_create(&thread, NULL, in_thread, NULL) == 0)
        pthread_join(thread, NULL);
    return 0;
}
'''


def hide_addresses(text):
    return re.sub(r'0x[0-9a-f]+', '0x*', text)


def compile_table(compiler, directory, level):
    """Compile the functions without an unwind table, and those with a table of their own."""
    objects = []
    for source, flags in (('stack_ends_table.c', ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables',
                                                  level]), ('stack_ends_code.S', [])):
        objects.append(directory / f'{source}.o')
        done = harness.run([compiler, '-g', *flags, '-c', SUITES / source, '-o', objects[-1]])
        check_equal((done.returncode, done.stderr), (0, ''), f'{compiler}: {source}')
    return objects


def check_messages(label, program, path):
    result = harness.Run(program, [f'--output=alloc:{path}'])
    sites = {test['id'].split('::')[1]: test['sites'][0].get('stack_end')
             for test in json.loads(path.read_text())['tests']}
    for name, (last, end, word) in CASES.items():
        lines = [line.strip() for line in result.tests[f'ends::{name}'].messages[0][2].splitlines()]
        stack = [hide_addresses(line) for line in lines if line][2:]
        stack = [line for line in stack if 'permitted' not in line and ' outer calls of ' not in line]
        ends = [line for line in stack if line.startswith('...')]
        rows = [line for line in stack if not line.startswith('...')]
        check_equal(ends, [end] if end else [], f'{label}: {name}: how it ends')
        check_equal(rows[-1].split()[0], last, f'{label}: {name}: the last function')
        check_equal(sites[name], word, f'{label}: {name}: in the results')
    harness.check_schema(path, 'results.schema.json', f'{label}: the file matches the schema')


def check_command(path):
    command = next(harness.STAGE.glob('**/bin/alloc-tracker'), None)
    if not command:
        return
    merged = path.with_name('merged.json')
    done = harness.run([command, 'merge', '-o', merged, path])
    check_equal((done.returncode, json.loads(merged.read_text())), (0, json.loads(path.read_text())),
                'merge keeps how stacks end')
    shown = harness.run([command, 'show', '--sites', path]).stdout
    check_equal(sorted(line.strip() for line in shown.splitlines() if line.strip().startswith('...')),
                sorted(SHOWN[word] for _, _, word in CASES.values() if word), '`show` prints these lines')


def check_panic(directory, objects):
    source = directory / 'panic.c'
    source.write_text(PANIC)
    program = harness.compile_suite(directory, [source, objects[0]], 'gcc', ['-g'], ['alloc-tracker'])
    for argument, last, end in (('main', 'main', None), ('thread', 'in_thread', None),
                                ('table', 'ends_without_table', CASES['without_table'][1])):
        lines = [line.strip() for line in harness.run([program, argument]).stderr.splitlines()]
        check_equal([line for line in lines if line.startswith('...')], [end] if end else [],
                    f'panic {argument}: how it ends')
        rows = [line for line in lines[1:] if not line.startswith('...')]
        check_equal(rows[-1].split()[0], last, f'panic {argument}: the last function')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        path = directory / 'results.json'
        for compiler in ('gcc', 'clang'):
            for level in ('-O0', '-O2'):
                objects = compile_table(compiler, directory, level)
                program = harness.compile_suite(directory, [SUITES / 'stack_ends.c', *objects], compiler,
                                                ['-g', level, '-fno-optimize-sibling-calls',
                                                 *harness.NO_BUILTIN])
                check_messages(f'{compiler} {level}', program, path)
        check_command(path)
        check_panic(directory, objects)
    harness.finish()


main()
