// SPDX-License-Identifier: MIT
// The three documents of the page, and names and numbers as text. Text becomes text nodes, never markup.
'use strict';
const by = id => document.getElementById(id);
const readDocument = id => JSON.parse(by(id).textContent);
const run = readDocument('results'), check = readDocument('check'), words = readDocument('words');
const metrics = words.metrics, frames = run.frames;

const format = new Intl.NumberFormat('en');
const number = n => format.format(n);
const signed = n => (n > 0 ? '+' : n < 0 ? '−' : '±') + number(Math.abs(n));
const plural = (n, noun) => number(n) + ' ' + noun + (n === 1 ? '' : 's');
const percent = (part, whole) => (whole > 0 ? (100 * part / whole).toFixed(1) : '0.0') + ' %';

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

function makeLink(text, state) {
  const link = make('a', '', text);
  link.href = formatFragment(state);
  return link;
}

// Ids that several programs have are shown with the program's name.
const programs = new Map();
for (const one of run.tests.concat(check ? check.findings : []))
  programs.set(one.id, (programs.get(one.id) || new Set()).add(one.program));
const testKey = test => (test.program && programs.get(test.id).size > 1 ? test.program + ': ' : '')
  + test.id + (test.parameter === undefined ? '' : '[' + test.parameter + ']');
const frameName = frame => frame.function || (frame.module
  ? frame.module + '+0x' + (frame.offset || 0).toString(16) : '(unknown)');
const framePlace = frame => frame.line ? frame.file + ':' + frame.line : '';
const frameText = frame => [frameName(frame), framePlace(frame)].filter(Boolean).join('  ');

// A part in one metric: "1,024 bytes live at the peak", "3 allocations".
const amount = (metric, n) => plural(n, metric.noun) + metric.suffix;

// The largest part is the first.
const compareSites = (a, b, metric) =>
  b[metric.weight] - a[metric.weight] || b[metric.blocks] - a[metric.blocks];
const sumOf = (sites, metric) => sites.reduce((n, site) => n + site[metric.weight], 0);

// Return the sites that contribute to the metric.
const rank = (sites, metric) =>
  sites.filter(site => site[metric.blocks] > 0).sort((a, b) => compareSites(a, b, metric));

// Return the value of a test's usage that the sites' parts explain, or 0.
const total = (test, metric) => test && test.usage ? test.usage[metric.total] : 0;

// A file of an older version has no parts of the peak: unknown, not 0.
const isKnown = metric => run.tests.every(test =>
  (test.sites || []).every(site => site[metric.weight] !== undefined));
for (const metric of metrics) metric.known = isKnown(metric);

// Return what the parts do not explain: negative if blocks from before the test were released.
const remainder = (test, metric) =>
  test.sites && test.usage ? total(test, metric) - sumOf(test.sites, metric) : 0;

// One row for each test, and one for each finding without a test: the test was removed.
const findings = new Map((check ? check.findings : []).map(one => [testKey(one), one]));
const rows = run.tests.map(test => {
  const key = testKey(test);
  return { key, test, finding: findings.get(key) };
});
const rowOf = new Map(rows.map(row => [row.key, row]));
for (const [key, finding] of findings) {
  if (rowOf.has(key)) continue;
  rows.push({ key, test: null, finding });
  rowOf.set(key, rows[rows.length - 1]);
}
for (const row of rows) {
  row.status = row.test ? row.test.status : row.finding.outcome;
  row.isBad = !words.quietStatuses.includes(row.status);
  row.isChanged = row.finding && !words.quietOutcomes.includes(row.finding.outcome);
}

// Whether the filter finds a text, a call site, a test. A frame's text is made once.
const isFound = (text, wanted) => text.toLowerCase().includes(wanted);
const searchedText = frame => frame.searched ??= (frameText(frame) + '\n' + (frame.source || '')).toLowerCase();
const isSiteFound = (site, wanted) => isFound(site.function, wanted)
  || site.stack.some(i => searchedText(frames[i]).includes(wanted));
const isTestFound = (row, wanted) => isFound(row.key, wanted)
  || row.test && (row.test.sites || []).some(site => isSiteFound(site, wanted));

// All call sites of the run with their tests.
const siteEntries = run.tests.flatMap(test => (test.sites || []).map(site => ({ test, site })));
