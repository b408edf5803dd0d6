# SPDX-License-Identifier: MIT
"""Plots the cost against stack depth and threads, as SVG. The y axis is logarithmic."""

import math

WIDTH, HEIGHT, LEFT, TOP, GAP = 380, 300, 80, 40, 90
COLOURS = ['#555555', '#1b9e77', '#d95f02', '#7570b3', '#e7298a', '#66a61e', '#e6ab02', '#a6761d',
           '#1f78b4', '#b2182b']
LABELS = {'depth': 'stack depth', 'threads': 'number of threads'}


def chart(series, axis, left):
    """Return the SVG elements of one chart, and its legend."""
    lines = {name: points for (kind, name), points in series.items() if kind == axis}
    top = max(y for points in lines.values() for _, y in points)
    bottom = min(y for points in lines.values() for _, y in points)
    low, high = math.floor(math.log10(bottom)), math.ceil(math.log10(top))
    xs = sorted({x for points in lines.values() for x, _ in points})

    def at(x, y):
        return (left + WIDTH * xs.index(x) / max(len(xs) - 1, 1),
                TOP + HEIGHT * (high - math.log10(y)) / (high - low))

    out = [f'<text x="{left}" y="{TOP - 15}">CPU time per malloc + free, ns, against {LABELS[axis]}</text>']
    for power in range(low, high + 1):
        y = at(xs[0], 10 ** power)[1]
        out.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>'
                   f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{10 ** power:,}</text>')
    for x in xs:
        out.append(f'<text x="{at(x, bottom)[0]}" y="{TOP + HEIGHT + 18}" '
                   f'text-anchor="middle">{x}</text>')
    for colour, (name, points) in zip(COLOURS, lines.items()):
        path = ' '.join('{:.1f},{:.1f}'.format(*at(x, y)) for x, y in sorted(points))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return out, list(zip(COLOURS, lines))


def write(path, series):
    if not series:
        raise SystemExit('--plot needs the table "pairs"')
    depth, legend = chart(series, 'depth', LEFT)
    threads, _ = chart(series, 'threads', LEFT + WIDTH + GAP)
    out = depth + threads
    for i, (colour, name) in enumerate(legend):
        x, y = LEFT + 200 * (i % 4), TOP + HEIGHT + 50 + 22 * (i // 4)
        out.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
                   f'<text x="{x + 18}" y="{y}">{name}</text>')
    width, height = LEFT + 2 * WIDTH + GAP + 30, TOP + HEIGHT + 120
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                   f'font-family="sans-serif" font-size="12">\n'
                   f'<rect width="100%" height="100%" fill="white"/>\n' + '\n'.join(out)
                   + '\n</svg>\n')
