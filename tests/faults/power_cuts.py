#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The power goes off: ext4 on a loop device is shut down without writing its log out, at random times of export and
import, at every fault point, and right after the program has said that it is done.

Needs root and loop devices; the fault points need -Dfault_points=true.
"""
import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import time

import faults
import world

# _IOR('X', 125, __u32) of the kernel's ext4, with EXT4_GOING_FLAGS_NOLOGFLUSH.
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
# Of each job.
RANDOM_COMPLETE, RANDOM_SAMPLED = 40, 1
DONE_COMPLETE, DONE_SAMPLED = 12, 1
STAGES_SAMPLED = 2


class Disk:
    """A small ext4, made once with a job's point on it and copied for every cut."""

    def __init__(self, folder):
        self.template, self.image = os.path.join(folder, "template"), os.path.join(folder, "image")
        self.place = os.path.join(folder, "disk")
        os.makedirs(self.place)

    def prepare(self, job):
        with open(self.image, "wb") as file:
            file.truncate(24 * 1024 * 1024)
        make = ["mkfs.ext4", "-q", "-J", "size=4", "-E", "nodiscard", self.image]
        made = subprocess.run(make, stderr=subprocess.DEVNULL)
        if made.returncode != 0 or not self.mount():
            return False
        trial = world.Trial(job, os.path.join(self.place, "trial"))
        trial.reset()
        faults.unmount(self.place)
        shutil.move(self.image, self.template)
        return True

    def mount(self):
        return faults.mount(self.image, self.place, "ext4", "loop")

    def fresh(self):
        subprocess.run(["cp", "--sparse=always", self.template, self.image], check=True)
        if not self.mount():
            raise RuntimeError("the disk cannot be mounted")

    def cut(self):
        handle = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(handle)

    def power_on(self):
        faults.unmount(self.place)
        if not self.mount():
            raise RuntimeError("the disk cannot be mounted after the cut")


def is_real(disk):
    """Whether a cut here loses what was not flushed, and nothing else."""
    disk.fresh()
    for name in ("flushed", "careless"):
        with open(os.path.join(disk.place, name), "wb") as file:
            file.write(b"x" * 10000)
            file.flush()
            if name == "flushed":
                os.fsync(file.fileno())
    disk.cut()
    disk.power_on()
    sizes = {}
    for name in ("flushed", "careless"):
        path = os.path.join(disk.place, name)
        sizes[name] = os.path.getsize(path) if os.path.exists(path) else 0
    faults.unmount(disk.place)
    return sizes == {"flushed": 10000, "careless": 0}


class Cutter:
    def __init__(self, job, disk):
        self.job, self.disk = job, disk
        self.trial = world.Trial(job, os.path.join(disk.place, "trial"))
        self.cuts = self.running = 0
        self.states = {"old": 0, "new": 0}
        self.seconds = 0.0

    def start(self, **environment):
        return subprocess.Popen(
            self.job.command(),
            cwd=self.trial.folder,
            env=faults.clean_environment(**environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def one(self, wait, **environment):
        """Starts the job, cuts the power when `wait` comes back, and judges. Gives problems."""
        self.disk.fresh()
        process = self.start(**environment)
        # The exit code, where the process had ended before the cut; else it stands still or runs on.
        code = wait(process)
        began = time.monotonic()
        self.disk.cut()
        self.seconds += time.monotonic() - began
        if code is None:
            self.running += 1
            process.kill()
            process.wait()
        self.disk.power_on()
        self.cuts += 1
        problems = [] if code in (None, 0) else [f"exit code {code} before the cut"]
        state = self.trial.state()
        self.states[state] = self.states.get(state, 0) + 1
        problems += self.trial.judge(after="new" if code == 0 else "")
        faults.unmount(self.disk.place)
        return problems

    def undisturbed_seconds(self):
        self.disk.fresh()
        began = time.monotonic()
        process = self.start()
        process.wait()
        faults.unmount(self.disk.place)
        return time.monotonic() - began


def stopped(process):
    """Waits until the process stands at its fault point, or has ended."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode


def count_stages(trial):
    """How many fault points the job passes."""
    stage = 1
    while True:
        trial.reset()
        outcome = trial.run(environment={"FERRY_CRASH_AT": str(stage)})
        if outcome.signal != signal.SIGKILL:
            return stage - 1
        stage += 1


def sweep(tap, job, disk, work):
    if not disk.prepare(job):
        tap.skip(f"{job.name}: power cuts", "ext4 on a loop device cannot be mounted here")
        return 0
    if not is_real(disk):
        tap.claim(f"{job.name}: a cut really loses what was not flushed", False)
        return 0
    cutter = Cutter(job, disk)
    problems = []
    stages = count_stages(world.Trial(job, os.path.join(work, "trial")))
    chosen = faults.sample(range(1, stages + 1), STAGES_SAMPLED)
    for stage in chosen:
        problems += [f"fault point {stage}: {text}" for text in cutter.one(stopped, FERRY_STOP_AT=str(stage))]
    at_stages = cutter.running
    seconds = cutter.undisturbed_seconds()
    numbers = random.Random(f"{faults.SEED} {job.name}")
    times = RANDOM_COMPLETE if faults.IS_COMPLETE else RANDOM_SAMPLED
    for _ in range(times):
        delay = numbers.uniform(0, seconds)

        def some_time(process, delay=delay):
            time.sleep(delay)
            return process.poll()

        problems += [f"after {delay * 1000:.1f} ms: {text}" for text in cutter.one(some_time)]
    done = DONE_COMPLETE if faults.IS_COMPLETE else DONE_SAMPLED
    for _ in range(done):
        problems += [f"right after it was done: {text}" for text in cutter.one(lambda process: process.wait())]
    tap.note(
        f"{job.name}: {stages} fault points, {len(chosen)} cut; {times} random times, {done} right after exit 0: "
        f"{'complete' if faults.IS_COMPLETE else 'sampled'}; "
        f"found old {cutter.states['old']}, new {cutter.states['new']}"
    )
    if not faults.HAS_FAULT_POINTS:
        tap.skip(f"{job.name}: power cuts at fault points", "a build with -Dfault_points=true is needed")
    else:
        name = f"{job.name}: really stopped at fault points, {at_stages} of {len(chosen)}"
        tap.claim(name, at_stages == len(chosen) > 0)
    tap.claim(f"{job.name}: a cut really loses what was not flushed, and that only", True)
    tap.none(f"{job.name}: nothing acknowledged is lost and nothing is mixed, {cutter.cuts} cuts", problems)
    return cutter.cuts


def main():
    tap = faults.Tap()
    if not faults.is_root() or not shutil.which("mkfs.ext4"):
        tap.skip("power cuts on ext4", "needs root and mkfs.ext4")
        tap.finish()
    with faults.workplace() as work:
        cuts = 0
        disk = Disk(work)
        try:
            for job in world.make_jobs(work):
                cuts += sweep(tap, job, disk, work)
        finally:
            if os.path.ismount(disk.place):
                faults.unmount(disk.place)
        tap.note(f"{cuts} cuts, {'complete' if faults.IS_COMPLETE else 'sampled'}")
        if cuts:
            tap.claim(f"enough cuts: {cuts}", cuts >= (300 if faults.IS_COMPLETE else 15))
    tap.finish()


if __name__ == "__main__":
    main()
