# SPDX-License-Identifier: MIT
"""Linked or preloaded, alloc_tracker adds output to a suite, and changes nothing else. Verdicts, messages, the
arguments of hooks, files and exit status are the same, with each of Criterion's options, in C and C++, and
under each sanitizer with which Criterion works."""

import concurrent.futures
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import STAGE, SUITES, check, check_equal

# (options, environment). DIR is a directory for files, whose names can be the program's name.
RUNS = [
    ([], {}), (['--verbose'], {}), (['--full-stats'], {}), (['--quiet'], {}),
    (['--tap=DIR/a.tap'], {}), (['--xml=DIR/a.xml'], {}), (['--json=DIR/a.json'], {}),
    (['--tap=DIR/a.tap', '--xml=DIR/a.xml', '--json=DIR/a.json', '--full-stats'], {}),
    (['--output=tap:DIR/a', '--output=tap:DIR/b', '--output=xml:DIR/c', '--verbose'], {}),
    (['--output=json:DIR', '--output=xml:DIR'], {}),
    (['--tap'], {}), (['--json=-'], {}), (['--xml=-', '--verbose'], {}),
    ([], {'CRITERION_OUTPUTS': 'xml:DIR/e.xml,json:DIR/e.json'}),
    ([], {'CRITERION_VERBOSITY_LEVEL': '2'}), ([], {'CRITERION_SHORT_FILENAME': '1'}),
    (['--short-filename', '--ascii', '--json=DIR/a.json'], {}),
    (['--filter=asserts/*', '--json=DIR/a.json'], {}), (['--filter=none/*'], {}),
    (['--fail-fast', '--xml=DIR/a.xml'], {}), (['--always-succeed'], {}),
    (['--ignore-warnings'], {}), (['--timeout=5'], {}), (['--list'], {}), (['--help'], {}),
    (['--no-such-option'], {}),
]
FEW = RUNS[:9]
# Under a sanitizer, whose reports of signals take time and contain frames of the library.
LIVING = '--filter=!(ends)/*'
SANITIZED = [([LIVING, *RUNS[i][0]], {}) for i in (1, 7)]
WITH_RESULTS = [(['--output=alloc:DIR/r.json'], {}), ([], {'ALLOC_TRACKER_SUMMARY': '1'}),
                ([], {'CRITERION_OUTPUTS': 'alloc:DIR/r.json'})]
SANITIZERS = {'gcc': ['address', 'undefined', 'leak', 'thread'],
              'clang': ['address,undefined', 'leak', 'thread'], 'g++': ['address', 'thread']}
COMPILERS = {'c': 'gcc', 'cpp': 'g++'}
TABLE = re.compile(r'\ntest +allocs .*?\n\n', re.DOTALL)


def build(directory, language, compiler, flags, packages, name):
    """Compile one of the two programs. They have the same name in different directories."""
    folder = directory / name / ('linked' if len(packages) > 1 else 'plain')
    folder.mkdir(parents=True)
    source = folder / f'untouched.{language}' # of its own, because other threads compile at the same time
    source.write_text('#include "untouched.h"\n')
    standard = '-std=c++17' if language == 'cpp' else '-std=gnu11'
    return harness.compile_suite(folder, [source], compiler,
                                 [standard, '-g', '-w', f'-I{SUITES}', *harness.NO_BUILTIN, *flags],
                                 packages, 'suite')


def normal(text):
    """Return the text without the plugin's table, durations, process numbers and reports of a sanitizer."""
    text = TABLE.sub('', text)
    text = re.sub(r'^(==\d+==|=====|    #|\s*$|[A-Z]\w+Sanitizer|SUMMARY|(Ind|D)irect leak).*\n', '',
                  text, flags=re.MULTILINE)
    text = re.sub(r'time="[\d.]+"', 'time=""', text)
    text = re.sub(r'\d+\.\d+s\b', '0.00s', text)
    return re.sub(r'\bPID \d+|\b0x[0-9a-f]+|/\S*/(plain|linked)/', '', text)


def seen(command, options, env):
    """Run the tests one at a time. Return the exit status, the output and the files."""
    with tempfile.TemporaryDirectory() as folder:
        there = [option.replace('DIR', folder) for option in options]
        env = {name: value.replace('DIR', folder) for name, value in env.items()}
        done = harness.run([*command, '-j1', *there], **env)
        files = {path.name: normal(path.read_text(errors='replace'))
                 for path in pathlib.Path(folder).iterdir()}
        return {'status': done.returncode, 'stdout': normal(done.stdout).replace(folder, 'DIR'),
                'stderr': normal(done.stderr).replace(folder, 'DIR'), **files}


def compare(label, plain, other, runs, sanitized=False):
    for options, env in runs:
        left = seen(plain, options, env)
        right = seen(other, options, {**env, 'ALLOC_TRACKER_SUMMARY': '0'})
        if sanitized:
            for key in ('stdout', 'stderr'):
                left[key], right[key] = (re.findall(r'^\[(?:PASS|FAIL|SKIP|====)\] .*', run[key],
                                                    re.MULTILINE) for run in (left, right))
        for key in sorted(left.keys() | right.keys()):
            check_equal(right.get(key), left.get(key), f'{label}: {options} {env}: {key}')


def check_results(label, plain, linked):
    """Check that results change nothing, except that a passed assertion names the worker of a parameter."""
    chosen = '--filter=!(ends|parameters)/*'
    expected = seen([plain], [chosen], {})
    for options, env in WITH_RESULTS:
        run = seen([linked], [chosen, *options], env)
        check_equal({key: run[key] for key in expected}, expected, f'{label}: {options} {env}')
        if 'SUMMARY' not in str(env):
            check('"schema"' in run.get('r.json', ''), f'{label}: {options} {env}: there are results')
    parameters = '--filter=parameters/*'
    run = seen([linked], [parameters, *WITH_RESULTS[0][0]], {})
    check_equal(run['status'], seen([plain], [parameters], {})['status'],
                f'{label}: parameters with results: no sanitizer reports a leak')


def check_parallel(label, plain, linked):
    """Check that parallel tests print the same lines, in any order."""
    left, right = (seen([program], ['-j8', '--full-stats'], {}) for program in (plain, linked))
    for run in (left, right):
        run['stderr'] = sorted(run['stderr'].splitlines())
    check_equal(right, left, f'{label}: -j8')


def check_plain(directory, language):
    compiler = COMPILERS[language]
    plain, linked = (build(directory, language, compiler, [], packages, compiler) for packages in
                     (['criterion'], ['alloc-tracker-criterion', 'criterion']))
    compare(f'{compiler}, linked', [plain], [linked], RUNS if language == 'c' else FEW)
    check_results(f'{compiler}, linked', plain, linked)
    check_parallel(f'{compiler}, linked', plain, linked)
    library = next(STAGE.glob('**/liballoc_tracker_preload.so'))
    compare(f'{compiler}, preloaded', [plain], ['env', f'LD_PRELOAD={library}', plain], FEW)


def check_sanitized(directory, language, compiler, sanitizer):
    label = f'{compiler}, {sanitizer}'
    flags = [f'-fsanitize={sanitizer}', *(['-DDRAWN'] if sanitizer == 'thread' else [])]
    plain, linked = (build(directory, language, compiler, flags, packages, label) for packages in
                     (['criterion'], ['alloc-tracker-criterion', 'criterion']))
    run = seen([plain], [LIVING], {})
    check('Synthesis' in run['stderr'], f'{label}: Criterion starts', run['stderr'])
    compare(label, [plain], [linked], SANITIZED, True)
    check_results(label, plain, linked)


def main():
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        directory = pathlib.Path(directory)
        work = [pool.submit(check_plain, directory, language) for language in COMPILERS]
        work += [pool.submit(check_sanitized, directory, 'cpp' if '+' in compiler else 'c', compiler,
                             sanitizer)
                 for compiler, sanitizers in SANITIZERS.items() for sanitizer in sanitizers]
        for each in work:
            each.result()
    harness.finish()


main()
