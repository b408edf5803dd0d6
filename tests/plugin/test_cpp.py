# SPDX-License-Identifier: MIT
"""Failures in C++ code can be read: a message has at most 25 lines of 100 columns, names the user's line
first, and shows the calls inside the standard library as one line. With ALLOC_TRACKER_VERBOSE=1 it
shows each frame."""

import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

SUITE = SUITES / 'cpp.cpp'

# {test: the call that its allocations begin with}. Compilers may inline it, then it is one that it calls.
CALLED = {
    'vector_grows': r'std::vector<ring::slot>::push_back\(',
    'map_inserts': r'std::map<std::string, std::vector<int>>::operator\[\]\(',
    'hash_map_inserts': r'std::unordered_map<\.\.\.>::emplace<\.\.\.>\(',
    'set_inserts': r'std::set<.*>::insert\(',
    'string_appends': r'std::string::(operator\+=|_M_append)\(',
    'shared_made': r'std::make_shared<ring::slot(, void)?>\(\)',
    'function_copies': r'std::function<',
    'stream_formats': r'std::operator<<\(std::ostream&, char const\*\)',
    'regex_compiles': r'std::regex::(regex|__push_loop)\(',
    'thread_starts': r'std::thread(::thread\(|<)',
    'thread_allocates': r'std::thread(::thread\(|::_M_start_thread\(|<)',
    'future_waits': r'std::async<',
    'file_opens': r'std::ifstream::ifstream\(',
    'path_joins': r'std::filesystem::',
    'sort_compares': r'std::operator\+\(std::string const&, char const\*\)',
    'function_calls': r'std::(string::string|vector<std::string>::push_back)\(',
}

# {test: (mark of the user's innermost line, the call around it, the user's function around that call)}
OUTER = {
    'thread_allocates': ('fill', r'std::.*_M_run\(\)', None),
    'sort_compares': ('sort_compares', r'std::sort<', 'sort_compares'),
    'function_calls': ('function_calls', r'std::function<void \(char const\*\)>::operator\(\)',
                       'function_calls'),
}


def marks():
    """Return {name: number of the line below the mark}."""
    return {match[1]: number + 1 for number, line in enumerate(SUITE.read_text().splitlines(), 1)
            if (match := re.search(r'// NEXT (\w+)', line))}


def printed(output):
    """Return {test: the lines that the console shows for it}."""
    tests, lines = {}, []
    for line in output.splitlines():
        if match := re.match(r'\[FAIL\] cpp::(\w+)', line):
            tests[match[1]], lines = lines, []
        else:
            lines.append(line)
    return tests


def check_test(what, name, lines, places, optimized):
    line = places[name]
    text = '\n'.join(lines)
    source = SUITE.read_text().splitlines()[line - 1].strip()
    check(len(lines) <= 25, f'{what}: at most 25 lines', text)
    check_equal([long for long in lines if len(long) > 100], [], f'{what}: at most 100 columns')
    check(lines[0].endswith(f'cpp.cpp:{line}: Assertion Failed'), f'{what}: the line', text)
    sites = [number for number, part in enumerate(lines) if re.match(r'\[----\]   [\d,]+ ', part)]
    check(len(sites) > 0, f'{what}: a call site', text)
    rows = [' '.join(lines[number + 1:number + 3]) for number in sites]
    check(any(re.search(rf'cpp\.cpp:{line}(?: \[----\])? +' + re.escape(source), row) for row in rows),
          f'{what}: the source text is below the call', text)
    check(all('cpp.cpp:' in row for row in rows),
          f'{what}: the first frame of each call site is the user\'s', text)
    check(any(re.search(r'  ' + CALLED[name], lines[number]) for number in sites),
          f'{what}: the call', text)
    check('c++/' not in text and 'libstdc++' not in text,
          f'{what}: no frame of the library has a line of its own', text)
    if name in OUTER and not optimized:
        inner, below, caller = OUTER[name]
        pattern = rf'cpp\.cpp:{places[inner]}\b[^\n]*(?:\n\[----\]       [^\n]*)?\n\[----\]     {below}[^\n]*\[\d+ frames\]\n'
        pattern += rf'\[----\]     {caller} ' if caller else ''
        check(re.search(pattern, text), f'{what}: the frames around it', text)


def run_suite(program, *arguments, **env):
    """Run a suite in the directory that contains tests/cpp.cpp. Return its output."""
    done = harness.run([program, '-j1', *arguments], cwd=program.parent, **env)
    return done.stderr + done.stdout


def check_suite(label, program, optimized):
    places = marks()
    tests = printed(run_suite(program))
    check_equal(sorted(tests), sorted(CALLED), f'{label}: each test fails')
    for name in sorted(tests):
        check_test(f'{label}: {name}', name, tests[name], places, optimized)
    if not optimized:
        check(any('std::make_shared<ring::slot>()  [7 frames]' in line for line in tests['shared_made']),
              f'{label}: the number of frames', tests['shared_made'])
    return tests


def check_verbose(label, program):
    """Each frame of the library has its function, without an ellipsis, and its file."""
    text = run_suite(program, '--filter', 'cpp/sort_compares', ALLOC_TRACKER_VERBOSE='1')
    check(' frames]' not in text and '...' not in text, f'{label}: verbose: nothing is left out', text)
    for function, file in (('std::string std::operator+<', r'bits/basic_string\.h'),
                           ('void std::sort<', r'bits/stl_algo\.h')):
        check(re.search(re.escape(function) + rf'[^\n]*{file}:\d+  \S', text),
              f'{label}: verbose: {function} has its line', text)
    check_equal(re.findall(r'\] +(by_name|sort_compares)\b[^\n]*cpp\.cpp:', text),
                ['by_name', 'sort_compares'], f'{label}: verbose: the user\'s frames')


def check_without_debug_information(directory):
    """Without -g, the frames of the library are known by their names."""
    program = harness.compile_suite(directory, [directory / 'tests' / 'cpp.cpp'], 'g++',
                                    ['-std=c++17', '-O0'], name='plain', link=['-pthread'])
    text = run_suite(program, '--filter', 'cpp/sort_compares')
    check(re.search(r'  std::operator\+\(std::string const&, char const\*\)  \[\d frames\]\n'
                    r'\[----\]     by_name\(\.\.\.\) +plain\+0x\w+\n'
                    r'\[----\]     std::sort<\.\.\.>\(\.\.\.\)  \[\d frames\]\n'
                    r'\[----\]     \w*sort_compares', text), 'without -g: the stack', text)


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / 'tests').mkdir()
        source = shutil.copy(SUITE, directory / 'tests')
        for compiler in ('g++', 'clang++'):
            for level in ('-O0', '-O2'):
                label = f'{compiler} {level}'
                program = harness.compile_suite(directory, [source], compiler,
                                                ['-std=c++17', '-g', level], link=['-pthread'])
                check_suite(label, program, level == '-O2')
                if level == '-O0':
                    check_verbose(label, program)
        check_without_debug_information(directory)
    harness.finish()


main()
