# SPDX-License-Identifier: MIT
"""The HTML page in a browser: a test opens its call sites with file, line and source text; the table, the
lists and the flame graph follow the metric; a link leads to a test and a metric; the keyboard alone is
enough. The page fits a phone, loads nothing, and shows every name as text."""

import pathlib
import re
import tempfile

import made
from browser import Browser
from harness import check, check_equal, finish
from made import results, site, test, tool

EVIL = '</script><img src=x onerror=document.title="evil"><b>&amp;"\''
LINK = 'ünï cöde::a b&c=d+e%20#f'
MAIN = ('main', 'src/m.c', 1, 'return run_all(argc, argv);')
F = ('f', 'src/a.c', 9, 'char *p = malloc(n);')


def part(call, count, size, *stack, sizes=None, peak=(0, 0), leaks=(0, 0)):
    low, high = sizes or (size // count, size // count)
    return site(call, count, size, *stack, min_bytes=low, max_bytes=high, peak_count=peak[0],
                peak_bytes=peak[1], leaks=leaks[0], leaked_bytes=leaks[1])


BASE = results(test('a::small', part('malloc', 1, 8, F, MAIN)),
               test('b::big', part('malloc', 5, 500, ('g', 'src/b.c', 4), MAIN),
                    usage=made.usage(5, 500, peak=300)),
               test('removed::removed'))
SMALL = test('a::small', part('malloc', 3, 24, F, MAIN, peak=(1, 8)),
             part('strdup', 1, 600, ('fresh', 'src/a.c', 12, f'strdup("{EVIL}");'), MAIN, peak=(1, 600),
                  leaks=(1, 600)),
             file='tests/a.c', line=2, usage=made.usage(4, 624, peak=508, leaks=1, leaked_bytes=600))
HEAD = results(
    SMALL,
    test('b::big', part('malloc', 5, 500, ('g', 'src/b.c', 4), MAIN, sizes=(50, 200), peak=(2, 300)),
         usage=made.usage(5, 500, peak=300)),
    test('c::quiet'), test(EVIL, part(EVIL, 1, 1, (EVIL, EVIL, 2, EVIL), leaks=(1, 1)),
                           usage=made.usage(1, 1, leaks=1, leaked_bytes=1)),
    test('d::dead', status='crashed', signal=11, usage=made.usage(2, 20), sites=None),
    test(LINK, part('calloc', 2, 20, F, peak=(2, 20)), parameter=2))

# What the tests ask the page.
IDS = '[...document.querySelectorAll("td.id")].map(one => one.textContent)'
FRAMES = '[...document.querySelectorAll(".frame")].map(one => one.node ? one.node.name : one.textContent)'
SITES = '[...document.querySelectorAll(".value")].map(one => one.textContent)'
OPEN = '(document.querySelector(".detail") || {}).innerText'
FOCUS = 'document.activeElement.textContent'
CHOSEN = 'document.querySelector("#metrics :checked").value'
CHOOSE = '''(() => {{ const list = by("{}");
  list.selectedIndex = [...list.options].findIndex(one => one.textContent === "{}");
  list.dispatchEvent(new Event("change")); }})()'''
TYPE = '(() => {{ by("filter").value = "{}"; by("filter").dispatchEvent(new Event("input")); }})()'
HEADING = '[...document.querySelectorAll("#head button")].find(one => one.textContent === "{}").click()'


def check_table(page):
    check_equal(page.run(IDS), ['a::small', 'd::dead', LINK + '[2]', EVIL, 'c::quiet', 'removed::removed'],
                'a run that is not within opens with what changed, by bytes')
    check_equal(page.run('[...by("kind").options].map(one => one.textContent)'),
                ['all', 'allocating', 'leaking', 'not passed', 'failing the gate', 'changed'], 'the filters')
    page.run(CHOOSE.format('kind', 'all'))
    check_equal(page.run(IDS), ['a::small', 'b::big', 'd::dead', LINK + '[2]', EVIL, 'c::quiet',
                                'removed::removed'], 'all, by bytes')
    page.run(HEADING.format('bytes'))
    check_equal(page.run(IDS), ['removed::removed', 'c::quiet', EVIL, 'd::dead', LINK + '[2]', 'b::big',
                                'a::small'], 'the opposite order')
    check_equal(page.run('document.querySelector("[aria-sort=ascending]").textContent'), 'bytes',
                'aria-sort of the column')
    page.run(HEADING.format('test'))
    check_equal(page.run(IDS)[1:3], ['a::small', 'b::big'], 'by name')
    for text, expected in (('SRC/B.C', ['b::big']), ('char *p', ['a::small', LINK + '[2]']),
                           ('nothing like it', [])):
        page.run(TYPE.format(text))
        check_equal(page.run(IDS), expected, f'the filter {text!r}')
    check_equal(page.run('by("none").innerText'), 'No test matches the filter.', 'and says so')
    page.run(TYPE.format('a::small'))
    check_equal(page.run('[...document.querySelectorAll("#rows tr td")].map(one => one.textContent)'),
                ['a::small', '4+3', '624+616', '508+500', '4', '1+1', 'passed above'],
                'metrics with their changes')
    check_equal(page.run('by("summary").textContent'),
                '6 tests, 14 allocations, 1,165 bytes. Not within the baseline:'
                ' 1 within, 1 removed, 3 new, 1 above, 1 unreliable.', 'the summary')


def check_sites(page):
    """A test's row opens its call sites, and they follow the metric."""
    page.run('document.querySelector("td.id button").click()')
    seen = page.run(OPEN)
    for expected in ('tests/a.c:2', '4 allocs, baseline 1 (+3)', '+1 alloc src/a.c:12 (new), +600 bytes, +600 bytes at the peak, +1 leak, strdup in fresh',
                     '+2 allocs src/a.c:9, +16 bytes, +8 bytes at the peak, malloc in f\n',
                     '2 call sites, 624 bytes', '1 × strdup, 600 bytes\n', '3 × malloc, 24 bytes\n',
                     '8 bytes each', '1 live at the peak (600 bytes) · 1 leaked (600 bytes)',
                     '96.2 % of the test', 'src/a.c:9', 'char *p = malloc(n);', f'strdup("{EVIL}");',
                     'main', 'return run_all(argc, argv);'):
        check(expected in seen, f'the open test shows {expected}', seen)
    check(seen.index('strdup, 600') < seen.index('malloc, 24'), 'the largest site is first', seen)
    page.run('by("by-allocs").click()')
    check_equal(page.run(SITES), ['3 × malloc, 24 bytes', '1 × strdup, 600 bytes'], 'by allocations')
    page.run('by("by-peak").click()')
    check_equal(page.run(SITES), ['1 × strdup, 600 bytes live at the peak',
                                  '1 × malloc, 8 bytes live at the peak'], 'by what was live at the peak')
    check('−100 bytes: blocks from before the test that were released' in page.run(OPEN),
          'the parts add up', page.run(OPEN))
    page.run('by("by-leaks").click()')
    check_equal(page.run(SITES), ['1 × strdup, 600 bytes leaked'], 'what contributes nothing is left out')
    page.run('document.querySelector("td.id button").click()')
    check_equal(page.run('document.querySelectorAll(".detail").length'), 0, 'and closes')


def check_lists(page):
    page.run(TYPE.format(''))
    page.run('location.hash = "#view=leaks"; showAddress(false)')
    check_equal(page.run(SITES), ['1 × strdup, 600 bytes leaked', f'1 × {EVIL}, 1 byte leaked'],
                'the leaks of the run')
    check_equal(page.run('by("sites-note").textContent'), '2 call sites, 601 bytes leaked', 'their sum')
    check_equal(page.run('[...by("views").children].map(one => one.textContent)'),
                ['Tests 6', 'Call sites', 'Leaks 2', 'Flame graph'], 'the views')
    page.run('location.hash = "#view=sites&by=peak"; showAddress(false)')
    check_equal(page.run(SITES), [f'{n} live at the peak' for n in
                                  ('1 × strdup, 600 bytes', '2 × malloc, 300 bytes',
                                   '2 × calloc, 20 bytes', '1 × malloc, 8 bytes')],
                'the call sites of the run by what was live at the peak')
    check('50 to 200 bytes each' in page.run('by("list").innerText'), 'their sizes')


def check_graph(page, address):
    page.open(address + '#view=graph')
    check_equal(page.run(FRAMES)[:8], ['all', 'a', 'a::small', 'main', 'fresh', 'strdup', 'f', 'malloc'],
                'the flame graph of the run, widest first')
    check('1 narrower' not in page.run(FRAMES), 'one frame per name')
    expected = {'bytes': 'all: 1,145 bytes in 12 allocations, 100.0 %', 'allocs': 'all: 12 allocations, 100.0 %',
                'peak': 'all: 928 bytes live at the peak in 6 blocks, 100.0 %',
                'leaks': 'all: 601 bytes leaked in 2 blocks, 100.0 %'}
    for metric, hint in expected.items():
        page.run(f'by("by-{metric}").click()')
        check_equal(page.run('by("hint").textContent'), hint, f'the flame graph by {metric}')
    page.run('by("by-allocs").click()')
    check_equal(page.run('[...document.querySelectorAll(".frame")].filter(one => one.node.depth === 1)'
                         '.map(one => one.node.name + " " + Math.round(parseFloat(one.style.width)))'),
                ['b 42', 'a 33', 'ünï cöde 17', EVIL + ' 8'], 'widths by allocations')
    page.run('[...document.querySelectorAll(".frame")].find(one => one.node.name === "b").click()')
    check_equal((page.run(FRAMES), page.run('by("hint").textContent')),
                (['all', 'b', 'b::big', 'main', 'g', 'malloc'], 'b: 5 allocations, 41.7 %'), 'zoomed')
    page.open(address + '#view=graph&test=b::big')
    check_equal(page.run(FRAMES), ['b::big', 'main', 'g', 'malloc'], 'the flame graph of a test')


def check_links(page, address):
    """An address leads to a test and a metric, whatever the characters of its id."""
    for name, sites in (('a::small', ['1 × strdup, 600 bytes live at the peak',
                                      '1 × malloc, 8 bytes live at the peak']),
                        (LINK + '[2]', ['2 × calloc, 20 bytes live at the peak'])):
        link = page.run(f'formatFragment({{ view: "tests", by: "peak", test: {name!r} }})')
        page.open(address + link)
        check_equal((page.run(CHOSEN), page.run(SITES), page.run(FOCUS)), ('peak', sites, name),
                    f'{link} shows the test and the metric')
    check_equal(page.run('formatFragment({ view: "tests", by: "peak", test: "a::b[2]" })'),
                '#by=peak&test=a::b[2]', 'a link that people can read and write')
    page.open(address)
    page.run('location.hash = "#test=b::big"; showAddress(false)')
    check_equal(page.run(SITES), ['5 × malloc, 500 bytes'], 'a test that the filter does not show')
    page.run('go({ by: "leaks" })')
    page.run('go({ test: "a::small" })')
    check_equal((page.run(CHOSEN), page.run(SITES)), ('leaks', ['1 × strdup, 600 bytes leaked']), 'two steps')
    page.back()
    check_equal((page.run(CHOSEN), page.run(SITES)), ('leaks', []), 'one step back')
    page.back()
    check_equal((page.run(CHOSEN), page.run(SITES)), ('bytes', ['5 × malloc, 500 bytes']), 'two steps back')
    page.open(address + '#test=no%3A%3Asuch&by=nothing&view=%')
    check_equal((page.run('by("missing").innerText'), page.run(CHOSEN)),
                ('No test no::such in these results.', 'bytes'), 'an address that leads nowhere')


def check_keys(page, address):
    """The Tab key reaches everything in order and leaves the page; Enter and arrows do the rest."""
    page.open(address)
    stops = []
    for _ in range(40):
        page.press('Tab')
        stops.append(page.run('document.activeElement.id || document.activeElement.textContent'))
        if stops[-1].startswith('removed'):
            break
    check_equal(stops, ['Tests 6', 'Call sites', 'Leaks 2', 'Flame graph', 'by-bytes', 'filter', 'kind', 'test',
                        'allocs', 'bytes', 'peak', 'frees', 'leaks', 'status', 'a::small', 'd::dead',
                        LINK + '[2]', EVIL, 'c::quiet', 'removed::removed'], 'the order of the Tab key')
    check(page.run('getComputedStyle(document.activeElement).outlineStyle') == 'solid', 'the focus is visible')
    page.press('Tab', 5, shift=True)
    page.press('Enter')
    check_equal(page.run(SITES), ['1 × strdup, 600 bytes', '3 × malloc, 24 bytes'], 'Enter opens a test')
    page.press('Tab')
    check_equal(page.run(FOCUS), 'Flame graph', 'the next stop is in the open row')
    page.press('Tab', shift=True)
    page.press(' ')
    check_equal(page.run(SITES), [], 'Space closes it')
    page.run('by("by-bytes").focus()')
    page.press('ArrowRight', 2)
    check_equal(page.run(CHOSEN), 'peak', 'arrows change the metric')
    page.run('by("views").lastChild.focus()')
    page.press('Enter')
    page.wait_until('state.view === "graph"')
    page.press('Tab', 2)
    seen = []
    for key in ('ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'Home'):
        page.press(key)
        seen.append(page.run('document.activeElement.node.name'))
    check_equal(seen, ['a', 'b', 'b::big', 'main', 'b::big', 'b::big', 'all'], 'arrows move in the flame graph')
    page.press('ArrowDown')
    page.press('Enter')
    check_equal(page.run(FRAMES)[:3], ['all', 'a', 'a::small'], 'Enter zooms')
    check_equal(page.run('document.activeElement.node.name + flame.focus.name'), 'aa', 'and keeps the focus')
    page.press('Escape')
    check_equal(page.run('flame.focus.name'), 'all', 'Escape returns')
    page.press('Tab')
    check_equal(page.run('by("flame").contains(document.activeElement)'), False, 'the Tab key leaves the graph')


def check_text(page):
    """Names are text, and the page loads nothing and fits."""
    page.run(CHOOSE.format('kind', 'all'))
    for name in (EVIL, 'a::small'):
        page.run(f'go({{ test: {name!r} }})')
    check_equal(page.run('[document.images.length, document.querySelectorAll("b").length, document.title]'),
                [0, 0, 'Allocations'], 'names are text')
    check_equal(page.run('performance.getEntriesByType("resource").length'), 0, 'nothing is loaded')


def check_widths(page, address):
    for width in (1280, 390, 320):
        for view in ('', '#test=a::small&by=peak', '#view=sites', '#view=leaks', '#view=graph'):
            page.open(address + view, width, 800, mobile=width < 700)
            check_equal((page.run('document.documentElement.scrollWidth > innerWidth'), page.errors()),
                        (False, []), f'{width} {view}: nothing is cut off')


def check_file(directory, base, head):
    page = directory / 'page.html'
    done = tool('show', '--format', 'html', '--baseline', base, '-o', page, head)
    made.check_run('show --format html', done, 0, '', '')
    text = page.read_text()
    check(not re.search(r'(src|href)\s*=\s*["\']?\s*(https?:)?//', text), 'no address in it')
    check_equal(text.count('</script>'), 4, 'no name ends the script')
    check('@' not in re.sub(r'@media', '', re.sub(r'(?s)<script.*', '', text)), 'each part is in its place')
    return page.as_uri()


def check_older(page, directory):
    """Where the parts of the peak are not known, the page says so and shows no zeros."""
    old = results(test('a::old', site('malloc', 3, 24, F, leaks=1, leaked_bytes=8)))
    path = directory / 'old.html'
    tool('show', '--format', 'html', '-o', path, made.write(directory / 'old.json', old))
    page.open(path.as_uri() + '#by=peak&test=a::old')
    check_equal((page.run(CHOSEN), page.run('by("by-peak").disabled'), page.run('by("unknown").innerText')),
                ('bytes', True, 'Not in these results: live at the peak. An older version wrote them. Run the'
                 ' tests again with this version.'), 'the metric cannot be chosen')
    check('peak (' not in page.run(OPEN) and 'each' not in page.run(OPEN), 'no zeros', page.run(OPEN))
    check_equal(page.run('[...by("kind").options].length'), 4, 'without a baseline')


def check_section(page, directory):
    """The page names the section that the results are compared with, if it is not their own."""
    small = test('a::small', part('malloc', 1, 8, F, MAIN))
    head = made.write(directory / 'section.json', results(small))
    compared = {
        'own': (made.GCC, [small], 'Within the baseline: 1 within.', ''),
        'new': (made.GCC, [], 'Nothing is above the baseline: 1 new.', ''),
        'nearest': ({**made.GCC, 'libc': 'glibc 2.31'}, [small], 'Within the baseline: 1 within.',
                    'The baseline has no section for x86_64, glibc 2.36, gcc 12.2.0, optimization none, sanitizer'
                    ' none. Compared with the nearest section, glibc 2.31; another version can change the usage.'
                    ' `alloc-tracker update` adds a section.'),
    }
    for what, (environment, tests, outcome, sentence) in compared.items():
        base = directory / f'section-{what}'
        other = test('b::other')
        tool('update', '--baseline', base, made.write(directory / 'section-base.json', results(
            *tests or [other], environment=environment)))
        path = directory / f'section-{what}.html'
        tool('show', '--format', 'html', '--baseline', base, '-o', path, head)
        page.open(path.as_uri())
        removed = '' if tests else '1 removed, '
        check_equal((page.run('by("summary").textContent'), page.run('by("section").innerText'),
                     page.run('by("section").hidden')),
                    ('1 test, 1 allocation, 8 bytes. ' + outcome.replace(': ', ': ' + removed), sentence, not sentence),
                    f'section: {what}')


def check_programs(page, directory):
    """Tests of two programs with the same id have a row and findings each."""
    rows = {(name, n): test('p::same', part('malloc', n, 8 * n, F), program=name)
            for name in ('one', 'two') for n in (1, 2)}
    base, path = directory / 'programs', directory / 'programs.html'
    tool('update', '--baseline', base,
         made.write(directory / 'then.json', results(rows['one', 1], rows['two', 1])))
    tool('show', '--format', 'html', '--baseline', base, '-o', path,
         made.write(directory / 'now.json', results(rows['one', 1], rows['two', 2])))
    page.open(path.as_uri() + '#test=two: p::same')
    page.run(CHOOSE.format('kind', 'all'))
    check_equal(page.run('[...document.querySelectorAll("#rows tr:not(.detail)")].map(one => one.textContent)'),
                ['two: p::same2+116+816+820passed above', 'one: p::same18810passed'],
                'a row for each program')
    check_equal(page.run(SITES), ['2 × malloc, 16 bytes'], 'a link names the program')


def check_many(page, directory):
    """A long table and a long list are made in parts; a link leads to a test that is not shown yet."""
    path = directory / 'many.html'
    tests = [test(f'm::t{n:03}', part('malloc', 1, n, F)) for n in range(250)]
    tool('show', '--format', 'html', '-o', path, made.write(directory / 'many.json', results(*tests)))
    page.open(path.as_uri())
    check_equal(page.run(IDS), [f'm::t{n:03}' for n in range(249, 49, -1)], 'the first 200 rows')
    check_equal(page.run('by("more").textContent'), 'Show 50 more tests', 'and a button for the others')
    page.run('by("more").focus()')
    page.press('Enter')
    check_equal((page.run(IDS)[-1], page.run(FOCUS), page.run('by("more").hidden')),
                ('m::t000', 'm::t049', True), 'which shows them and moves the focus to the first')
    page.open(path.as_uri() + '#test=m::t003')
    check_equal((page.run(SITES), page.run(FOCUS)), (['1 × malloc, 3 bytes'], 'm::t003'), 'a link to one of them')
    page.open(path.as_uri() + '#view=sites')
    check_equal((len(page.run(SITES)), page.run('by("more").textContent')),
                (100, 'Show 150 more call sites'), 'the list of call sites')
    check('0.8 % of the run' in page.run('by("list").innerText'), 'and their shares of the run')
    page.open(path.as_uri() + '#view=graph')
    check_equal(page.run(FRAMES)[-1], '77 narrower', 'frames that are too narrow are one frame')


# Whether the element with the focus can be seen: it is in the window, and nothing covers it.
SEEN = '''(() => {
  const focus = document.activeElement, shown = focus.type === "radio" ? focus.labels[0] : focus;
  const box = shown.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + 4, box.top + Math.min(box.height / 2, 10));
  return box.width > 10 && box.height > 10 && top !== null && shown.contains(top) || focus.outerHTML;
})()'''


def check_focus(page, directory):
    """Each stop of the Tab key can be seen, in both directions, in a low window and on a phone."""
    for width, height in ((1280, 400), (360, 500)):
        page.open((directory / 'many.html').as_uri(), width, height, mobile=width < 700)
        seen = []
        for shift in (False, True):
            for _ in range(35):
                page.press('Tab', shift=shift)
                seen.append(page.run(SEEN))
        check_equal(seen, [True] * 70, f'{width} x {height}: the focus can be seen')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        base, head = directory / 'base', made.write(directory / 'head.json', HEAD)
        tool('update', '--baseline', base, made.write(directory / 'base.json', BASE))
        address = check_file(directory, base, head)
        with Browser(directory / 'profile') as page:
            page.open(address)
            check_table(page)
            check_sites(page)
            check_lists(page)
            check_graph(page, address)
            check_links(page, address)
            check_keys(page, address)
            page.open(address)
            check_text(page)
            check_widths(page, address)
            check_older(page, directory)
            check_programs(page, directory)
            check_section(page, directory)
            check_many(page, directory)
            check_focus(page, directory)
            check_equal(page.errors(), [], 'no error in the page')
            tool('show', '--format', 'html', '--by', 'leaks', '-o', directory / 'leaks.html', head)
            page.open((directory / 'leaks.html').as_uri())
            check_equal((page.run(CHOSEN), page.run(IDS)[0]), ('leaks', 'a::small'), '--by leaks')
    finish()


main()
