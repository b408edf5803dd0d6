# SPDX-License-Identifier: MIT
"""Builds a user's project in C and C++ with each build system, against an installation, against an
installation that was moved, and, with Meson, against a subproject from a release archive. Each suite
fails at the line that allocates, and the build system's test target fails too."""

import hashlib
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import BUILD, SOURCE, STAGE, check, check_equal

HERE = SOURCE / 'tests' / 'consumers'
PROJECT = HERE / 'project'


def find_line(file, text):
    """Return the file name and the number of the only line with this text."""
    lines = (PROJECT / file).read_text().splitlines()
    [line] = [number for number, content in enumerate(lines, 1) if text in content]
    return file, line


GROWS = find_line('queue.c', '= realloc(')
LONG_NAME = find_line('test_names.cpp', 'longer than fifteen bytes')

# {program: (environment, {test: the line at which it fails, or None})}
STRICT = {'ALLOC_TRACKER_BUDGET': 'allocs<=0'}
SUITES = {
    'test_queue': ({}, {'queue::pushes': None, 'queue::grows': GROWS}),
    'test_names': ({}, {'names::fits': None, 'names::long_name': LONG_NAME,
                        'names::grows': GROWS}),
    'stock_queue': (STRICT, {'stock::stays': None, 'stock::grows': GROWS}),
}

# {name: (command to configure, directory of the build files, command to build, command to test, directory of
# the programs)}
MESON = ('meson', ['ninja', '-C', 'build'],
         ['meson', 'test', '-C', 'build', '--print-errorlogs'], 'build')
CMAKE = ('cmake', ['cmake', '--build', 'build'],
         ['ctest', '--test-dir', 'build', '--output-on-failure'], 'build')
AUTORECONF = ['sh', '-c', 'autoreconf --install && ./configure CFLAGS=-g CXXFLAGS=-g "$@"', 'sh']
AUTOTOOLS = ('autotools', ['make', 'check', 'TESTS='], ['make', 'check', 'VERBOSE=1'], '.')
BUILDS = {
    'meson, static': (['meson', 'setup', 'build', '-Ddefault_library=static'], *MESON),
    'meson, shared': (['meson', 'setup', 'build', '-Ddefault_library=shared'], *MESON),
    'cmake, static': (['cmake', '-B', 'build', '-DCMAKE_BUILD_TYPE=Debug'], *CMAKE),
    'cmake, shared': (['cmake', '-B', 'build', '-DCMAKE_BUILD_TYPE=Debug',
                       '-DBUILD_SHARED_LIBS=ON'], *CMAKE),
    'make, static': (['true'], 'make', ['make'], ['make', 'check'], '.'),
    'make, shared': (['true'], 'make', ['make', 'SHARED=1'], ['make', 'SHARED=1', 'check'], '.'),
    'make, clang': (['true'], 'make', ['make', 'CC=clang', 'CXX=clang++'], ['make', 'check'], '.'),
    'autotools, static': ([*AUTORECONF, '--disable-shared'], *AUTOTOOLS),
    'autotools, shared': ([*AUTORECONF, '--disable-static'], *AUTOTOOLS),
}


def make_project(directory, kind):
    """Copy the project with the files of one build system."""
    shutil.copytree(PROJECT, directory)
    shutil.copytree(HERE / kind, directory, dirs_exist_ok=True)
    return directory


def check_step(label, command, directory, **env):
    done = harness.run(command, cwd=directory, timeout=600, **env)
    output = done.stdout + done.stderr
    if done.returncode != 0:
        print(output[-3000:])
        raise SystemExit(f'FAILED: {label}: {command}')
    check('warning:' not in output, f'{label}: no warning', output)


def check_suite(label, program):
    env, expected = SUITES[program.name]
    result = harness.Run(program, **env)
    seen = {}
    for name, test in result.tests.items():
        places = [(pathlib.Path(file).name, line) for file, line, _ in test.messages]
        check_equal(test.status, 'FAILED' if places else 'PASSED', f'{label}: {name}')
        seen[name] = places
    check_equal(seen, {name: [place] if place else [] for name, place in expected.items()},
                f'{label}: {program.name} fails at the expected lines')


def check_build(label, directory, env):
    configure, kind, build, test, programs = BUILDS[label]
    project = make_project(directory, kind)
    check_step(label, configure, project, **env)
    check_step(label, build, project, **env)
    for name in SUITES:
        check_suite(label, project / programs / name)
    done = harness.run(test, cwd=project, timeout=600, **env)
    check(done.returncode != 0, f'{label}: {test} fails')
    file, line = GROWS
    check(f'{file}:{line}: Assertion Failed' in done.stdout + done.stderr,
          f'{label}: {test} prints the line', done.stdout + done.stderr)


def check_moved(directory):
    """Check that an installation can be moved: no file contains its path."""
    prefix = directory / 'moved'
    shutil.copytree(next(STAGE.glob('**/include')).parent, prefix)
    env = {'PKG_CONFIG_PATH': str(next(prefix.glob('**/alloc-tracker.pc')).parent)}
    for package in ('alloc-tracker', 'alloc-tracker-criterion'):
        done = harness.run(['pkg-config', '--variable=prefix', package], **env)
        check_equal(pathlib.Path(done.stdout.strip()).resolve(), prefix.resolve(),
                    f'moved: the prefix of {package}')
    check_build('make, static', directory / 'of_moved', env)


def make_release(directory):
    """Return the archive that `meson dist` makes of the last commit."""
    clone = directory / 'clone'
    check_step('release', ['git', 'clone', '-q', SOURCE, clone], directory)
    check_step('release', ['meson', 'setup', 'build', '-Dtests=disabled', '-Dexamples=disabled'],
               clone)
    check_step('release', ['meson', 'dist', '-C', 'build', '--no-tests'], clone)
    return next((clone / 'build' / 'meson-dist').glob('*.tar.xz'))


def write_wrap(project, release):
    """Return the wrap file of docs/adopting.md, for an archive in subprojects/packagefiles."""
    files = project / 'subprojects' / 'packagefiles'
    files.mkdir(parents=True)
    shutil.copy(release, files)
    wrap = (HERE / 'alloc-tracker.wrap').read_text()
    check('HASH' in wrap, 'the wrap file contains HASH')
    wrap = wrap.replace('HASH', hashlib.sha256(release.read_bytes()).hexdigest())
    (project / 'subprojects' / 'alloc-tracker.wrap').write_text(wrap)


def check_subproject(directory, release, *options):
    label = f'subproject {options}'
    project = make_project(directory / f'subproject{len(options)}', 'meson')
    write_wrap(project, release)
    check_step(label, ['meson', 'setup', 'build', '--wrap-mode=forcefallback', *options], project,
               PKG_CONFIG_PATH='')
    check_step(label, ['ninja', '-C', 'build'], project)
    for name in SUITES:
        check_suite(label, project / 'build' / name)


def check_uninstall(directory):
    """Check that `ninja uninstall` removes everything."""
    target = directory / 'installed'
    check_step('install', ['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir',
                           target], directory)
    check((next(target.glob('**/alloc-tracker.pc'))).exists(), 'install: there is something')
    check_step('uninstall', ['ninja', '-C', BUILD, 'uninstall'], directory)
    check_equal([str(path) for path in target.glob('**/*') if not path.is_dir()], [],
                'uninstall: no file remains')


def check_preload():
    """Check that the shared object measures a program that is not linked with the library."""
    library = next(STAGE.glob('**/liballoc_tracker_preload.so'))
    done = harness.run([sys.executable, '-c', 'import ctypes; '
                        'f = ctypes.CDLL(None).at_is_observable; f.restype = ctypes.c_bool; '
                        'print(f(None))'], LD_PRELOAD=str(library))
    check_equal(done.stdout, 'True\n', 'preload: allocations of python3 are counted')


def check_orders(directory):
    """Check that pkg-config accepts the packages in both orders."""
    for packages in (['criterion', 'alloc-tracker-criterion'],
                     ['alloc-tracker-criterion', 'criterion']):
        sources = [PROJECT / 'stock_queue.c', PROJECT / 'queue.c']
        program = harness.compile_suite(directory, sources, 'cc', ['-g'], packages=packages)
        check_suite(f'{packages}', program)


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        only = sys.argv[1:]
        for label in only or BUILDS:
            check_build(label, directory / label.replace(', ', '_'), {})
        if not only:
            check_orders(directory)
            check_moved(directory)
            release = make_release(directory)
            check_subproject(directory, release)
            check_subproject(directory, release, '-Db_sanitize=address,undefined')
            check_uninstall(directory)
            check_preload()
    harness.finish()


main()
