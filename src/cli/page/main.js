// SPDX-License-Identifier: MIT
// The state of the page is its address: view, metric and test are in the fragment. So a link leads to a
// test and a metric, and the browser's buttons go back and forth.

const leaks = metrics.find(metric => metric.name === words.ofLeaks);
const views = [
  { name: 'tests', title: 'Tests ' + number(run.tests.length), section: 'tests', draw: drawTests },
  { name: 'sites', title: 'Call sites', section: 'sites', draw: () => drawSites(metricNow()) },
  { name: words.ofLeaks,
    title: 'Leaks ' + number(siteEntries.filter(entry => entry.site[leaks.blocks] > 0).length),
    section: 'sites', draw: () => drawSites(leaks) },
  { name: 'graph', title: 'Flame graph', section: 'graph', draw: drawGraph },
];
let state = null;

const metricNow = () => metrics.find(metric => metric.name === state.by);

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function parseFragment(fragment) {
  const found = { view: views[0].name, by: words.by, test: null };
  for (const part of fragment.replace(/^#/, '').split('&')) {
    const at = part.indexOf('='), name = part.slice(0, at), value = decode(part.slice(at + 1));
    if (name === 'test') found.test = value;
    else if (name === 'view' && views.some(view => view.name === value)) found.view = value;
    else if (name === 'by' && metrics.some(metric => metric.known && metric.name === value)) found.by = value;
  }
  return found;
}

function formatFragment({ view, by, test }) {
  const parts = [];
  if (view !== views[0].name) parts.push('view=' + view);
  if (by !== words.by) parts.push('by=' + by);
  if (test !== null)
    parts.push('test=' + encodeURIComponent(test).replace(/%(3A|5B|5D|2F|2C)/g, decodeURIComponent));
  return '#' + parts.join('&');
}

// Show the state of the address. Without `isHere`, the reader comes from elsewhere: show the test.
function showAddress(isHere) {
  const old = state, next = parseFragment(location.hash);
  const isSame = name => old && old[name] === next[name];
  if (isSame('view') && isSame('by') && isSame('test')) return;
  const view = views.find(one => one.name === next.view), row = rowOf.get(next.test);
  state = next;
  by('missing').hidden = next.test === null || row !== undefined;
  by('missing').textContent = 'No test ' + next.test + ' in these results.';
  for (const radio of by('metrics').querySelectorAll('input')) radio.checked = radio.value === next.by;
  for (const link of by('views').children) {
    link.href = formatFragment({ ...next, view: link.dataset.view });
    if (link.dataset.view === next.view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  for (const section of document.querySelectorAll('main > section'))
    section.hidden = section.id !== view.section;
  by('metrics').hidden = view.name === words.ofLeaks;
  by('search').hidden = view.name === 'graph';
  by('kind').hidden = by('order').hidden = view.name !== views[0].name;
  if (!isSame('by')) sorted = { column: columns.find(column => column.name === next.by), down: true };
  if (view.name !== views[0].name || !isSame('view') || !isSame('by')) {
    by('more').hidden = by('none').hidden = true;
    view.draw();
  } else {
    const line = isHere && row && row.line, before = line && line.getBoundingClientRect().top;
    setOpen(rowOf.get(old.test), false);
    setOpen(row, true);
    if (line) scrollBy(0, line.getBoundingClientRect().top - before);
  }
  if (!isHere && row && view.name === views[0].name && !isSame('test')) revealTest(row);
  if (!isHere && view.name === 'graph' && isLost(document.activeElement) && flame.current)
    flame.current.frame.focus();
}

const isLost = element => !element || element === document.body || element.closest('[hidden]') !== null;

function go(changes) {
  location.hash = formatFragment({ ...state, ...changes });
  showAddress(true);
}

// Show the button for the rest of a long list, or a note if the list is empty.
function showRest(n, limit, noun, note) {
  by('none').hidden = n > 0;
  by('none').textContent = note;
  by('more').hidden = n <= limit;
  by('more').textContent = 'Show ' + plural(Math.max(n - limit, 0), 'more ' + noun);
}

// Draw more of the list, and move the focus to the first new entry.
function showMore() {
  const isTable = state.view === views[0].name, before = isTable ? tableLimit : listLimit;
  if (isTable) tableLimit += 1000; else listLimit += 400;
  views.find(view => view.name === state.view).draw();
  const target = isTable ? shownRows[before].line : by('list').children[before];
  target.querySelector('button, a').focus();
}

function showAgain() {
  tableLimit = tablePage;
  listLimit = listPage;
  views.find(view => view.name === state.view).draw();
}

function makeControls() {
  for (const view of views) {
    const link = make('a', '', view.title);
    link.dataset.view = view.name;
    by('views').append(link);
  }
  for (const metric of metrics) {
    const radio = make('input'), label = make('label', '', metric.label);
    radio.type = 'radio';
    radio.name = 'metric';
    radio.id = 'by-' + metric.name;
    radio.value = metric.name;
    radio.disabled = !metric.known;
    radio.onchange = () => go({ by: metric.name });
    label.htmlFor = radio.id;
    by('metrics').append(make('div', '', radio, label));
  }
  const unknown = metrics.filter(metric => !metric.known).map(metric => metric.label);
  by('unknown').hidden = unknown.length === 0;
  by('unknown').textContent = 'Not in these results: ' + unknown.join(', ')
    + '. An older version wrote them. Run the tests again with this version.';
}

// Return the outcome of the check. A test that is new or removed was compared with nothing.
function describeCheck() {
  if (check.failed) return make('strong', 'worse', 'Not within the baseline');
  const isCompared = name => name === words.better || words.quietOutcomes.includes(name);
  return Object.entries(check.counts).every(([name, n]) => !n || isCompared(name))
    ? make('strong', 'better', 'Within the baseline') : make('strong', '', 'Nothing is above the baseline');
}

function showSummary() {
  const sum = name => run.tests.reduce((n, test) => n + (test.usage ? test.usage[name] : 0), 0);
  const summary = by('summary');
  summary.append(plural(run.tests.length, 'test') + ', ' + plural(sum('allocs'), 'allocation')
    + ', ' + plural(sum('bytes'), 'byte') + '.');
  if (check) {
    const counts = Object.entries(check.counts).filter(([, n]) => n)
      .map(([name, n]) => number(n) + ' ' + name).join(', ');
    summary.append(' ', describeCheck(), counts ? ': ' + counts + '.' : '.');
  }
  by('section').textContent = words.section;
  by('section').hidden = !words.section;
  by('environment').textContent = Object.entries(run.environment)
    .map(([name, value]) => name + ' ' + value).join(' · ');
}

makeHead();
makeControls();
showSummary();
if (check && check.failed) by('kind').selectedIndex = kinds.length - 1;
by('order').onchange = () => {
  const column = columns[by('order').selectedIndex];
  sortBy(column, Boolean(column.metric));
};
by('filter').oninput = by('kind').onchange = showAgain;
by('more').onclick = showMore;
window.onhashchange = () => showAddress(false);
window.onresize = () => { if (state.view === 'graph' && flame.root.weight > 0) drawFocus(flame.focus, false); };
showAddress(false);
