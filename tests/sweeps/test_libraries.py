# SPDX-License-Identifier: MIT
"""Runs the failure sweep over ten libraries and compares the findings with the tables of
docs/sweep-libraries.md: for each entry point the number of allocations, those that the code does not survive,
the call that fails, and the function of the crash or leak. AT_REGENERATE=1 writes the tables.
The text below a table is written by hand, after a look at each finding in a debugger."""

import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

DOCUMENT = SOURCE / 'docs' / 'sweep-libraries.md'
SUITES = SOURCE / 'tests' / 'sweeps' / 'suites'
LIBRARIES = {  # suite: (Debian package, pkg-config package)
    'cjson': ('libcjson1', 'libcjson'),
    'expat': ('libexpat1', 'expat'),
    'glib': ('libglib2.0-0', 'glib-2.0'),
    'jansson': ('libjansson4', 'jansson'),
    'json-c': ('libjson-c5', 'json-c'),
    'libxml2': ('libxml2', 'libxml-2.0'),
    'libyaml': ('libyaml-0-2', 'yaml-0.1'),
    'pcre2': ('libpcre2-8-0', 'libpcre2-8'),
    'sqlite3': ('libsqlite3-0', 'sqlite3'),
    'zlib': ('zlib1g', 'zlib'),
}
HEAD = ['| entry point | allocations | when one fails | which | it fails in | crash or leak in |',
        '|---|---|---|---|---|---|']


def version(package):
    return harness.run(['dpkg-query', '-W', '-f', '${Version}', package]).stdout


def called(rows):
    """Return the library function that the suite called, or '' if the stack ends in the suite."""
    inner = ''
    for row in rows:
        if '/suites/' in row:
            return inner
        inner = row.split()[0]
    return inner


def stacks(block, label):
    """Return the stacks of a finding below the lines that begin with `label`."""
    found = []
    for line in block:
        if line.startswith('  ') and not line.startswith('    '):
            inside = line.startswith(f'  {label}')
            if inside:
                found.append([])
        elif line.startswith('    ') and inside:
            found[-1].append(line)
    return found


def read_findings(message):
    """Parse a sweep's message. Return {(effect, function of the failed call, functions of the effect): numbers
    of the allocations}."""
    findings = {}
    for block in re.split(r'\n \n', message)[1:]:
        match = re.match(r'(.*) when allocations? ([\d, or]+) of \d+ fails\n', block)
        if not match:
            check(block.startswith('to debug the first failure'), 'the test can parse a finding', block)
            continue
        lines = block.split('\n')[1:]
        functions = {called(stack) for label in ('crashed in', 'leaked:')
                     for stack in stacks(lines, label)}
        key = (match.group(1), called(stacks(lines, 'failed:')[0]), ', '.join(sorted(functions)))
        findings.setdefault(key, []).extend(map(int, re.findall(r'\d+', match.group(2))))
    return findings


def survivors(output, source):
    """Return {name of a test whose sweep passed: number of allocations}."""
    names = {}
    name = ''
    for number, line in enumerate(source.read_text().splitlines(), 1):
        test = re.match(r'Test\((\w+), (\w+)', line)
        name = '::'.join(test.groups()) if test else name
        names[number] = name
    found = re.findall(r'cr_alloc_failure_sweep at \S+:(\d+): the block survives each of (\d+) failing', output)
    return {names[int(line)]: n for line, n in found}


def sweep(library, directory):
    """Run a suite. Return its rows of the table."""
    source = SUITES / f'{library}.c'
    program = harness.compile_suite(
        directory, [source], 'cc', ['-g', '-O1', '-Wall', '-Wextra', '-Werror',
                                    *harness.NO_BUILTIN],
        packages=['alloc-tracker-criterion', 'criterion', LIBRARIES[library][1]])
    result = harness.Run(program, timeout=600, ALLOC_TRACKER_VERBOSE='1')
    passed = survivors(result.output, source)
    rows = []
    for name, test in sorted(result.tests.items()):
        entry = f"`{name.split('::')[1]}`"
        if name in passed:
            check_equal(test.status, 'PASSED', f'{name}: the block survives')
            rows.append([entry, passed[name], 'survives', '', '', ''])
            continue
        check_equal((test.status, len(test.messages)), ('FAILED', 1), f'{name} has one verdict')
        message = test.messages[0][2].replace('\n  ', '\n') if test.messages else ''
        total = re.search(r'does not survive (\d+) of (\d+) failing allocations', message)
        check(total, f'{name}: only failing allocations have an effect', message)
        findings = read_findings(message)
        check_equal(sum(map(len, findings.values())), int(total.group(1)) if total else 0,
                    f'{name}: the message has every number')
        for i, ((effect, failed, functions), numbers) in enumerate(sorted(findings.items())):
            rows.append([entry, total.group(2), effect, ', '.join(map(str, sorted(numbers))),
                         f'`{failed}`', f'`{functions}`' if functions else ''])
    return rows


def sections(text):
    """Return {library: (version, lines of the table, text below the table)} of the document."""
    found = {}
    for part in re.split(r'^## ', text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition('\n')
        name, _, known = head.partition(' ')
        lines = body.split('\n')
        found[name] = (known, [line for line in lines if line.startswith('|')],
                       '\n'.join(line for line in lines if not line.startswith('|')).strip())
    return found


def table(rows):
    return HEAD + ['| ' + ' | '.join(row) + ' |' for row in rows]


def without_numbers(lines):
    """Return the columns of a table that are the same for other builds of the library."""
    cells = [line.split('|') for line in lines]
    return sorted({tuple(cell[1:2] + cell[3:4] + cell[5:]) for cell in cells})


def compare(library, rows, known, lines, words):
    installed = version(LIBRARIES[library][0])
    if installed == known:
        check_equal('\n'.join(table(rows)), '\n'.join(lines), f'{library}: the table is correct')
    else:
        print(f'{library}: {installed} is installed, {known} is documented; numbers are not compared')
        check_equal(without_numbers(table(rows)), without_numbers(lines),
                    f'{library}: the table without its numbers is correct')
    for entry in {row[0] for row in rows if row[2] != 'survives'}:
        check(re.search(rf'^- .*{entry}.*: ', words, re.MULTILINE),
              f'{library}: the text explains {entry}')


def check_readable(program):
    """Check that a message shows the library's frames without ALLOC_TRACKER_VERBOSE too."""
    message = harness.Run(program, ['--filter=*/json_tokener_parse']).output
    lines = message.replace('[----] ', '').replace('\n  ', '\n').split('\n')
    for label, inner in (('failed:', 'json_tokener_parse_ex'),
                         ('crashed in', 'json_object_object_add_ex')):
        check(any(inner in row for row in stacks(lines, label)[0]),
              f'a crash in json-c: {inner} {label}', message)


def main():
    with tempfile.TemporaryDirectory() as directory:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            rows = dict(zip(LIBRARIES, pool.map(lambda name: sweep(name, directory), LIBRARIES)))
        check_readable(pathlib.Path(directory) / 'json-c')
    text = DOCUMENT.read_text()
    documented = sections(text)
    if os.environ.get('AT_REGENERATE'):
        parts = [text.partition('\n## ')[0].rstrip('\n')]
        for library in LIBRARIES:
            words = documented[library][2] if library in documented else ''
            parts.append(f'## {library} {version(LIBRARIES[library][0])}\n\n'
                         + '\n'.join(table(rows[library])) + (f'\n\n{words}' if words else ''))
        DOCUMENT.write_text('\n\n'.join(parts) + '\n')
        documented = sections(DOCUMENT.read_text())
    check_equal(list(documented), list(LIBRARIES), 'a section for each library')
    for library in LIBRARIES:
        compare(library, rows[library], *documented[library])
    harness.finish()


main()
