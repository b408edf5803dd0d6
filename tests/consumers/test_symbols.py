# SPDX-License-Identifier: MIT
"""Every name that an installed archive or the preloaded object puts in front of others is one that
tests/expected/symbols.txt lists, what is internal is hidden and prefixed, and no name is one of
Criterion's but those that the plugin stands in for on purpose."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

CRITERION = pathlib.Path('/usr/include/criterion')
STANDS_IN = {'cri_assert_node_send', 'criterion_abort_test', 'criterion_add_output', 'criterion_initialize', 'criterion_run_all_tests',
             'criterion_internal_test_main', 'criterion_internal_test_setup',
             'criterion_internal_test_teardown', 'criterion_register_output_provider',
             'criterion_send_assert',
             'criterion_initialize', 'criterion_run_all_tests'}  # these two: preloaded only
LIBC = {'malloc', 'calloc', 'realloc', 'free'}  # words of Criterion's headers, but not its names
PREFIXES = ('at_', 'cri_alloc_', 'criterion_alloc_', 'DW.ref.')  # the last are the compiler's own
ARCHIVES = ['liballoc_tracker.a', 'liballoc_tracker_criterion.a', 'liballoc_tracker_json.a',
            'liballoc_tracker_static.a']
PRELOADED = 'liballoc_tracker_preload.so'


def symbols(path, *options):
    """The global names that a file defines, and those of them that it hides."""
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
    """Every word of Criterion's headers."""
    text = ''.join(path.read_text() for path in CRITERION.glob('**/*.h'))
    return set(re.findall(r'\b[A-Za-z_]\w*\b', text))


def public_macros():
    """What our headers define, as the compiler has it."""
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
                    f'{name}: what is internal is prefixed')
        every |= exported | hidden
    harness.check_output(listing, 'symbols.txt', 'exported symbols')
    check_equal((every & criterions) - LIBC, STANDS_IN, 'names of Criterion\'s')
    macros = public_macros()
    check('cr_assert_no_alloc' in macros, 'our headers define macros')
    check_equal(macros & criterions, set(), 'macros of Criterion\'s')
    declared = set()
    for header in (SOURCE / 'include' / 'alloc_tracker').glob('*.h'):
        declared |= set(re.findall(r'AT_API[^;]*?\b\*?(at_\w+)\(', header.read_text()))
    check(declared, 'the headers declare functions')
    check_equal(declared - every, set(), 'every function that a header declares is there')
    check_equal({name for name in listing.split() if name.startswith('at_')} - declared, set(),
                'every function that is exported stands in a header')
    harness.finish()


main()
