# SPDX-License-Identifier: MIT
"""Each public header has a page in section 3. mandoc reports no fault in the page, and the page names
every function and every public macro of the header."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import STAGE, check, check_equal

CRITERIA = {'no_alloc', 'no_free', 'no_heap', 'no_leak', 'alloc_within'}
INTERNAL = {'at_span_step', 'at_span_leave'}  # what the block forms are made of


def check_lint(page, pages):
    done = harness.run(['mandoc', '-Tlint', page])
    known = [f'referenced manual not found: Xr {name} 3' for name in pages]
    known.append('operating system explicitly specified: Os alloc_tracker (NetBSD)')  # for the version
    check_equal([line for line in done.stdout.splitlines()
                 if not line.endswith(tuple(known))], [], f'{page.name}: mandoc -Tlint')


def check_names(page, header):
    text = header.read_text().split('/* ---- what the macros call')[0]
    public = set(re.findall(r'^AT_API\s[^;]*?\b(\w+)\(', text, re.MULTILINE))
    public |= set(re.findall(r'^#define ([a-z_]+)\b', text, re.MULTILINE))
    if header.name == 'criterion.h':
        public |= CRITERIA
    manual = page.read_text()
    check_equal(set(re.findall(r'^\.Nm (\w+)', manual, re.MULTILINE)),
                public - INTERNAL or {page.stem}, f'{page.name}: its names')
    structs = set(re.findall(r'^struct (\w+) \{', text, re.MULTILINE)) - {'at_scope_guard'}
    check_equal(set(re.findall(r'^struct (\w+) \{', manual, re.MULTILINE)), structs,
                f'{page.name}: its structs')


def main():
    include = next(STAGE.glob('**/include')) / 'alloc_tracker'
    pages = {path.stem: path for path in STAGE.glob('**/man3/*.3')}
    headers = {f'at_{path.stem}': path for path in include.glob('*.h')
               if path.stem not in ('alloc_tracker', 'attributes', 'criterion')}
    headers |= {'alloc_tracker': include / 'alloc_tracker.h',
                'alloc_tracker_criterion': include / 'criterion.h'}
    check_equal(set(pages), set(headers), 'a page for each header')
    for name, page in pages.items():
        check_lint(page, pages)
        check_names(page, headers[name])
    harness.finish()


main()
