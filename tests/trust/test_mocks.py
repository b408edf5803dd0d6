# SPDX-License-Identifier: MIT
"""A program or a preloaded object may define any libc function, as unit tests do. The library calls none
of these definitions. The test mocks every function that the shipped objects import, except those of the
table in docs/trust.md. The objects call no other function by name."""

import difflib
import json
import pathlib
import platform
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(STAGE.glob('**/bin/alloc-tracker'))
PRELOADED = next(STAGE.glob('**/liballoc_tracker_preload.so'))
ARCHIVES = [next(STAGE.glob(f'**/{name}')) for name in (
    'liballoc_tracker.a', 'liballoc_tracker_criterion.a')]
OPTIONS = ['-g', '-O1', *harness.NO_BUILTIN, '-I', HERE]
# Mocks may run before anything is initialised, and must not call each other.
FREESTANDING = ['-fno-builtin', '-fno-tree-loop-distribute-patterns', '-mgeneral-regs-only',
                '-fno-stack-protector', '-fPIC', '-fvisibility=hidden', '-I', SOURCE / 'src']
CALLED = 'called by the library: '

MOCK = '''\
    .globl {name}
    {visibility} {name}
    .type {name}, %function
{name}:
    pushq %rdi; pushq %rsi; pushq %rdx; pushq %rcx; pushq %r8; pushq %r9; pushq %rax
    movl ${index}, %edi
    movq 56(%rsp), %rsi
    call mocks_enter
    movq %rax, %r11
    popq %rax; popq %r9; popq %r8; popq %rcx; popq %rdx; popq %rsi; popq %rdi
    testq %r11, %r11
    jz mocks_fail
    jmp *%r11
'''


def relocations(path):
    """Return each relocation of an archive or a shared object: its section, its address, its symbol."""
    section = None
    for line in harness.run(['readelf', '-rW', path]).stdout.splitlines():
        if line.startswith('Relocation section'):
            section = line.split("'")[1].removeprefix('.rela')
        fields = line.split()
        if len(fields) >= 5 and fields[2].startswith('R_X86_64_'):
            yield section, int(fields[0], 16), fields[4].split('@')[0]


def undefined(archive):
    lines = harness.run(['nm', '--undefined-only', archive]).stdout.splitlines()
    return {line.split()[-1] for line in lines if line.strip()}


def imports(path):
    """Return the functions that an object redirects, and those that it calls by name."""
    table = range(0)
    if path.suffix == '.so':
        match = re.search(r' at_libc_calls +PROGBITS +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)',
                          harness.run(['readelf', '-SW', path]).stdout)
        start = int(match.group(1), 16)
        table = range(start, start + int(match.group(2), 16))
    redirected, by_name = set(), set()
    for section, offset, symbol in relocations(path):
        is_redirected = offset in table if table else section == 'at_libc_calls'
        if re.match(r'[A-Za-z_]', symbol):
            (redirected if is_redirected else by_name).add(symbol)
    if path.suffix == '.a': # its definitions are the program's own
        by_name &= undefined(path)
    return redirected, by_name


def exceptions():
    """Return the names of docs/trust.md's table; * matches any characters."""
    text = (SOURCE / 'docs' / 'trust.md').read_text()
    table = text.split('| called by name |')[1].split('\n\n')[0]
    names = []
    for row in table.splitlines()[2:]:
        names += re.findall('`([^`]+)`', row.split('|')[1])
    return names


def check_imports():
    """The table has exactly the names that the objects call by name."""
    redirected, by_name = set(), set()
    for path in [*ARCHIVES, PRELOADED]:
        calls, names = imports(path)
        check('strlen' in calls, f'{path.name} has a table', calls)
        redirected |= calls
        by_name |= {name for name in names if not name.startswith(('at_', 'cri_alloc_'))}
    table = exceptions()
    patterns = {name: re.compile(re.escape(name).replace(r'\*', '.*')) for name in table}
    check_equal(len(table), len(patterns), 'docs/trust.md names each once')
    for name in sorted(by_name):
        check_equal(len([1 for pattern in patterns.values() if pattern.fullmatch(name)]), 1,
                    f'{name} is called by name: docs/trust.md has the reason')
    for name, pattern in patterns.items():
        check(any(map(pattern.fullmatch, by_name)), f'docs/trust.md: {name} is called by name')
    return sorted(redirected)


def write_mocks(directory, names, hidden):
    visibility = '.hidden' if hidden else '.protected'
    source = directory / 'mocks.S'
    source.write_text('    .text\n' + ''.join(
        MOCK.format(name=name, index=index, visibility=visibility)
        for index, name in enumerate(names)) + '    .section .note.GNU-stack, "", %progbits\n')
    table = directory / 'table.c'
    table.write_text('const char *const mocks_names[] = { '
                     + ', '.join(f'"{name}"' for name in [*names, '']) + ' };\n')
    return [source, table, HERE / 'mocks.c']


def compile(output, sources, *options):
    done = harness.run(['gcc', *OPTIONS, *sources, '-o', output, *options])
    check_equal((done.returncode, done.stderr), (0, ''), f'{output.name} builds')
    return output


def build_mocks(directory, names, *, library, program=True, hidden=False):
    """Compile an object for a program, or one to preload; `library`: does the program link the library?"""
    directory.mkdir()
    options = [*FREESTANDING, f'-DMOCKS_PROGRAM_HAS_LIBRARY={int(library)}']
    sources = write_mocks(directory, names, hidden)
    if not program:
        return compile(directory / 'mocks.so', sources, '-shared', *options)
    mocks = compile(directory / 'mocks.o', sources, '-r', '-nostdlib', '-DMOCKS_IN_PROGRAM',
                    *options)
    harness.run(['objcopy', '--wildcard', '--localize-symbol', 'at_*', mocks])
    return mocks


def build_suite(output, mocks, *options, plugin=True):
    flags = [f'-DDIRECTORY="{output.parent}/reports"', f'-I{SOURCE}/include', *options]
    if plugin:
        flags += ['-DSUITE_LINKS_PLUGIN',
                  *harness.pkg_config('--cflags', '--libs', 'alloc-tracker-criterion')]
    return compile(output, [HERE / 'mocked_suite.c', mocks], *flags,
                   *harness.pkg_config('--libs', 'criterion'))


def normal(text):
    text = re.sub('/(plain|mocked)/', '/', text)
    text = re.sub('==[0-9]+==|0x[0-9a-f]+', '0', text)
    text = re.sub(r'\(\d+\.\d+s\)', '(0.00s)', text)
    return re.sub(r'\[PID \d+\]', '[PID 1]', text)


def outcome(command, results, **env):
    """Return all output of a run, and the files that it writes."""
    results.unlink(missing_ok=True)
    done = harness.run(command, **env)
    measured = json.loads(results.read_text())['tests'] if results.exists() else None
    for test in measured or []:
        test.pop('seconds', None)
        test.pop('pid', None)
        test.pop('program', None)  # the compared programs have different names
    return done.returncode, normal(done.stdout), normal(done.stderr), measured


def called(outcome):
    return sorted(set(re.findall(f'{CALLED}(.*)', outcome[1] + outcome[2])))


def without_passed_on(outcome):
    """The preloaded object forwards the functions that it defines, for the program, to the next definition."""
    lines = harness.run(['nm', '-D', '--defined-only', PRELOADED]).stdout.splitlines()
    own = '|'.join(line.split()[-1] for line in lines)
    return (*outcome[:2], re.sub(f'{CALLED}({own})\n', '', outcome[2]), *outcome[3:])


def check_same(seen, reference, what):
    check_equal(called(seen), [], f'{what}: the library calls no mock')
    for part, one, other in zip(('status', 'output', 'messages', 'results'), seen, reference):
        difference = difflib.unified_diff(str(other).splitlines(), str(one).splitlines(),
                                          lineterm='', n=0)
        check(one == other, f'{what}: the {part} is the same without mocks', '\n'.join(difference))


STATUSES = {
    'block': 'failed', 'criterion': 'failed', 'exits': 'failed', 'fails': 'failed',
    'leaks': 'failed', 'panic': 'passed', 'passes': 'passed', 'peak': 'failed',
    'permit': 'passed', 'region': 'passed', 'session': 'passed', 'statement': 'failed',
    'sweep': 'failed'}
PLAIN = ['exits', 'fails', 'passes']  # without the plugin's


def everything(directory):
    patterns = directory / 'patterns'
    patterns.write_text('function:vendor_*\n')
    return {'ALLOC_TRACKER_SUMMARY': '1', 'ALLOC_TRACKER_SUPPRESSIONS': str(patterns),
            'ASAN_OPTIONS': 'detect_leaks=0'}


def check_options(directory, names):
    """Run a suite that links the plugin, in each way."""
    results = directory / 'results.json'
    none = build_mocks(directory / 'none', [], library=True)
    plain = build_suite(directory / 'plain', none)
    suite = build_suite(directory / 'mocked', build_mocks(directory / 'mocks', names, library=True))
    file = f'--output=alloc:{results}'
    for arguments, env in (
            ([], {}), ([file], {}), (['--full-stats'], {}),
            ([file, '--verbose'], everything(directory)),
            ([], {'ALLOC_TRACKER_BUDGET': 'allocs<=0', 'ALLOC_TRACKER_VERBOSE': '1'})):
        reference = outcome([plain, '-j1', *arguments], results, **env)
        what = f'linked, {" ".join([*env, *arguments])}'.replace(str(directory), '')
        check_same(outcome([suite, '-j1', *arguments], results, **env), reference, what)
        if reference[3]:
            statuses = {test['id'].split('::')[1]: test['status'] for test in reference[3]}
            check_equal(statuses, STATUSES, 'the statuses')


def check_places(directory, names):
    """Run the suite with the mocks in each location."""
    results, env = directory / 'results.json', everything(directory)
    command = ['-j1', f'--output=alloc:{results}', '--verbose']
    none = build_mocks(directory / 'none', [], library=True)
    mocks = build_mocks(directory / 'mocks', names, library=True)
    hidden = build_mocks(directory / 'hidden', names, library=True, hidden=True)
    preloaded = build_mocks(directory / 'preloaded', names, library=True, program=False)
    for what, which, options in (('exported', mocks, ['-rdynamic']), ('hidden', hidden, []),
                                 ('not PIE', mocks, ['-no-pie']),
                                 ('AddressSanitizer', mocks, ['-fsanitize=address']),
                                 ('preloaded', none, ['-rdynamic'])):
        reference = outcome([build_suite(directory / 'suite', none, *options), *command], results,
                            **env)
        suite = build_suite(directory / 'suite', which, *options)
        exported = ' T open\n' in harness.run(['nm', '-D', '--defined-only', suite]).stdout
        check_equal(exported, which == mocks, f'linked, {what}: whether a mock is exported')
        preload = {'LD_PRELOAD': str(preloaded)} if which == none else {}
        check_same(outcome([suite, *command], results, **env, **preload), reference,
                   f'linked, {what}')
    control = build_suite(directory / 'control', mocks, '-DCONTROL')
    check_equal(called(outcome([control, '-j1'], results)), ['open'], 'a call would be noticed')


def check_run(directory, names):
    """Run programs that do not link the library, under alloc-tracker run."""
    results = directory / 'results.json'
    none = build_mocks(directory / 'none', [], library=False)
    mocks = build_mocks(directory / 'exported', names, library=False)
    preloaded = build_mocks(directory / 'preloaded', names, library=False, program=False)
    in_front = ['sh', '-c', f'LD_PRELOAD="{preloaded} $LD_PRELOAD" exec "$@"', 'sh']
    command = [COMMAND, 'run', '-o', results, '--']
    for kind, arguments in (('suite', ['-j1', '--verbose']), ('program', [])):
        plain, mocked = (directory / which / kind for which in ('plain', 'mocked'))
        for output, which in ((plain, none), (mocked, mocks)):
            output.parent.mkdir(exist_ok=True)
            if kind == 'suite':
                build_suite(output, which, '-rdynamic', plugin=False)
            else:
                compile(output, [HERE / 'mocked_program.c', which], '-rdynamic')
        reference = outcome([*command, plain, *arguments], results)
        if kind == 'suite':
            check_equal([test['id'].split('::')[-1] for test in reference[3]], PLAIN,
                        'run: the tests')
        else:
            [test] = reference[3]
            check_equal((test['usage']['allocs'], [site['function'] for site in test['sites']]),
                        (2, ['malloc', 'strdup']), 'run: the sites')
        check_same(outcome([*command, mocked, *arguments], results), reference, f'run, {kind}')
        seen = outcome([*command, plain, *arguments], results, LD_PRELOAD=str(preloaded))
        check_same(without_passed_on(seen), reference, f'run, {kind}, mocks preloaded behind')
        seen = outcome([*command, *in_front, plain, *arguments], results)
        check_equal(called(seen), [], f'run, {kind}, mocks preloaded in front: none is called')
        check_equal(seen[0], reference[0], f'run, {kind}, mocks preloaded in front: the status')


def check_counted(directory, _):
    """A mock that counts its calls counts only those of the tested code."""
    source, patterns = HERE / 'counting_mocks.c', directory / 'patterns'
    patterns.write_text('function:vendor_*\n')
    where = harness.marks(source)['kept']
    expected = {'mock::loads': 'PASSED', 'mock::passes': 'PASSED', 'mock::reports': 'FAILED'}
    suite = harness.compile_suite(directory, [source], 'gcc', [*map(str, OPTIONS)])
    output = f'--output=alloc:{directory}/results.json'
    suppressing = {'ALLOC_TRACKER_SUPPRESSIONS': str(patterns)}
    for arguments, env in (([], {}), ([output, '--verbose'], suppressing)):
        run = harness.Run(suite, arguments, **env)
        check_equal({name: test.status for name, test in run.tests.items()}, expected,
                    'counted: the statuses')
        messages = run.tests['mock::reports'].messages
        check_equal([(pathlib.Path(file).name, line) for file, line, _ in messages], [where],
                    'counted: the line')
        check('1 allocation, 12 bytes' in messages[0][2] and 'device_open' in messages[0][2],
              'counted: the message', messages)


def check_wrappers(directory, names):
    """Public preloaded wrappers: their destructors have run when the library writes the results."""
    results = directory / 'results.json'
    program = compile(directory / 'program', [HERE / 'mocked_program.c',
                                              build_mocks(directory / 'none', [], library=False)])
    run = [COMMAND, 'run', '-q', '-o', results, '--']
    for wrapper in (['faketime', '-f', '-10d'], ['fakeroot']):
        if not shutil.which(wrapper[0]):
            print(f'not tried: {wrapper[0]} is not installed')
            continue
        for command in ([*run, *wrapper, program], [*wrapper, *run, program]):
            seen = outcome(command, results)
            what = ' '.join(str(part) for part in command if part in ('run', *wrapper))
            check_equal(seen[:3], (0, '', ''), f'{what}: ends well')
            [test] = [test for test in seen[3] if test['id'].endswith('program')]
            check_equal([site['function'] for site in test['sites']][-2:], ['malloc', 'strdup'],
                        f'{what}: the sites')


def check_bound(directory, names):
    """Each call goes to libc, or to a sanitizer's interceptor, because a sanitizer must see some calls."""
    for compiler, sanitizer, known in (
            ('gcc', None, []), ('gcc', 'address', ['memcpy']), ('gcc', 'thread', ['open', 'read']),
            ('clang', None, []), ('clang', 'address', ['memcpy']),
            ('clang', 'thread', ['open', 'read']), ('clang', 'memory', ['memcpy', 'readlink'])):
        what = f'{compiler}, {sanitizer}'
        options = [f'-fsanitize={sanitizer}'] if sanitizer else []
        program = harness.compile_suite(directory, [HERE / 'bound.c'], compiler,
                                        [*options, '-rdynamic'], packages=['alloc-tracker'])
        done = harness.run([program], ASAN_OPTIONS='detect_leaks=0')
        check_equal(done.returncode, 0, f'{what}: allocations are observed')
        owners = dict(line.split() for line in done.stdout.splitlines())
        check(owners and owners.keys() <= set(names), f'{what}: there is a table', owners)
        check_equal([name for name, owner in owners.items() if owner == 'other'], [],
                    f'{what}: every call goes to libc or to an interceptor')
        check_equal([owners.get(name) for name in known], ['sanitizer'] * len(known),
                    f'{what}: interceptors are called')


def main():
    if platform.machine() != 'x86_64':
        print('the mocks are code for x86-64')
        sys.exit(77)
    names = check_imports()
    print(len(names), 'functions are mocked')
    with tempfile.TemporaryDirectory() as name:
        for part in (check_options, check_places, check_run, check_counted, check_wrappers,
                     check_bound):
            directory = pathlib.Path(name) / part.__name__
            directory.mkdir()
            part(directory, names)
    harness.finish()


main()
