# SPDX-License-Identifier: MIT
"""The facts that several files state about a release agree: the version, the maintainer, and the
libraries that a build needs. Every file that an installation has belongs to one Debian package."""

import fnmatch
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

MAINTAINER = 'alloc_tracker maintainers <maintainers@alloc-tracker.invalid>'


def read(name):
    return (SOURCE / name).read_text()


def found(pattern, text, what):
    match = re.search(pattern, text, re.MULTILINE)
    check(match is not None, what, pattern)
    return match.group(1) if match else None


def changelog(field):
    return subprocess.run(['dpkg-parsechangelog', '-l', SOURCE / 'debian' / 'changelog', '-S', field],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def check_version():
    version = found(r"^    version: '(.*)',$", read('meson.build'), 'meson.build has a version')
    seen = {
        'debian/changelog': changelog('Version'),
        'CHANGELOG.md': found(r'^## (\S+)', read('CHANGELOG.md'), 'CHANGELOG.md has a version'),
        'alloc-tracker --version': harness.run([next(STAGE.glob('**/bin/alloc-tracker')),
                                                '--version']).stdout.split()[-1],
        **{path.name: found(r'^\.Os alloc_tracker (\S+)$', path.read_text(), f'{path.name}: .Os')
           for path in STAGE.glob('**/man/**/*.[13]')},
        **{path.name: found(r'^Version: (\S+)$', path.read_text(), f'{path.name}: Version')
           for path in STAGE.glob('**/pkgconfig/*.pc')},
        **{name: found(r'^directory = alloc_tracker-(\S+)$', read(name), f'{name}: directory')
           for name in ('docs/adopting.md', 'tests/consumers/alloc-tracker.wrap')},
    }
    check(len(seen) > 20, 'manual pages and pkg-config files were found', sorted(seen))
    for name, value in seen.items():
        check_equal(value, version, f'the version of {name}')


def check_maintainer():
    seen = found(r'^Maintainer: (.*)$', read('debian/control'), 'debian/control has a maintainer')
    check_equal([seen, changelog('Maintainer')], [MAINTAINER] * 2, 'the maintainer')


def check_packages():
    """Installed files by package. debian/rules installs below /usr, with a directory for the machine."""
    patterns = {path.stem: path.read_text().split()
                for path in (SOURCE / 'debian').glob('*.install')}
    check_equal(sorted(patterns), ['alloc-tracker', 'liballoc-tracker-dev'], 'the packages')
    for path in STAGE.rglob('*'):
        if path.is_dir():
            continue
        name = re.sub(r'^usr/(local/)?', 'usr/', str(path.relative_to(STAGE)))
        name = re.sub(r'^usr/lib/', 'usr/lib/x86_64-linux-gnu/', name)
        owners = [package for package, globs in patterns.items()
                  if any(fnmatch.fnmatch(name, each) or fnmatch.fnmatch(name, f'{each}/*')
                         for each in globs)]
        check(len(owners) == 1, f'{name} is in one package', owners)


def main():
    check_version()
    check_maintainer()
    check_packages()
    check_equal([name for name in ('meson.build', 'src/meson.build', 'debian/control')
                 if 'jansson' in read(name)], [], 'the core needs no other library')
    harness.finish()


main()
