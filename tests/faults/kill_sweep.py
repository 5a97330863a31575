#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed before each of the K calls with which an export or an import changes something outside of itself."""
import os
import re
import signal

import faults
import world
from faults import WRITE_CALLS

# Of each job, when not complete.
SAMPLED = 14


def calls_of(trial):
    """The calls that an undisturbed run makes, in order: the name and which of that name it is."""
    log = os.path.join(os.path.dirname(trial.folder), "calls")
    outcome = trial.disturbed(prefix=faults.strace(WRITE_CALLS, log=log))
    if outcome.code != 0:
        raise RuntimeError(f"{trial.job.name}, traced: {outcome}")
    calls, counts = [], {}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if match := re.match(r"\d+ +(\w+)\(", line):
                counts[match[1]] = counts.get(match[1], 0) + 1
                calls.append((match[1], counts[match[1]]))
    return calls


def sweep(tap, job, folder):
    trial = world.Trial(job, folder)
    calls = calls_of(trial)
    # The last of each kind of call is the one with the most behind it.
    last = {name: (name, number) for name, number in calls if name not in ("openat", "close")}
    chosen = faults.sample(calls, SAMPLED, always=last.values())
    killed, states, problems = 0, {"old": 0, "new": 0}, []
    for name, number in chosen:
        outcome = trial.disturbed(prefix=faults.strace(name, f"{name}:signal=KILL:when={number}"))
        where = f"{name} {number}"
        if outcome.signal == signal.SIGKILL:
            killed += 1
        else:
            problems.append(f"{where}: was not killed: {outcome}")
        state = trial.state()
        states[state] = states.get(state, 0) + 1
        problems += [f"{where}: {problem}" for problem in trial.judge()]
    found = f"found old {states['old']}, new {states['new']}"
    tap.note(f"{job.name}: K = {faults.extent(len(calls), len(chosen))}; {found}")
    tap.claim(f"{job.name}: really killed, at {killed} of {len(chosen)} points", killed == len(chosen) > 0)
    tap.none(f"{job.name}: old or new, sound, and run again it finishes, at {len(chosen)} points", problems)


def main():
    tap = faults.Tap()
    with faults.workplace() as work:
        if not faults.has_strace(work):
            tap.skip("killed before every system call", "strace cannot be used here")
            tap.finish()
        for job in world.make_jobs(work):
            sweep(tap, job, os.path.join(work, "trial"))
    tap.finish()


if __name__ == "__main__":
    main()
