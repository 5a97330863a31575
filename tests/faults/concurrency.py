#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Eight importers at once on one point and one bundle, and two exporters: exactly one does the job."""
import os
import subprocess

import faults
import world

ROUNDS_COMPLETE, ROUNDS_SAMPLED = 200, 10
# How many at once, and with which codes the others end: another run holds the lock, or there is nothing left to do.
CROWDS = {"import": (8, (18, 14)), "export": (2, (18, 2))}


def one_round(trial, count):
    """All at once; the exit codes and what each said."""
    processes = [
        subprocess.Popen(
            trial.job.command(),
            cwd=trial.folder,
            env=faults.clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    said = [process.communicate(timeout=faults.TIMEOUT_SECONDS)[1] for process in processes]
    return [(process.returncode, text) for process, text in zip(processes, said)]


def crowd(tap, job, folder):
    count, others = CROWDS["export" if job.is_export else "import"]
    rounds = ROUNDS_COMPLETE if faults.IS_COMPLETE else ROUNDS_SAMPLED
    trial = world.Trial(job, folder)
    refused, late, problems = 0, 0, []
    for number in range(rounds):
        trial.reset()
        results = one_round(trial, count)
        codes = sorted(code for code, _ in results)
        where = f"round {number + 1} {codes}"
        if codes.count(0) != 1 or any(code not in (0, *others) for code in codes):
            problems.append(f"{where}: {[text for code, text in results if code not in (0, *others)]}")
        refused += codes.count(18)
        late += codes.count(others[1])
        unnamed = [text for code, text in results if code == 18 and "in use" not in text]
        problems += [f"{where}: no holder named: {text}" for text in unnamed]
        problems += [f"{where}: {problem}" for problem in trial.left_behind()]
        check = faults.run([job.program, "--point", "point", "check"], trial.folder)
        if check.code != 0:
            problems.append(f"{where}: check: {check}")
    tap.note(
        f"{job.name}, {count} at once: {faults.extent(ROUNDS_COMPLETE, rounds)}; "
        f"refused with 18: {refused}, with {others[1]}: {late}"
    )
    tap.claim(f"{job.name}: they really met: {refused} were refused", refused > 0)
    tap.none(f"{job.name}: {count} at once, exactly one does it and the others say why not", problems)


def main():
    tap = faults.Tap()
    with faults.workplace() as work:
        for job in world.make_jobs(work, only=("import of a full bundle", "export of a full bundle")):
            crowd(tap, job, os.path.join(work, "trial"))
    tap.finish()


if __name__ == "__main__":
    main()
