#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small file system that is really full: the medium of an export, and the disk of a point. Needs root."""
import os
import re
import shutil

import faults
import world

PAGE = 4096
ROOMY = "64m"
# Of each job, when not complete.
SAMPLED = 7


class Full:
    """A trial whose output, or whose point, lies on a tmpfs with so many pages left."""

    def __init__(self, trial, place):
        self.trial, self.place = trial, place

    def resize(self, size):
        if not faults.mount("ferry-faults", self.place, options=f"remount,size={size}"):
            raise RuntimeError("tmpfs cannot be resized")

    def used_pages(self):
        status = os.statvfs(self.place)
        return status.f_blocks - status.f_bfree

    def run(self, free_pages):
        """Fresh, with so much room; afterwards there is room again."""
        os.makedirs(self.trial.folder, exist_ok=True)
        for path in (self.trial.point, self.trial.out):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.trial.job.point, self.trial.point)
        self.resize((self.used_pages() + free_pages) * PAGE)
        outcome = self.trial.run()
        parts = [name for name in os.listdir(self.trial.out)] if os.path.isdir(self.trial.out) else []
        self.resize(ROOMY)
        return outcome, parts


def was_whole(part, outcome):
    """Whether a file kept for the next run is one before the volume that the error names."""
    kept = re.fullmatch(r"\.(.*_v)(\d+)(of\d+\.ferry)\.partial", part)
    failed = re.search(r"([^/']*_v)(\d+)(of\d+\.ferry)", outcome.err)
    return bool(kept and failed and kept[1] == failed[1] and int(kept[2]) < int(failed[2]))


def sweep(tap, name, job, folder, place):
    """The trial lies in `folder`; `place`, the small file system, is it or its output."""
    if not faults.mount("ferry-faults", place, options=f"size={ROOMY}"):
        tap.skip(name, "a small file system can only be mounted by root")
        return
    try:
        # A size of 0 would be none at all.
        with open(os.path.join(place, "page"), "wb") as file:
            file.write(bytes(PAGE))
        trial = world.Trial(job, folder)
        if place != folder:
            # A mount point cannot be removed and made anew; the output is a folder on it.
            trial.out = os.path.join(place, "out")
            trial.run = lambda: faults.run(job.command(trial.out), folder)
        full = Full(trial, place)
        outcome, _ = full.run(4096)
        if outcome.code != 0:
            raise RuntimeError(f"{name}, with room: {outcome}")
        # From no page to so many that all goes well.
        enough = 1
        while full.run(enough)[0].code != 0:
            enough *= 2
        points = range(0, enough + 1)
        chosen = faults.sample(points, SAMPLED, always=[0])
        refused, problems = 0, []
        for free in chosen:
            outcome, parts = full.run(free)
            where = f"{free} pages free: {outcome}"
            refused += outcome.code == 17
            if outcome.code not in (0, 17):
                problems.append(f"{where}: expected exit code 17")
            # Volumes stay where only the record of them had no room: they are whole, and written anew the next time.
            if outcome.code != 0 and place == folder:
                parts = [part for part in parts if part.startswith(".")]
            # So do those of a bundle of several that were written whole before the one that had no room.
            parts = [part for part in parts if not was_whole(part, outcome)]
            if outcome.code != 0 and parts:
                problems.append(f"{where}: left in the output: {parts}")
            after = "new" if outcome.code == 0 else "old"
            problems += [f"{where}: {problem}" for problem in trial.judge(after=after)]
        tap.note(f"{name}: K = {faults.extent(len(points), len(chosen))}")
        tap.claim(f"{name}: was really full, {refused} of {len(chosen)} times", refused > 0)
        tap.none(f"{name}: exit code 17, no cut volume left, and with more room it finishes", problems)
    finally:
        faults.unmount(place)


def main():
    tap = faults.Tap()
    if not faults.is_root():
        tap.skip("full disks", "a small file system can only be mounted by root")
        tap.finish()
    with faults.workplace() as work:
        for job in world.make_jobs(work):
            trial = os.path.join(work, "trial")
            shutil.rmtree(trial, ignore_errors=True)
            if job.is_export:
                os.makedirs(os.path.join(trial, "medium"))
                sweep(tap, f"{job.name}, the medium is full", job, trial, os.path.join(trial, "medium"))
            shutil.rmtree(trial, ignore_errors=True)
            sweep(tap, f"{job.name}, the point's disk is full", job, trial, trial)
    tap.finish()


if __name__ == "__main__":
    main()
