# SPDX-License-Identifier: Apache-2.0
"""Measures every peer on every set in turns, and prints a Markdown table with the targets met and not met."""
import argparse
import json
import os
import platform
import shutil
import sys

import scale
from measure import Failure, Series, run
from peers import PEERS, STEPS
from sets import COMPLETE, ORDINARY, ROOT, make_set

# (step, what, of which peer, at most so many times as much): what Ferry wants to be.
TARGETS = [("delta export", "wall", "git", 1.0), ("delta export", "wall", "git-synced", 1.0),
           ("delta import", "wall", "git", 1.0), ("delta import", "wall", "git-synced", 1.0),
           ("delta export", "bytes", "git", {"hp": 0.35, "generated": 0.25, "tail": 0.25}),
           ("delta export", "bytes", "zstd-19", 1.5), ("full export", "wall", "git", 0.5),
           ("full import", "wall", "git", 0.7), ("full export", "bytes", "git", 0.4),
           ("full export", "bytes", "zstd", 1.1)]


def measure(name, peers, rounds, work):
    """{(peer, step): Series}, and the set; None where its documents are missing."""
    folder = os.path.join(work, name.replace(":", "-"))
    shutil.rmtree(folder, ignore_errors=True)
    documents = make_set(name, folder)
    if documents is None:
        return None, {}
    count = len(documents.documents(documents.target))
    running = {}
    for key in peers:
        peer_class = PEERS[key]
        if peer_class.max_documents and count > peer_class.max_documents:
            print(f"{name}: {key} is left out above {peer_class.max_documents:,} documents", file=sys.stderr)
            continue
        running[key] = peer_class(documents, os.path.join(folder, key))
        print(f"{name}: preparing {key}", file=sys.stderr)
        running[key].prepare()
    series = {}
    for number in range(rounds):
        print(f"{name}: round {number + 1} of {rounds}", file=sys.stderr)
        for step in STEPS:
            for key, peer in running.items():
                if peer.max_rounds and number >= peer.max_rounds:
                    continue
                commands = peer.commands(step)
                if not commands:
                    continue
                peer.reset(step)
                found = series.setdefault((key, step), Series())
                found.costs.append(run(" && ".join(commands), peer.folder))
                if step.endswith("export"):
                    found.bytes = peer.artefact(step)
                else:
                    peer.check(step)
    shutil.rmtree(folder)
    return documents, series


def value(series, what):
    return series.bytes if what == "bytes" else series.median().wall


def row(name, key, step, series, ferry):
    cost = series.median()
    low, high = series.spread()
    ratio = f"{ferry.median().wall / cost.wall:.2f}" if ferry and key != "ferry" else ""
    smaller = f"{ferry.bytes / series.bytes:.2f}" if ferry and key != "ferry" and series.bytes else ""
    size = f"{series.bytes:,}" if series.bytes else ""
    return (f"| {name} | {step} | {PEERS[key].name} | {cost.wall:.3f} ({low:.3f}–{high:.3f}) | {cost.cpu:.3f} | "
            f"{cost.memory / 2**20:.0f} | {size} | {ratio} | {smaller} |")


def targets(name, documents, series):
    for step, what, peer, limit in TARGETS:
        if (peer, step) not in series or ("ferry", step) not in series:
            continue
        most = limit[name.split(":")[0]] if isinstance(limit, dict) else limit
        found = value(series["ferry", step], what) / value(series[peer, step], what)
        verdict = "met" if found <= most else "**not met**"
        yield f"| {documents.name} | {step}, {what} of {PEERS[peer].name} | ≤ {most} | {found:.2f} | {verdict} |"
    memory = max((s.median().memory for (key, _), s in series.items() if key == "ferry"), default=0) / 2**20
    if not memory:
        return
    most = 256 if name == "tail" else 128
    yield f"| {documents.name} | memory of Ferry, MiB | ≤ {most} | {memory:.0f} | {'met' if memory <= most else '**not met**'} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", dest="sets")
    parser.add_argument("--complete", action="store_true")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--work", default=os.path.join(ROOT, "build-bench", "work"))
    options = parser.parse_args()
    report = os.path.join(ROOT, "build-bench", "report")
    os.makedirs(report, exist_ok=True)
    if options.scale:
        return scale.measure(options.work, report, options.rounds)
    rows, verdicts, facts, missing = [], [], {}, []
    for name in options.sets or (COMPLETE if options.complete else ORDINARY):
        documents, series = measure(name, options.peers.split(","), options.rounds, options.work)
        if documents is None:
            missing.append(name)
            continue
        for step in STEPS:
            for key in PEERS:
                if (key, step) in series:
                    rows.append(row(documents.name, key, step, series[key, step], series.get(("ferry", step))))
        verdicts.extend(targets(name, documents, series))
        facts[name] = {f"{key}: {step}": {"bytes": s.bytes, "wall": [c.wall for c in s.costs], "cpu": [c.cpu for c in s.costs],
                                          "memory": [c.memory for c in s.costs]} for (key, step), s in series.items()}
    floor = run(["true"]).memory / 2**20
    lines = [f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}; medians of {options.rounds} rounds in "
             "turns, warm cache; every artefact is signed in the export and verified in the import. "
             f"Memory of {floor:.0f} MiB is that of the harness: it means no more than that.", "",
             "| set | step | peer | wall s (least–most) | CPU s | memory MiB | bytes | Ferry's time, of it | Ferry's bytes, of it |",
             "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |", *rows, "",
             "| set | target | wanted | found | |", "| --- | --- | ---: | ---: | --- |", *verdicts, ""]
    lines += [f"- {peer.name}: {peer.note}" for peer in PEERS.values()]
    lines += [f"- {name}: left out, its documents are not here" for name in missing]
    with open(os.path.join(report, "compare.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(report, "compare.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
    print("\n".join(lines))
    return 0 if rows else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"compare: {failure}")
