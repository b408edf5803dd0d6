# SPDX-License-Identifier: MIT
"""Results files like those that the plugin writes, and functions that run the command on them."""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness

TOOL = harness.STAGE.joinpath('bin', 'alloc-tracker')
if not TOOL.exists():
    TOOL = next(harness.STAGE.glob('**/bin/alloc-tracker'))

GCC = {'arch': 'x86_64', 'libc': 'glibc 2.36', 'compiler': 'gcc 12.2.0', 'optimization': 'none',
       'sanitizer': 'none', 'library': '0.1.0'}
CLANG = {**GCC, 'compiler': 'clang 14.0.6'}


def usage(allocs=0, size=0, **metrics):
    """Return the usage of blocks that were all released; `metrics` replace its members."""
    made = {'allocs': allocs, 'reallocs': 0, 'frees': allocs, 'bytes': size, 'peak': size,
            'live': 0, 'leaks': 0, 'leaked_bytes': 0, 'failed': 0, 'permitted': 0, 'unknown': 0}
    return {**made, **metrics}


def site(call, count, size, *stack, **members):
    """Return a call site. Its stack is (function, file, line) or (function, file, line, source) of
    each frame, innermost first; `members` replace or add its members: peak_bytes=24."""
    return call, count, size, stack, members


def test(name, *sites, **members):
    """Return a test with the sums of its call sites; `members` replace or add its members:
    program='ring_test'."""
    frames, rows = [], []
    for call, count, size, stack, others in sites:
        numbers = []
        for values in stack:
            frame = dict(zip(('function', 'file', 'line', 'source'), values))
            if frame not in frames:
                frames.append(frame)
            numbers.append(frames.index(frame))
        rows.append({'function': call, 'stack': numbers, 'count': count, 'bytes': size,
                     'leaks': 0, 'leaked_bytes': 0, **others})
    total = usage(sum(row['count'] for row in rows), sum(row['bytes'] for row in rows))
    made = {'id': name, 'status': 'passed', 'usage': total, 'budget': [], 'verdict': 'none',
            'frames': frames, 'sites': rows, 'dropped': 0}
    return {**made, **members}


def results(*tests, environment=GCC):
    return {'schema': 'alloc-tracker-results/1', 'environment': environment, 'tests': list(tests)}


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def tool(*arguments, **options):
    """Run the command. `env` is added to the environment."""
    env = harness.environment(**options.pop('env', {}))
    return subprocess.run([str(TOOL), *map(str, arguments)], env=env, text=True, errors='replace',
                          stdin=options.pop('stdin', subprocess.DEVNULL),
                          stdout=options.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE,
                          timeout=120, **options)


def check_run(what, done, status, stdout=None, stderr=None):
    """Check the exit status, and the outputs that are given, each as a whole."""
    harness.check_equal(done.returncode, status, f'{what}: exit status')
    if stdout is not None:
        harness.check_equal(done.stdout, stdout, f'{what}: standard output')
    if stderr is not None:
        harness.check_equal(done.stderr, stderr, f'{what}: standard error')
