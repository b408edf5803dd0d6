// SPDX-License-Identifier: MIT
// The flame graph: a tree of names from the test to the allocating function. A node's children are made
// when they are drawn. One frame is in the order of the Tab key; the arrow keys move between frames.

const rowHeight = 22, leastWidth = 3, leastText = 28; // pixels
let flame = null; // { root, focus, current, metric, test }

const suiteOf = test => test.id.includes('::') ? test.id.slice(0, test.id.indexOf('::')) : test.id;
const suites = new Set(run.tests.map(suiteOf));
const pathHead = whole => whole ? (suites.size > 1 ? [suiteOf, testKey] : [testKey]) : [];

// Return the name of an entry's step `depth` of its path: suite, test, frames from outside, function.
function step({ test, site }, depth, head) {
  if (depth < head.length) return head[depth](test);
  const i = site.stack.length - 1 - (depth - head.length);
  return i >= 0 ? frameName(frames[site.stack[i]]) : i === -1 ? site.function : undefined;
}

function makeNode(name, parent, depth, entries, tree) {
  const sum = member => entries.reduce((n, entry) => n + entry.site[member], 0);
  return { name, parent, depth, entries, tree,
           weight: sum(tree.metric.weight), blocks: sum(tree.metric.blocks) };
}

function childrenOf(node) {
  if (node.children) return node.children;
  const groups = new Map();
  for (const entry of node.entries) {
    const name = step(entry, node.depth, node.tree.head);
    if (name === undefined) continue;
    if (groups.has(name)) groups.get(name).push(entry);
    else groups.set(name, [entry]);
  }
  node.children = [...groups]
    .map(([name, entries]) => makeNode(name, node, node.depth + 1, entries, node.tree))
    .sort((a, b) => b.weight - a.weight);
  return node.children;
}

function makeTree(tests, metric, rootName, whole) {
  const entries = siteEntries.filter(({ test, site }) => tests.has(test) && site[metric.weight] > 0);
  return makeNode(rootName, null, 0, entries, { metric, head: pathHead(whole) });
}

// Return the place of a node: file and line, or the file if the lines differ.
function placeOf(node) {
  const { head } = node.tree, places = new Set(), files = new Set();
  for (const { test, site } of node.entries) {
    const i = site.stack.length - (node.depth - head.length);
    if (node.depth <= head.length || i < 0) return '';
    places.add(framePlace(frames[site.stack[i]]));
    files.add(frames[site.stack[i]].file || '');
  }
  return places.size === 1 ? [...places][0] : files.size === 1 ? [...files][0] : '';
}

function describeNode(node) {
  const { metric } = node.tree, share = percent(node.weight, flame.root.weight);
  const blocks = metric.blocks === metric.weight ? ''
    : ' in ' + plural(node.blocks, metric.suffix ? 'block' : 'allocation');
  return [node.name, placeOf(node)].filter(Boolean).join('  ') + ': ' + amount(metric, node.weight) + blocks
    + ', ' + share;
}

function hueOf(name) {
  let hash = 0;
  for (const c of name) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  return metrics.indexOf(flame.metric) * 95 + 22 + hash % 36;
}

function placeFrame(node, depth, left, width, kind) {
  const frame = make('div', 'frame ' + kind, width * flame.width < leastText ? '' : node.name);
  frame.style.cssText = 'left:' + left * 100 + '%;width:' + width * 100 + '%;top:' + depth * rowHeight
    + 'px;--hue:' + hueOf(node.name);
  frame.setAttribute('role', 'treeitem');
  frame.setAttribute('aria-level', String(node.depth + 1));
  frame.setAttribute('aria-label', node.name + ', ' + amount(flame.metric, node.weight));
  frame.tabIndex = -1;
  frame.node = node;
  node.frame = frame;
  by('flame').append(frame);
}

// Draw the children of a node, and those that are too narrow as one frame. Return the deepest row.
function placeChildren(node, depth, left, width, least) {
  let deepest = depth, narrow = 0;
  const children = node.weight > 0 ? childrenOf(node) : [];
  const begin = left, shares = children.map(child => child.weight / node.weight * width);
  node.drawn = [];
  children.forEach((child, i) => {
    if (shares[i] < least) { narrow++; return; }
    placeFrame(child, depth + 1, left, shares[i], '');
    node.drawn.push(child);
    deepest = Math.max(deepest, placeChildren(child, depth + 1, left, shares[i], least));
    left += shares[i];
  });
  const rest = begin + shares.reduce((a, b) => a + b, 0) - left;
  if (narrow && rest >= least) {
    const frame = make('div', 'frame rest', rest * flame.width < leastText ? '' : number(narrow) + ' narrower');
    frame.style.cssText = 'left:' + left * 100 + '%;width:' + rest * 100 + '%;top:'
      + (depth + 1) * rowHeight + 'px';
    by('flame').append(frame);
    deepest = Math.max(deepest, depth + 1);
  }
  return deepest;
}

function showNode(node) {
  by('hint').textContent = describeNode(node);
}

// Draw the graph with `focus` as wide as the page, below its callers.
function drawFocus(focus, withKeys) {
  const callers = [];
  for (let node = focus; node; node = node.parent) callers.unshift(node);
  by('flame').replaceChildren();
  flame.width = by('flame').clientWidth;
  callers.forEach((node, i) => {
    placeFrame(node, i, 0, 1, node === focus ? '' : 'caller');
    node.drawn = callers.slice(i + 1, i + 2);
  });
  const deepest = placeChildren(focus, callers.length - 1, 0, 1, leastWidth / flame.width);
  by('flame').style.height = (deepest + 1) * rowHeight + 'px';
  flame.focus = focus;
  setCurrent(focus, withKeys);
  showNode(focus);
}

function setCurrent(node, withKeys) {
  if (flame.current && flame.current.frame) flame.current.frame.tabIndex = -1;
  flame.current = node;
  node.frame.tabIndex = 0;
  if (withKeys) node.frame.focus();
}

function sibling(node, offset) {
  const around = node.parent ? node.parent.drawn : [node];
  return around[around.indexOf(node) + offset];
}

function moveInGraph(event) {
  const node = event.target.node;
  if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
  const targets = {
    ArrowDown: () => node.drawn[0], ArrowUp: () => node.parent,
    ArrowLeft: () => sibling(node, -1), ArrowRight: () => sibling(node, 1),
    Home: () => flame.root,
  };
  if (targets[event.key]) {
    const target = targets[event.key]();
    if (target) setCurrent(target, true);
  } else if (event.key === 'Enter' || event.key === ' ') {
    drawFocus(node, true);
  } else if (event.key === 'Escape' && flame.focus.parent) {
    drawFocus(flame.focus.parent, true);
  } else {
    return;
  }
  event.preventDefault();
}

// Draw the flame graph of the chosen test, or of the whole run.
function drawGraph() {
  const row = rowOf.get(state.test), test = row && row.test, metric = metricNow();
  const name = test ? row.key : 'all';
  flame = { metric, current: null };
  flame.root = makeTree(new Set(test ? [test] : run.tests), metric, name, !test);
  by('graph-title').textContent = test ? row.key : 'Whole run';
  by('graph-metric').textContent = (metric.suffix ? 'bytes' + metric.suffix : metric.label)
    + (test || metric.name !== words.atPeak ? '' : ', of each test at its own peak');
  by('whole').hidden = !test;
  by('whole').href = formatFragment({ ...state, test: null });
  if (flame.root.weight > 0) {
    drawFocus(flame.root, false);
  } else {
    by('flame').replaceChildren();
    by('flame').style.height = '0';
    by('hint').textContent = 'No call site contributes to this metric.';
  }
}

by('flame').onclick = event => { if (event.target.node) drawFocus(event.target.node, true); };
by('flame').onkeydown = moveInGraph;
for (const name of ['mouseover', 'focusin'])
  by('flame').addEventListener(name, event => { if (event.target.node) showNode(event.target.node); });
