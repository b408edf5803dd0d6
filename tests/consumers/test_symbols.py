# SPDX-License-Identifier: MIT
"""tests/expected/symbols.txt lists every name that an installed archive or the preload object exports.
Internal names are hidden and have a prefix. The only names of Criterion are those that the plugin
replaces on purpose."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

CRITERION = pathlib.Path('/usr/include/criterion')
REPLACED = {'cri_assert_node_send', 'criterion_abort_test', 'criterion_add_output', 'criterion_initialize', 'criterion_run_all_tests',
             'criterion_internal_test_main', 'criterion_internal_test_setup',
             'criterion_internal_test_teardown', 'criterion_register_output_provider',
             'criterion_send_assert',
             'criterion_initialize', 'criterion_run_all_tests'}  # these two only in the preload object
LIBC = {'malloc', 'calloc', 'realloc', 'free'}  # in comments of Criterion's headers
PREFIXES = ('at_', 'cri_alloc_', 'criterion_alloc_', 'DW.ref.')  # DW.ref. comes from the compiler
ARCHIVES = ['liballoc_tracker.a', 'liballoc_tracker_criterion.a',
            'liballoc_tracker_static.a']
PRELOADED = 'liballoc_tracker_preload.so'


def symbols(path, *options):
    """Return the global names that a file exports, and those that it hides."""
    done = harness.run(['readelf', '--wide', *options, path])
    exported, hidden = set(), set()
    for line in done.stdout.splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[4] not in ('GLOBAL', 'WEAK') or fields[6] == 'UND':
            continue
        name = fields[7].split('@')[0]
        (exported if fields[5] == 'DEFAULT' else hidden).add(name)
    return exported, hidden


def declared_names():
    """Return every word of Criterion's headers."""
    text = ''.join(path.read_text() for path in CRITERION.glob('**/*.h'))
    return set(re.findall(r'\b[A-Za-z_]\w*\b', text))


def public_macros():
    """Return the macros that the public headers define."""
    text = ''.join(path.read_text() for path in STAGE.glob('**/include/alloc_tracker/*.h'))
    return set(re.findall(r'^\s*#\s*define\s+(\w+)', text, re.MULTILINE))


def main():
    listing, every = '', set()
    criterions = declared_names()
    check('criterion_initialize' in criterions, f'{CRITERION} has Criterion\'s headers')
    for name in ARCHIVES + [PRELOADED]:
        options = ['--dyn-syms'] if name.endswith('.so') else ['--symbols']
        exported, hidden = symbols(next(STAGE.glob(f'**/{name}')), *options)
        check(exported, f'{name} has symbols')
        listing += f'# {name}\n' + ''.join(f'{symbol}\n' for symbol in sorted(exported)) + '\n'
        check_equal(sorted(symbol for symbol in hidden if not symbol.startswith(PREFIXES)), [],
                    f'{name}: internal names have a prefix')
        every |= exported | hidden
    harness.check_output(listing, 'symbols.txt', 'exported symbols')
    check_equal((every & criterions) - LIBC, REPLACED, 'names of Criterion that the library defines')
    macros = public_macros()
    check('cr_assert_no_alloc' in macros, 'the public headers define macros')
    check_equal(macros & criterions, set(), 'macros of Criterion that the public headers define')
    declared = set()
    for header in (SOURCE / 'include' / 'alloc_tracker').glob('*.h'):
        declared |= set(re.findall(r'AT_API[^;]*?\b\*?(at_\w+)\(', header.read_text()))
    check(declared, 'the headers declare functions')
    check_equal(declared - every, set(), 'a library defines every function that a header declares')
    check_equal({name for name in listing.split() if name.startswith('at_')} - declared, set(),
                'a header declares every exported function')
    harness.finish()


main()
