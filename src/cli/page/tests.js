// SPDX-License-Identifier: MIT
// The table of tests. The row of the open test is followed by a row with its call sites.

const columns = [
  { name: 'test', get: row => row.key },
  ...words.columns.map(name => ({
    name, metric: true, get: row => row.test && row.test.usage ? row.test.usage[name] : -1 })),
  { name: 'status', get: row => row.status },
];
const kinds = [
  ['all', () => true],
  ['allocating', row => row.test && row.test.usage && row.test.usage.allocs > 0],
  ['leaking', row => row.test && row.test.usage && row.test.usage.leaks > 0],
  ['not passed', row => row.isBad],
  ...(check ? [['failing the gate', row => row.finding && row.finding.fails],
               ['changed', row => row.isChanged]] : []),
];
const tablePage = 200, sitePage = 50;
let sorted = { column: columns[0], down: false }, tableLimit = tablePage, shownRows = [];

function compareRows(a, b) {
  const x = sorted.column.get(a), y = sorted.column.get(b);
  const order = x < y ? -1 : x > y ? 1 : 0;
  return (sorted.down ? -order : order) || total(b.test, metricNow()) - total(a.test, metricNow())
    || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

function makeCell(className, ...content) {
  const cell = make('td', className, ...content);
  cell.setAttribute('role', 'cell');
  return cell;
}

function metricCell(row, column, most) {
  const cell = makeCell('metric', row.test && row.test.usage ? number(column.get(row)) : '–');
  cell.dataset.label = column.name;
  if (column.name === state.by && most > 0) {
    cell.classList.add('chosen');
    cell.style.setProperty('--share', 100 * Math.max(column.get(row), 0) / most + '%');
  }
  const metric = row.finding && row.finding.metrics[column.name];
  const change = metric && metric.baseline !== undefined && metric.now !== undefined
    ? metric.now - metric.baseline : 0;
  if (change)
    cell.append(make('small', change > 0 ? 'worse' : 'better', signed(change)));
  return cell;
}

function statusCell(row) {
  const cell = makeCell('status', make('span', row.isBad ? 'worse' : 'faint', row.status));
  if (row.test && row.isChanged) {
    const colour = row.finding.fails ? 'worse' : row.finding.outcome === words.better ? 'better' : 'odd';
    cell.append(' ', make('span', colour, row.finding.outcome));
  }
  return cell;
}

function changeLine(change) {
  const location = (change.file || change.module || '?') + (change.line ? ':' + change.line : '');
  const kind = change.kind === words.unmarked ? '' : ' (' + change.kind + ')';
  const parts = [[change.allocs, 'alloc', ''], [change.bytes, 'byte', ''],
                 [change.peak_bytes, 'byte', ' at the peak'], [change.leaks, 'leak', '']].filter(([n]) => n);
  const differences = parts.map(([n, noun, rest]) =>
    signed(n) + ' ' + noun + (Math.abs(n) === 1 ? '' : 's') + rest);
  return make('p', 'change mono ' + (parts.length && parts[0][0] > 0 ? 'worse' : 'better'),
    [differences[0] + ' ' + location + kind, ...differences.slice(1), change.call].join(', ')
    + (change.function ? ' in ' + change.function : ''));
}

// The list of a test's call sites, and a button for the rest of a long one.
function siteList(test, metric) {
  const ranked = rank(test.sites, metric), whole = sumOf(ranked, metric), list = make('ol', 'sites');
  const rest = make('button', 'button');
  const grow = () => {
    const first = list.children.length;
    list.append(...ranked.slice(first, first + sitePage).map(site => siteBlock(test, site, metric, whole)));
    rest.hidden = list.children.length === ranked.length;
    rest.textContent = 'Show ' + plural(ranked.length - list.children.length, 'more call site');
  };
  rest.type = 'button';
  rest.onclick = grow;
  grow();
  if (list.children.length <= 3)
    for (const stack of list.querySelectorAll('details')) stack.open = true;
  const note = ranked.length ? plural(ranked.length, 'call site') + ', ' + amount(metric, total(test, metric))
                             : 'No call site contributes to this metric.';
  return [make('p', 'faint', note), list, rest];
}

function remainderLine(test, metric) {
  const rest = metric.name === words.atPeak ? remainder(test, metric) : 0;
  return rest === 0 ? [] : [make('p', '', signed(rest) + ' bytes: '
    + (rest < 0 ? words.releasedBefore : words.withoutSite))];
}

function detailRow(row) {
  const cell = makeCell(''), line = make('tr', 'detail', cell), metric = metricNow();
  const test = row.test, head = make('p', 'bar');
  line.setAttribute('role', 'row');
  line.id = 'detail';
  cell.colSpan = columns.length;
  if (test && test.file)
    head.append(make('span', 'faint mono', test.file + (test.line ? ':' + test.line : '')));
  if (test && test.sites && test.sites.length) {
    const link = makeLink('Flame graph', { ...state, view: 'graph', test: row.key });
    link.className = 'button controls';
    head.append(link);
  }
  if (head.firstChild) cell.append(head);
  if (row.isChanged) cell.append(make('p', '', row.finding.words));
  if (row.finding) cell.append(...row.finding.sites.map(changeLine));
  if (!test) return line;
  if (test.reason) cell.append(make('p', '', test.reason));
  if (!test.sites) cell.append(make('p', 'faint', 'Call sites were not recorded.'));
  else if (!test.sites.length) cell.append(make('p', 'faint', 'The test did not allocate.'));
  else cell.append(...siteList(test, metric), ...remainderLine(test, metric));
  return line;
}

function tableRow(row, most) {
  const line = make('tr'), button = make('button', '', row.key);
  line.setAttribute('role', 'row');
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  button.onclick = () => go({ test: state.test === row.key ? null : row.key });
  row.line = line;
  line.append(makeCell('id', button),
              ...columns.filter(one => one.metric).map(one => metricCell(row, one, most)), statusCell(row));
  return line;
}

function setOpen(row, isOpen) {
  const line = row && row.line;
  if (!line || !line.isConnected) return;
  const detail = line.nextSibling && line.nextSibling.id === 'detail' ? line.nextSibling : null;
  if (detail) detail.remove();
  if (isOpen) line.after(detailRow(row));
  line.classList.toggle('open', isOpen);
  const button = line.querySelector('button');
  button.setAttribute('aria-expanded', String(isOpen));
  if (isOpen) button.setAttribute('aria-controls', 'detail');
  else button.removeAttribute('aria-controls');
}

function drawTests() {
  const wanted = by('filter').value.toLowerCase(), kind = kinds[by('kind').selectedIndex][1];
  shownRows = rows.filter(row => kind(row) && (!wanted || isTestFound(row, wanted))).sort(compareRows);
  const most = Math.max(0, ...shownRows.map(row => row.test && row.test.usage ? row.test.usage[state.by] : 0));
  by('rows').replaceChildren(...shownRows.slice(0, tableLimit).map(row => tableRow(row, most)));
  for (const cell of by('head').children) {
    const here = cell.textContent === sorted.column.name;
    cell.setAttribute('aria-sort', !here ? 'none' : sorted.down ? 'descending' : 'ascending');
  }
  by('order').selectedIndex = columns.indexOf(sorted.column);
  setOpen(rowOf.get(state.test), true);
  showRest(shownRows.length, tableLimit, 'test', 'No test matches the filter.');
}

function sortBy(column, down) {
  sorted = { column, down };
  drawTests();
}

// Make the row of a test visible, whatever the filter shows, and move the focus to it.
function revealTest(row) {
  if (!row.line || !row.line.isConnected) {
    by('filter').value = '';
    by('kind').selectedIndex = 0;
    drawTests();
  }
  if (!row.line || !row.line.isConnected) {
    tableLimit = Math.ceil((shownRows.indexOf(row) + 1) / tablePage) * tablePage;
    drawTests();
  }
  row.line.scrollIntoView({ block: 'start' });
  row.line.querySelector('button').focus({ preventScroll: true });
}

function makeHead() {
  for (const column of columns) {
    const button = make('button', '', column.name), cell = make('th', column.metric ? 'metric' : '', button);
    cell.setAttribute('role', 'columnheader');
    cell.scope = 'col';
    button.type = 'button';
    button.onclick = () => sortBy(column, sorted.column === column ? !sorted.down : Boolean(column.metric));
    by('head').append(cell);
    by('order').append(make('option', '', 'by ' + column.name));
  }
  for (const [name] of kinds) by('kind').append(make('option', '', name));
}
