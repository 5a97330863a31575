#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The n-th allocation of an export or an import fails, once and for good: no crash, and the old state or the new one.

NTH_ALLOCATION (set by Meson) is the library that is preloaded.
"""
import os

import faults
import world

LIBRARY = os.environ["NTH_ALLOCATION"]
# Every one up to here, every so many after it; and of each job, when not complete.
ALL_UP_TO, STEP = 1000, 31
SAMPLED = 50


def preload(fail_at, persistent=False, count=""):
    environment = {"LD_PRELOAD": LIBRARY, "FERRY_ALLOC_FAIL_AT": str(fail_at)}
    if persistent:
        environment["FERRY_ALLOC_PERSISTENT"] = "1"
    if count:
        environment["FERRY_ALLOC_COUNT"] = count
    return environment


def sweep(tap, job, work):
    trial = world.Trial(job, os.path.join(work, "trial"))
    count_file = os.path.join(work, "count")
    outcome = trial.disturbed(environment=preload(0, count=count_file))
    if outcome.code != 0:
        raise RuntimeError(f"{job.name}, counted: {outcome}")
    with open(count_file, encoding="utf-8") as file:
        total = int(file.read())
    numbers = [n for n in range(1, total + 1) if n <= ALL_UP_TO or n % STEP == 0]
    points = [(number, persistent) for number in numbers for persistent in (False, True)]
    chosen = faults.sample(points, SAMPLED)
    failed, problems = 0, []
    for number, persistent in chosen:
        outcome = trial.disturbed(environment=preload(number, persistent))
        where = f"allocation {number}{' and all after it' if persistent else ''}: {outcome}"
        failed += outcome.code != 0
        if outcome.code is None or outcome.signal:
            problems.append(f"{where}: expected an exit code")
        elif outcome.code != 0 and not outcome.err.strip():
            problems.append(f"{where}: without a message")
        problems += [f"{where}: {text}" for text in trial.judge(after="new" if outcome.code == 0 else "")]
    tap.note(
        f"{job.name}: {total} allocations, each up to {ALL_UP_TO} and every {STEP}st after it, once and for good: "
        f"K = {faults.extent(len(points), len(chosen))}"
    )
    tap.claim(f"{job.name}: really failed, {failed} of {len(chosen)} times", failed > 0)
    tap.none(f"{job.name}: without memory no crash, old or new, {len(chosen)} faults", problems)


def main():
    tap = faults.Tap()
    with faults.workplace() as work:
        wanted = ("export of a full bundle", "import of a full bundle", "import of a delta")
        for job in world.make_jobs(work, only=wanted):
            sweep(tap, job, work)
    tap.finish()


if __name__ == "__main__":
    main()
