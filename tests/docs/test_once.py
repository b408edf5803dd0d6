# SPDX-License-Identifier: MIT
"""Names and words are written once: schemas, metrics, statuses, verdicts, outcomes, scopes. Equal
stacks are merged by one set, and one function writes the summary table. A second definition could differ
from the first."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

NAMES_H, NAMES, WORDS = 'src/results/names.h', 'src/results/names.c', 'src/verdict/words.c'

# Each literal, and the files that define it. "within" and "none" have two meanings, with a
# definition each.
LITERALS = {
    **dict.fromkeys(['alloc-tracker-results/1', 'alloc-tracker-baseline/1',
                     'alloc-tracker-check/1'], [NAMES_H]),
    'alloc-tracker-operation/1': ['src/session/report_fields.c'],
    **dict.fromkeys(['allocs', 'reallocs', 'frees', 'bytes', 'peak', 'live', 'leaks'], [WORDS]),
    **dict.fromkeys(['leaked_bytes', 'permitted'], [NAMES]),
    **dict.fromkeys(['passed', 'failed', 'skipped', 'crashed', 'timed-out'], [NAMES]),
    **dict.fromkeys(['over', 'unobserved', 'incomplete', 'statement', 'suite', 'process'], [WORDS]),
    'none': [NAMES, WORDS],
    'within': [NAMES, WORDS],
    **dict.fromkeys(['above', 'below', 'new', 'removed', 'unreliable', 'changed'], [NAMES]),
    'mixed': [NAMES],
}

# The same letters with another meaning.
OTHER_MEANINGS = {
    'src/cli/check_json.c': ['failed'],  # member of the document: whether the check failed
    'src/symbols/function_name.c': ['new'],  # of C++: operator new
}

# The words that the code of the HTML page compares with. Names of members are not words.
PAGE_WORDS = ['passed', 'failed', 'skipped', 'crashed', 'timed-out', 'within', 'above', 'below', 'new',
              'removed', 'unreliable', 'frees', 'peak', 'leaks']


def literals(text):
    """Yield each string literal of a C source, without comments; in one that holds JSON, also the
    strings of the JSON."""
    code = re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.DOTALL)
    code = re.sub(r'"(\w+)"\s*[,:]\s*"\1s"', '', code)  # a noun and its plural
    for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', code):
        yield literal
        yield from re.findall(r'\\"([^"\\]*)\\"', literal)


def check_sources():
    places = {literal: set() for literal in LITERALS}
    for room in ('src', 'criterion-plugin', 'include'):
        for path in sorted((SOURCE / room).rglob('*.[ch]')):
            name = str(path.relative_to(SOURCE))
            for literal in set(literals(path.read_text())) & set(LITERALS):
                if literal not in OTHER_MEANINGS.get(name, []):
                    places[literal].add(name)
    for literal, files in LITERALS.items():
        check_equal(sorted(places[literal]), files, f'"{literal}" is written once')


def files_with(pattern):
    """Return the C sources whose code, without comments, matches."""
    return [str(path.relative_to(SOURCE)) for room in ('src', 'criterion-plugin')
            for path in sorted((SOURCE / room).rglob('*.c'))
            if re.search(pattern, re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.DOTALL))]


def check_functions():
    """Equal stacks are found by one set, and the summary table is written by one function."""
    check_equal(files_with(r'str(?:n?cmp|str)\([^;]*(?:->|\.)(?:stack|entry)\b'), [],
                'no code compares stacks as text')
    check_equal(files_with(r'\bat_stack_set_put\('),
                ['src/results/measurement.c', 'src/symbols/stack_set.c', 'src/verdict/call_sites.c',
                 'criterion-plugin/sweep/sweep_findings.c'], 'the users of the set of stacks')
    check_equal(files_with(r'"  status\\n"'), ['src/results/summary.c'],
                'the heading of the summary table')


def check_page():
    """The page gets the words from its data."""
    page = '\n'.join(path.read_text() for path in sorted((SOURCE / 'src/cli/page').iterdir()))
    seen = [word for word in re.findall(r"'([^'\n]*)'", page) if word in PAGE_WORDS]
    check_equal(seen, [], 'the page repeats no word')


def main():
    check_sources()
    check_functions()
    check_page()
    harness.finish()


main()
