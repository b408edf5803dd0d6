# SPDX-License-Identifier: MIT
"""The HTML page in a browser sorts, filters, opens a test, draws the flame graph and zooms it. It fits a
phone, loads nothing, and shows every name as text."""

import html
import json
import pathlib
import re
import subprocess
import tempfile

import made
from harness import check, check_equal, finish
from made import results, site, test, tool

EVIL = '</script><img src=x onerror=document.title="evil"><b>&amp;"\''
BASE = results(test('a::small', site('malloc', 1, 8, ('f', 'src/a.c', 3), ('main', 'src/m.c', 1))),
               test('b::big', site('malloc', 5, 500, ('g', 'src/b.c', 4), ('main', 'src/m.c', 1))),
               test('removed::removed'))
HEAD = results(test('a::small', site('malloc', 3, 24, ('f', 'src/a.c', 9), ('main', 'src/m.c', 1)),
                    site('strdup', 1, 6, ('fresh', 'src/a.c', 12), ('main', 'src/m.c', 1))),
               BASE['tests'][1], test('c::quiet'), test(EVIL, site(EVIL, 1, 1, (EVIL, EVIL, 2))),
               test('d::dead', status='crashed', signal=11, usage=made.usage(2, 20), sites=None))

# This script runs in the page, after its own script, and collects the facts that are checked.
PROBE = '''
<script>
const seen = {};
const ids = () => [...document.querySelectorAll('td.id')].map(one => one.textContent);
const press = name => [...document.querySelectorAll('#head button')]
  .find(one => one.textContent === name).click();
const choose = (id, text) => {
  by(id).selectedIndex = [...by(id).options].findIndex(one => one.textContent === text);
  by(id).dispatchEvent(new Event('change'));
};
const type = text => { by('filter').value = text; by('filter').dispatchEvent(new Event('input')); };
const frames = () => [...document.querySelectorAll('.frame')].map(one => one.textContent);
seen.first = ids();
seen.kinds = [...by('kind').options].map(one => one.textContent);
choose('kind', 'all');
seen.all = ids();
press('bytes');
seen.byBytes = ids();
press('bytes');
seen.byBytesUp = ids();
seen.sorted = document.querySelector('[aria-sort=ascending]').textContent;
type('SRC/B.C');
seen.byFile = ids();
type('nothing like it');
seen.none = [ids(), by('none').hidden];
type('a::small');
seen.row = [...document.querySelectorAll('#rows tr td')].map(one => one.textContent);
document.querySelector('td.id button').click();
seen.detail = document.querySelector('tr.detail').textContent;
seen.flameOfTest = frames();
document.querySelector('td.id button').click();
seen.closed = document.querySelectorAll('tr.detail').length;
by('whole').click();
seen.flame = frames();
[...document.querySelectorAll('.frame')].find(one => one.textContent === 'b::big').click();
seen.zoomed = [frames(), by('hint').textContent];
document.querySelector('.frame').click();
seen.back = frames().length;
choose('weight', 'allocations');
seen.widths = [...document.querySelectorAll('.frame')].filter(one => one.textContent.includes('::'))
  .map(one => one.textContent + ' ' + one.style.width);
type('');
for (const button of document.querySelectorAll('td.id button')) button.click();
seen.images = document.images.length;
seen.bold = document.querySelectorAll('b').length;
seen.title = document.title;
seen.wide = document.documentElement.scrollWidth > innerWidth;
seen.loaded = performance.getEntriesByType('resource').length;
seen.summary = by('summary').textContent;
document.body.replaceChildren(make('pre', '', JSON.stringify(seen)));
</script>
'''
BROWSER = ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
           '--no-first-run', '--disable-background-networking', '--disable-component-update',
           '--disable-sync', '--dump-dom']


def browse(page, directory, size):
    done = subprocess.run([*BROWSER, f'--user-data-dir={directory}/profile-{size}',
                           f'--window-size={size}', page.as_uri()], capture_output=True, text=True,
                          timeout=300)
    found = re.search(r'<pre>(.*)</pre>', done.stdout, re.DOTALL)
    check(found, f'{size}: the page runs', done.stdout[-2000:] + done.stderr[-2000:])
    return json.loads(html.unescape(found.group(1))) if found else None


def check_page(seen):
    check_equal(seen['first'], [EVIL, 'a::small', 'c::quiet', 'd::dead', 'removed::removed'],
                'a run that is not within opens with what changed')
    check_equal(seen['kinds'], ['all', 'allocating', 'leaking', 'not passed', 'failing the gate',
                                'changed'], 'the filters')
    check_equal(seen['all'], [EVIL, 'a::small', 'b::big', 'c::quiet', 'd::dead', 'removed::removed'], 'all')
    check_equal(seen['byBytes'], ['b::big', 'a::small', 'd::dead', EVIL, 'c::quiet', 'removed::removed'],
                'sorted by bytes, largest first')
    check_equal(seen['byBytesUp'], seen['byBytes'][::-1], 'the opposite order')
    check_equal(seen['sorted'], 'bytes', 'aria-sort of the column')
    check_equal(seen['byFile'], ['b::big'], 'filtered by a file of a site')
    check_equal(seen['none'], [[], False], 'no test matches, and the page shows a note')
    check_equal(seen['row'], ['a::small', '4+3', '30+22', '30+22', '4', '0', 'passed above'],
                'metrics with their changes')
    for part in ('4 allocs, baseline 1 (+3)', '+2 allocs src/a.c:9, +16 bytes, malloc in f',
                 '+1 allocs src/a.c:12 (new), +6 bytes, strdup in fresh', '3 × malloc, 24 bytes',
                 'main  src/m.c:1'):
        check(part in seen['detail'], f'the opened test shows {part}', seen['detail'])
    check_equal(seen['closed'], 0, 'and closes')
    check_equal(seen['flameOfTest'], ['all', 'a::small', 'main', 'f', 'malloc', 'fresh', 'strdup'],
                'its flame graph')
    check_equal(seen['flame'], ['all', 'b::big', 'main', 'g', 'malloc', 'a::small', 'main', 'f',
                                'malloc', 'fresh', 'strdup'],
                'the flame graph of the run, widest first, what is too small left out')
    check_equal(seen['zoomed'], [['b::big', 'main', 'g', 'malloc'],
                                 'b::big: 5 allocations, 500 bytes'], 'zoomed')
    check_equal(seen['back'], len(seen['flame']), 'and back')
    check_equal(seen['widths'], ['b::big 50%', 'a::small 40%'], 'by allocations')
    check_equal((seen['images'], seen['bold'], seen['title']), (0, 0, 'Allocations'),
                'names are text')
    check_equal(seen['loaded'], 0, 'nothing is loaded')
    check_equal(seen['summary'], '5 tests, 12 allocations, 551 bytes. Not within the baseline:'
                ' 1 within, 1 removed, 2 new, 1 above, 1 unreliable.', 'the summary')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        base, head = directory / 'base', made.write(directory / 'head.json', HEAD)
        tool('update', '--baseline', base, made.write(directory / 'base.json', BASE))
        page = directory / 'page.html'
        done = tool('show', '--format', 'html', '--baseline', base, '-o', page, head)
        made.check_run('show --format html', done, 0, '', '')
        text = page.read_text()
        check(not re.search(r'(src|href)\s*=\s*["\']?\s*(https?:)?//', text), 'no address in it')
        check_equal(text.count('</script>'), 4, 'no name ends the script')
        page.write_text(text.replace('</body>', PROBE + '</body>'))
        for size in ('1280,900', '390,844'):
            seen = browse(page, directory, size)
            if seen:
                check_equal(seen['wide'], False, f'{size}: nothing is cut off')
                check_page(seen)
        plain = tool('show', '--format', 'html', head)
        page.write_text(plain.stdout.replace('</body>', PROBE + '</body>'))
        seen = browse(page, directory, '800,600')
        check_equal(seen and seen['kinds'], ['all', 'allocating', 'leaking', 'not passed'],
                    'without a baseline')
    finish()


main()
