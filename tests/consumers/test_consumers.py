# SPDX-License-Identifier: MIT
"""A stranger's project: cc with pkg-config in either order of the packages, and Meson with the
library as a subproject; each test fails at the right line. Public symbols are the ones we mean."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

SUITE = '''#include <stdlib.h>
#include <criterion/criterion.h>
#include <alloc_tracker/criterion.h>

static void *volatile sink;

Test(consumer, fails)
{
    cr_assert_no_alloc(sink = malloc(40)); /* line 9 */
}

Test(consumer, passes)
{
    cr_assert_no_alloc((void) sink);
}
'''
# A suite that knows nothing of us: linked, it is measured under a global budget.
STOCK = SUITE.replace('#include <alloc_tracker/criterion.h>\n', '\n').replace(
    'cr_assert_no_alloc(sink = malloc(40))', 'sink = malloc(40)').replace(
    'cr_assert_no_alloc((void) sink)', '(void) sink')
MESON = '''project('consumer', 'c')
test_suite = executable('suite', 'suite.c',
    dependencies: [dependency('alloc-tracker-criterion'), dependency('criterion')])
'''
WRAP = '''[wrap-file]
directory = alloc_tracker

[provide]
dependency_names = alloc-tracker, alloc-tracker-criterion
'''


def check_run(label, program, **env):
    result = harness.Run(program, **env)
    check_equal({name: test.status for name, test in result.tests.items()},
                {'consumer::fails': 'FAILED', 'consumer::passes': 'PASSED'}, f'{label}: verdicts')
    places = [(pathlib.Path(m[0]).name, m[1]) for m in result.tests['consumer::fails'].messages]
    check_equal(places, [('suite.c', 9)], f'{label}: the line')


def check_pkg_config(directory):
    for code, env in ((SUITE, {}), (STOCK, {'ALLOC_TRACKER_BUDGET': 'allocs<=0'})):
        (directory / 'suite.c').write_text(code)
        for compiler in ('gcc', 'clang'):
            for packages in (['criterion', 'alloc-tracker-criterion'],
                             ['alloc-tracker-criterion', 'criterion'], ['alloc-tracker-criterion']):
                program = harness.compile_suite(directory, [directory / 'suite.c'], compiler,
                                                ['-g'], packages=packages)
                check_run(f'{compiler} {packages} {env}', program, **env)


def check_subproject(directory, *options):
    label = f'subproject {options}'
    project = directory / f'project{len(options)}'
    (project / 'subprojects').mkdir(parents=True)
    (project / 'subprojects' / 'alloc_tracker').symlink_to(SOURCE)
    (project / 'subprojects' / 'alloc_tracker.wrap').write_text(WRAP)
    (project / 'meson.build').write_text(MESON)
    (project / 'suite.c').write_text(SUITE)
    build = project / 'build'
    done = harness.run(['meson', 'setup', build, project, '--buildtype=debug', *options],
                       PKG_CONFIG_PATH='')
    check_equal(done.returncode, 0, f'{label}: configures {done.stdout[-1500:]}')
    done = harness.run(['ninja', '-C', build], timeout=300)
    check_equal(done.returncode, 0, f'{label}: builds {done.stdout[-1500:]}')
    check('warning' not in done.stdout, f'{label}: no warning', done.stdout)
    check_run(label, build / 'suite')


def check_symbols():
    """No internal name is exported by the preloaded object, and none is unprefixed."""
    library = next(STAGE.glob('**/liballoc_tracker_preload.so'))
    done = harness.run(['nm', '-D', '--defined-only', library])
    names = {line.split()[-1].split('@')[0] for line in done.stdout.splitlines()}
    family = {'malloc', 'calloc', 'realloc', 'reallocarray', 'free', 'aligned_alloc', 'memalign',
              'posix_memalign', 'valloc', 'pvalloc', 'longjmp', '_longjmp', 'siglongjmp',
              '__longjmp_chk', 'pthread_exit'}
    processes = {'_Exit', '_exit', 'daemon', 'execl', 'execle', 'execlp', 'execv', 'execve',
                 'execveat', 'execvp', 'execvpe', 'fexecve', 'fork', 'posix_spawn', 'posix_spawnp',
                 'quick_exit'}
    criterion = {'cri_assert_node_send', 'criterion_abort_test', 'criterion_add_output',
                 'criterion_initialize', 'criterion_internal_test_main',
                 'criterion_internal_test_setup', 'criterion_internal_test_teardown',
                 'criterion_run_all_tests', 'criterion_send_assert'}
    public = set()
    for header in (SOURCE / 'include' / 'alloc_tracker').glob('*.h'):
        public |= set(re.findall(r'AT_API[^;]*?\b(at_\w+)\(', header.read_text()))
    operators = {name for name in names if re.match(r'_Zn[wa]m|_Zd[la]Pv', name)}
    check_equal(len(operators), 20, 'twenty operators new and delete')
    reports = {'at_report_write_dir', 'at_report_read_dir'}  # in an archive of their own: jansson
    check_equal(sorted(names - operators),
                sorted((family | processes | criterion | public) - reports), 'exported symbols')


def check_preload():
    """The shared object measures a program that was never linked with us."""
    library = next(STAGE.glob('**/liballoc_tracker_preload.so'))
    done = harness.run([sys.executable, '-c', 'import ctypes; '
                        'f = ctypes.CDLL(None).at_is_tracking; f.restype = ctypes.c_bool; '
                        'print(f(None))'], LD_PRELOAD=str(library))
    check_equal(done.stdout, 'True\n', 'preload: allocations of python3 arrive')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        check_pkg_config(directory)
        check_subproject(directory)
        check_subproject(directory, '-Db_sanitize=address,undefined')
        check_symbols()
        check_preload()
    harness.finish()


main()
