# SPDX-License-Identifier: MIT
"""Slope and interval of bytes, allocations and the peak agree with exact rational arithmetic to a
relative error of 1e-9: for random spans, and for spans that differ only in the last byte, where floating-point arithmetic would lose all digits.
Reports that are merged span by span have the same statistics, bit for bit."""

import decimal
import fractions
import math
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
decimal.getcontext().prec = 60


def estimate(rows):
    """Compute mean, slope, low and high of (n, t) rows from the definition, with each residual."""
    n_total = sum(n for n, _ in rows)
    rated = [(n, t) for n, t in rows if n]
    if not rated:
        return [math.nan, math.nan, 0, math.nan, math.nan]
    nn = sum(n * n for n, _ in rated)
    slope = fractions.Fraction(sum(n * t for n, t in rated), nn)
    mean = fractions.Fraction(sum(t for _, t in rows), n_total)
    if len(rated) < 2:
        return [float(mean), float(slope), 0, math.nan, math.nan]
    residuals = sum((n * (t - slope * n)) ** 2 for n, t in rated)
    root = (decimal.Decimal(residuals.numerator) / residuals.denominator).sqrt()
    margin = decimal.Decimal('1.96') * root / nn
    exact = decimal.Decimal(slope.numerator) / slope.denominator
    return [float(mean), float(slope), 1, float(max(exact - margin, 0)), float(exact + margin)]


def close(seen, expected):
    if math.isnan(expected):
        return math.isnan(seen)
    return abs(seen - expected) <= 1e-9 * abs(expected)


def cases():
    chosen = random.Random(20240817)
    yield 'one span', [(7, 700, 7)]
    yield 'no iterations', [(0, 10, 1), (0, 0, 0)]
    yield 'one with, one without', [(0, 10, 1), (3, 9, 2)]
    yield 'equal spans', [(10, 1000, 10)] * 5
    yield 'equal but for a byte', [(10**9, 10**15, 5), (10**9, 10**15 + 1, 5), (10**9, 10**15, 5)]
    yield 'far from a line', [(1, 10**12, 1), (10**6, 0, 40), (3, 5, 2)]
    yield 'clamped at zero', [(1, 0, 0), (1, 100, 1), (50, 1, 1)]
    for i in range(60):
        scale = 10 ** chosen.randrange(1, 12)
        cost = chosen.randrange(0, 10**4)
        yield f'random {i}', [
            (n, n * cost + chosen.randrange(0, scale), chosen.randrange(0, 50))
            for n in (chosen.randrange(0, scale) for _ in range(chosen.randrange(2, 40)))]


def main():
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [HERE / 'spans.c'], 'cc', ['-g', '-O1'],
                                        packages=['alloc-tracker'])
        for name, rows in cases():
            # A span without an allocation has no bytes.
            rows = [(n, t if allocs else 0, allocs) for n, t, allocs in rows]
            text = ''.join(f'{n} {t} {allocs}\n' for n, t, allocs in rows)
            done = subprocess.run([program], input=text, stdout=subprocess.PIPE, text=True,
                                  env=harness.environment(), check=True)
            once, merged = done.stdout.splitlines()
            check_equal(merged, once, f'{name}: the merged report is the same')
            seen = list(map(float, once.split()))
            rates = [t / n for n, t, _ in rows if n]
            check_equal(int(seen[0]), len(rates), f'{name}: spans')
            if rates:
                check_equal(seen[1:3], [min(rates), max(rates)], f'{name}: extremes')
            expected = estimate([(n, t) for n, t, _ in rows]) \
                + estimate([(n, allocs) for n, _, allocs in rows]) \
                + estimate([(n, n * peak) for n, peak, _ in rows])
            check_equal(len(seen), 3 + len(expected), f'{name}: numbers')
            for i, (a, b) in enumerate(zip(seen[3:], expected)):
                check(close(a, b), f'{name}: number {i}', f'seen {a!r}, expected {b!r}')
    harness.finish()


main()
