# SPDX-License-Identifier: MIT
"""Test README.md and the other documents. The example fails with the output that README.md shows. Every
C snippet compiles and runs. Every script, file and test that a document names exists."""

import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

REFERENCE = sorted((SOURCE / 'docs' / 'reference').glob('*.md'))
FOLDERS = ['bench', 'completion', 'criterion-plugin', 'docs', 'examples', 'include', 'scripts', 'src',
           'tests']
DOCUMENTS = sorted(str(page.relative_to(SOURCE)) for page in
                   [*SOURCE.glob('*.md'), *SOURCE.glob('docs/**/*.md')])


def blocks(text, language):
    return re.findall(rf'^```{language}\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def check_example(text, directory):
    """Build the first snippet with the next command: the suite prints the next block of output."""
    (directory / 'suite.c').write_text(blocks(text, 'c')[0])
    command = next(block for block in blocks(text, 'sh') if 'suite.c' in block)
    done = harness.run(['sh', '-c', f'cd {directory} && {command}'])
    without_time = re.compile(r'\(\d+\.\d+s\)')
    check_equal(without_time.sub('(0s)', done.stdout + done.stderr),
                without_time.sub('(0s)', blocks(text, 'text')[0]), 'README: the example\'s output')
    check_equal(done.returncode, 1, 'README: the example fails')


def check_snippet(name, code, directory):
    source = directory / 'snippet.c'
    source.write_text(code)
    suite = '<alloc_tracker/criterion.h>' in code
    packages = ['alloc-tracker-criterion', 'criterion'] if suite else ['alloc-tracker']
    program = harness.compile_suite(directory, [source], 'cc', ['-g', '-Wall', '-Wextra'],
                                    packages=packages)
    done = harness.run([program])
    check_equal(done.returncode, 0, f'{name} runs: {code.splitlines()[-3]}')


def check_proofs(page, least):
    """The last cell of each row of the page's tables names an existing test."""
    rows = [line for line in (SOURCE / 'docs' / page).read_text().splitlines()
            if line.startswith('| ') and not line.endswith((' proved by |', ' repeated by |'))]
    check(len(rows) > least, f'docs/{page} has its rows')
    for row in rows:
        proof = row.rsplit('|', 2)[1].strip()
        for file, names in re.findall(r'`([\w/.]+)`(?:: ([\w, ]+))?', proof):
            path = SOURCE / file if '/' in file else SOURCE / 'tests' / 'unit' / f'test_{file}.c'
            check(path.exists(), f'docs/{page}: {path}')
            texts = [part.read_text() for part in [path, *parts_of(path)] if part.exists()]
            for name in filter(None, (part.strip() for part in names.split(','))):
                check(any(name in text for text in texts), f'docs/{page}: {file}: {name}')
        check('`' in proof, f'docs/{page}: a test for {row}')


def parts_of(path):
    """Return the files that belong to a test: suites that it builds, changes that it makes."""
    return [*path.parent.glob('changes.h'), *path.parent.glob('reports/suite.c*')]


def anchors(path):
    """Return the anchors of a page's headings."""
    headings = re.findall(r'^#+ (.*)', path.read_text(), re.MULTILINE)
    return {re.sub(r'[^a-z0-9 _-]', '', heading.lower()).replace(' ', '-') for heading in headings}


def check_links(name):
    """Each link of a page, and each file that the page names, exists."""
    text = (SOURCE / name).read_text()
    for file, anchor in re.findall(r'\]\((?!https?:)([^)#]*)#?([^)]*)\)', text):
        path = (SOURCE / name).parent / file if file else SOURCE / name
        check(path.exists(), f'{name} links to {file}')
        check(not anchor or anchor in anchors(path), f'{name} links to {file}#{anchor}')
    for path in re.findall(rf'`(?:\./)?((?:{"|".join(FOLDERS)})/[^` ]*)`', text):
        check((SOURCE / path).exists(), f'{name} names {path}')


def check_pages():
    """Each header has a page, and docs/README.md lists each page."""
    check_equal({page.stem for page in REFERENCE},
                {header.stem for header in (SOURCE / 'include' / 'alloc_tracker').glob('*.h')}
                - {'alloc_tracker', 'attributes'}, 'a page for each header')
    index = (SOURCE / 'docs' / 'README.md').read_text()
    for page in [*REFERENCE, *(SOURCE / 'docs').glob('*.md')]:
        name = str(page.relative_to(SOURCE / 'docs'))
        check(f']({name}' in index or name == 'README.md', f'docs/README.md lists {name}')


def main():
    readme = (SOURCE / 'README.md').read_text()
    check(len(readme.splitlines()) <= 150, 'README has at most 150 lines')
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        check_example(readme, directory)
        for code in blocks(readme, 'c')[1:]:
            check_snippet('README', code, directory)
        for page in [*REFERENCE, SOURCE / 'docs' / 'assertions.md', SOURCE / 'docs' / 'faq.md']:
            for code in blocks(page.read_text(), 'c'):
                check_snippet(page.name, code, directory)
    check_pages()
    check_proofs('crate.md', 35)
    check_proofs('field-reports.md', 23 + 28)
    for name in DOCUMENTS:
        check_links(name)
    for script in re.findall(r'^\./(scripts/\S+)', readme, re.MULTILINE):
        check(shutil.which(str(SOURCE / script)) is not None, f'{script} can be run')
    harness.finish()


main()
