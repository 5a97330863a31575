#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and a service manager's stop at random times of export and import: 1,000 times when complete."""
import os
import random
import signal
import subprocess
import time

import faults
import world

SIGNALS_COMPLETE, SIGNALS_SAMPLED = 1000, 40


def undisturbed_seconds(trial):
    trial.reset()
    began = time.monotonic()
    trial.run()
    return time.monotonic() - began


def main():
    tap = faults.Tap()
    numbers = random.Random(faults.SEED)
    with faults.workplace() as work:
        jobs = world.make_jobs(work)
        for job in jobs:
            # The fastest of several, or most signals would come when all is over.
            for _ in range(3):
                job.seconds = min(job.seconds, undisturbed_seconds(world.Trial(job, os.path.join(work, "trial"))))
        total = SIGNALS_COMPLETE if faults.IS_COMPLETE else SIGNALS_SAMPLED
        problems = {job: [] for job in jobs}
        ended = {signal.SIGINT: 0, signal.SIGTERM: 0}
        finished_first = 0
        for i in range(total):
            job, number = jobs[i % len(jobs)], (signal.SIGINT, signal.SIGTERM)[i // len(jobs) % 2]
            trial = world.Trial(job, os.path.join(work, "trial"))
            trial.reset()
            delay = numbers.uniform(0, job.seconds)
            process = subprocess.Popen(
                job.command(),
                cwd=trial.folder,
                env=faults.clean_environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                # A shell starts background jobs with it ignored, and that is inherited.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
            time.sleep(delay)
            process.send_signal(number)
            where = f"{number.name} after {delay * 1000:.1f} ms"
            code = process.wait(timeout=faults.TIMEOUT_SECONDS)
            # A shell shows the death by signal n as 128 + n.
            if code in (-number, 128 + number):
                ended[number] += 1
            elif code == 0:
                finished_first += 1
            else:
                problems[job].append(f"{where}: exit code {code}")
            problems[job] += [f"{where}: {text}" for text in trial.judge(after="new" if code == 0 else "")]
        for job in jobs:
            tap.none(f"{job.name}: interrupted, it is old or new, and run again it finishes", problems[job])
        count = sum(ended.values())
        tap.note(
            f"{faults.extent(SIGNALS_COMPLETE, total)}; ended by SIGINT {ended[signal.SIGINT]}, "
            f"by SIGTERM {ended[signal.SIGTERM]}, done before it came {finished_first}"
        )
        tap.claim(f"signals really ended runs: {count} of {total}", min(ended.values()) > 0 and count >= total // 4)
    tap.finish()


if __name__ == "__main__":
    main()
