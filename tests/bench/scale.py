# SPDX-License-Identifier: Apache-2.0
"""Ferry's time and memory as the catalog grows under the same delta, and as the delta grows over the same catalog."""
import math
import os
import shutil
import statistics

from measure import run
from peers import FERRY_EXPORT, FERRY_IMPORT, Ferry
from sets import make_set

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DELTA_DOCUMENTS = 500
DELTA_CATALOG = 60_000
PERCENTS = (0.1, 1.0, 10.0, 50.0)
COLOURS = ("#1b6ca8", "#b3541e", "#3a7d44", "#7a3b8f", "#444444")


def costs(name, rounds, work):
    """{what: (seconds, bytes of memory)}: medians and the largest memory."""
    folder = os.path.join(work, "scale")
    shutil.rmtree(folder, ignore_errors=True)
    peer = Ferry(make_set(name, folder), os.path.join(folder, "ferry"))
    peer.prepare()
    found = {}
    for _ in range(rounds):
        for step in ("full export", "full import", "delta export", "delta import"):
            peer.reset(step)
            found.setdefault(step, []).append(run(" && ".join(peer.commands(step)), peer.folder))
        for program, point in ((FERRY_EXPORT, "hq.ready"), (FERRY_IMPORT, "site")):
            found.setdefault("status", []).append(run(f"{program} --point {point} status >/dev/null", peer.folder))
    shutil.rmtree(folder)
    return {step: (statistics.median(c.wall for c in series), max(c.memory for c in series))
            for step, series in found.items()}


def plot(path, title, across, points, unit, value):
    """One SVG, both axes logarithmic. points: [(x, {series: (seconds, bytes)})]."""
    names = list(points[0][1])
    width, height, left, top, right, bottom = 760, 460, 70, 50, 170, 60
    values = [value(costs_[name]) for _, costs_ in points for name in names]
    lowest, highest = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(number):
        return left + (math.log10(number) - first) / (last - first) * (width - left - right)

    def y(number):
        return height - bottom - (math.log10(number) - lowest) / (highest - lowest) * (height - top - bottom)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
             f'font-size="13"><rect width="100%" height="100%" fill="white"/><text x="{left}" y="28" '
             f'font-size="17">{title}</text>']
    for power in range(lowest, highest + 1):
        at = y(10.0 ** power)
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0 ** power:g} {unit}</text>')
    for number, _ in points:
        parts.append(f'<text x="{x(number):.1f}" y="{height - bottom + 20}" text-anchor="middle">{number:,g}</text>')
    parts.append(f'<text x="{(left + width - right) / 2}" y="{height - 14}" text-anchor="middle">{across}</text>')
    for index, name in enumerate(names):
        colour = COLOURS[index % len(COLOURS)]
        line = " ".join(f"{x(n):.1f},{y(value(c[name])):.1f}" for n, c in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(value(c[name])):.1f}" r="3.5" fill="{colour}"/>' for n, c in points]
        parts.append(f'<text x="{width - right + 14}" y="{y(value(points[-1][1][name])) + 4:.1f}" fill="{colour}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


def table(across, points):
    names = list(points[0][1])
    lines = [f"| {across} | " + " | ".join(f"{name}, s | MiB" for name in names) + " |",
             "| ---: |" + " ---: | ---: |" * len(names)]
    for number, found in points:
        lines.append(f"| {number:,g} | " + " | ".join(f"{found[n][0]:.3f} | {found[n][1] / 2**20:.0f}" for n in names) + " |")
    return "\n".join(lines)


def measure(work, report, rounds):
    for file, across, names in (
            ("catalog", f"revisions, a delta of {DELTA_DOCUMENTS}",
             [(size, f"generated:{size}:{100 * DELTA_DOCUMENTS / size:g}") for size in SIZES]),
            ("delta", f"percent that changes, of {DELTA_CATALOG:,} revisions",
             [(percent, f"generated:{DELTA_CATALOG}:{percent:g}") for percent in PERCENTS])):
        points = [(number, costs(name, rounds, work)) for number, name in names]
        print(table(across, points), end="\n\n")
        plot(os.path.join(report, f"{file}-time.svg"), "Time", across, points, "s", lambda cost: cost[0])
        plot(os.path.join(report, f"{file}-memory.svg"), "Memory", across, points, "MiB", lambda cost: cost[1] / 2**20)
    return 0
