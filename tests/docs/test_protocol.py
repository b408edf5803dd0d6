# SPDX-License-Identifier: MIT
"""Programs exchange fields, not text for people: a file that searches or compares the beginning of a
text is in the list below, with the kind of text. Text that this project itself writes for people is
none of them."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check_equal

RECOGNISES = re.compile(r'\b(?:strstr|strncmp|strcasestr|strncasecmp|memmem|sscanf|fnmatch|regexec)\(')

ALLOWED = {
    'criterion-plugin/runner/abi.c': "the output of Criterion's writers, which the check examines",
    'criterion-plugin/runner/preloaded.c': 'the name of a loaded library',
    'criterion-plugin/runner/safe_text.c': 'characters that XML rejects',
    'criterion-plugin/runner/suppressions.c': "a suppression file's patterns",
    'criterion-plugin/shared/mark.c': 'marks: the one place that encodes and decodes fields in messages',
    'src/attribution/module.c': 'the name of a loaded library',
    'src/cli/check_github.c': 'the beginning of a path',
    'src/cli/program.c': 'the marks of a script that libtool generated',
    'src/cli/run.c': 'LD_PRELOAD',
    'src/cli/show_html.c': 'places in the template of a page',
    'src/guard/suppress.c': 'the kind of a pattern',
    'src/interpose/hidden.c': 'the mangled name of an operator',
    'src/interpose/probe.c': "the name of valgrind's library",
    'src/preload/inspect.c': 'the name of the loader',
    'src/preload/launch.c': 'variables of the environment',
    'src/preload/preload.c': 'variables of the environment',
    'src/preload/unmeasured.c': 'variables of the environment',
    'src/results/build_facts.c': "the producer in a compiler's debug information",
    'src/results/names.c': 'the beginning of a path',
    'src/results/nearest.c': 'the name before the version of a compiler or libc',
    'src/results/tolerance.c': 'an option of the command',
    'src/symbols/debug_info.c': 'error messages of libbacktrace, which has no codes',
    'src/symbols/demangle.c': 'the name of a function',
    'src/symbols/function_name.c': 'the name of a function',
    'src/symbols/source.c': 'the beginning of a path',
    'src/symbols/symbolize.c': 'the mangled name of a function',
    'src/symbols/trace.c': 'the name of a function',
    'src/symbols/trace_print.c': 'notes that are there already',
    'src/verdict/call_sites.c': 'hints that are there already',
    'src/verdict/limits_parse.c': 'ALLOC_TRACKER_BUDGET',
    'src/verdict/macro_text.c': 'the source text of a macro, to show it as written',
    'src/verdict/words.c': 'the name of a metric',
}
# Hints look at names of functions; groups drop notes that are there already.
ALLOWED_NAMES = {'hints.c', 'groups.c'}


def main():
    found = {str(path.relative_to(SOURCE)): RECOGNISES.findall(path.read_text())
             for folder in ('src', 'criterion-plugin') for path in sorted((SOURCE / folder).rglob('*.[ch]'))}
    others = [name for name, calls in found.items()
              if calls and name not in ALLOWED
              and pathlib.Path(name).name not in ALLOWED_NAMES]
    check_equal(others, [], 'no other code recognises text')
    for part in ('"alloc budget of', '"{\\"id', '{"schema"'):
        readers = [name for name in found
                   if re.search(r'(?:strncmp|memcmp|strstr)\([^;]*' + re.escape(part),
                                (SOURCE / name).read_text())]
        check_equal(readers, [], f'{part} is written, never recognised')
    harness.finish()


main()
