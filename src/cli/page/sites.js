// SPDX-License-Identifier: MIT
// Call sites as blocks, and the two lists of all call sites of the run: all of them, and the leaks.

function siteFacts(site, metric) {
  const facts = [];
  if (site[metric.blocks] !== site.count)
    facts.push(plural(site.count, 'allocation') + ', ' + plural(site.bytes, 'byte') + ' in all');
  if (site.count > 1 && site.min_bytes !== undefined)
    facts.push((site.min_bytes === site.max_bytes ? '' : number(site.min_bytes) + ' to ')
      + plural(site.max_bytes, 'byte') + ' each');
  for (const other of metrics)
    if (other !== metric && other.suffix && site[other.blocks] > 0)
      facts.push(number(site[other.blocks]) + other.suffix + ' (' + plural(site[other.weight], 'byte') + ')');
  return facts.join(' · ');
}

function frameLine(frame, isPlace) {
  const line = make('li', 'mono', make('span', isPlace ? 'place' : '', frameName(frame)));
  if (frame.line) line.append('  ', make('span', 'file', framePlace(frame)));
  if (frame.source) line.append('  ', make('span', 'source', frame.source));
  return line;
}

// The innermost frame whose source text is known, or else whose line is.
const bestFrame = stack => stack.find(frame => frame.source) || stack.find(frame => frame.line) || stack[0];

function stackBlock(site, stack, place) {
  const box = make('details', '', make('summary', '', plural(stack.length, 'frame')));
  const list = make('ol', 'stack');
  const fill = () => {
    list.replaceChildren(...stack.map(frame => frameLine(frame, frame === place)));
    if (site.stack_end) list.append(make('li', 'faint', '... (' + words.stackEnds[site.stack_end] + ')'));
  };
  box.addEventListener('toggle', fill, { once: true });
  box.append(list);
  return box;
}

// Return the block of a call site, with its share of the parts of the test or of the run. In a list of the
// run, it has a link to its test.
function siteBlock(test, site, metric, whole, isInRun) {
  const stack = site.stack.map(i => frames[i]), place = bestFrame(stack);
  const block = make('li', 'site');
  const share = make('span', 'share', percent(site[metric.weight], whole) + ' of the ' + (isInRun ? 'run' : 'test'));
  const bytes = metric.noun === 'byte' ? metric.weight : 'bytes';
  block.append(share, make('span', 'value', number(site[metric.blocks]) + ' × ' + site.function + ', '
    + plural(site[bytes], 'byte') + metric.suffix));
  const facts = siteFacts(site, metric);
  if (facts) block.append(make('div', 'facts', facts));
  if (isInRun)
    block.append(make('div', '', makeLink(testKey(test),
                                          { ...state, view: views[0].name, test: testKey(test) })));
  if (place) {
    const line = make('div', 'place mono', make('strong', '', frameName(place)), '  ',
                      make('span', 'file', framePlace(place)));
    if (place.source) line.append(make('span', 'source', place.source));
    block.append(line);
  }
  if (stack.length) block.append(stackBlock(site, stack, place));
  return block;
}

const listPage = 100;
let listLimit = listPage;

// Draw all call sites of the run that contribute to the metric.
function drawSites(metric) {
  const wanted = by('filter').value.toLowerCase();
  const shown = siteEntries
    .filter(entry => entry.site[metric.blocks] > 0 && (!wanted || isFound(testKey(entry.test), wanted)
      || isSiteFound(entry.site, wanted)))
    .sort((a, b) => compareSites(a.site, b.site, metric));
  const sum = sumOf(shown.map(entry => entry.site), metric);
  const whole = sumOf(siteEntries.map(entry => entry.site), metric);
  by('sites-note').textContent = plural(shown.length, 'call site') + ', ' + amount(metric, sum);
  by('list').replaceChildren(...shown.slice(0, listLimit)
    .map(entry => siteBlock(entry.test, entry.site, metric, whole, true)));
  showRest(shown.length, listLimit, 'call site', wanted ? 'No call site matches the filter.'
                                                        : 'No call site contributes to this metric.');
}
