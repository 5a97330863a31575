#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sticks: exFAT and FAT through FUSE. Written and read, filled to the brim, pulled out in the middle, and read-only.

Needs root, loop devices, and exfat-fuse, exfatprogs, fusefat and dosfstools.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import time

import faults
import world

IMAGE_BYTES = 4 * 1024 * 1024
# Pulled at random times, of each job and file system.
PULLS_COMPLETE, PULLS_SAMPLED = 60, 3
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def tool(*words):
    return subprocess.run(words, **QUIET).returncode


class Stick:
    """An image with a file system. plug() mounts it, pull() takes it away under whoever uses it."""

    name, tools = "", ()
    # How a full stick must end; see Fat.
    full_codes = (17,)

    def __init__(self, folder):
        self.image = os.path.join(folder, f"{self.name}.img")
        self.place = os.path.join(folder, f"{self.name} stick")
        self.device = None
        self.process = None
        os.makedirs(self.place)

    def format(self):
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        return self.make() == 0

    def plug(self, options=""):
        """False where this machine cannot do it."""
        self.attach()
        self.process = subprocess.Popen(self.driver(options), **QUIET)
        for _ in range(300):
            if os.path.ismount(self.place):
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.01)
        return False

    def attach(self):
        self.device = self.image

    def detach(self):
        pass

    def pull(self):
        """The driver dies; every call on the mount fails from now on."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def clear(self):
        """After pull() or to unplug: what is left is unmounted, and the file system checked as one would."""
        if os.path.ismount(self.place) or tool("mountpoint", "-q", self.place) == 0 or not self.is_reachable():
            tool("umount", self.place) and tool("umount", "-l", self.place)
        if self.process:
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.pull()
        self.detach()

    def is_reachable(self):
        try:
            os.listdir(self.place)
            return True
        except OSError:
            return False


class Exfat(Stick):
    name, tools = "exFAT", ("mount.exfat-fuse", "mkfs.exfat", "fsck.exfat", "losetup")

    def make(self):
        return tool("mkfs.exfat", self.image)

    def attach(self):
        # This driver wants a block device.
        found = subprocess.run(["losetup", "-f", "--show", self.image], capture_output=True, text=True)
        self.device = found.stdout.strip() or self.image

    def detach(self):
        if self.device and self.device != self.image:
            tool("losetup", "-d", self.device)
            self.device = None

    def driver(self, options):
        # -d keeps it in the foreground, where it is ours to end.
        return ["mount.exfat-fuse", "-d", "-o", ",".join(filter(None, ["noatime", options])), self.device, self.place]

    def repair(self):
        tool("fsck.exfat", "-y", self.image)


class Fat(Stick):
    name, tools = "FAT", ("fusefat", "mkfs.vfat", "fsck.vfat")
    # This driver says "Operation not permitted" where it means "No space left on device".
    full_codes = (17, 1)

    def make(self):
        return tool("mkfs.vfat", self.image)

    def driver(self, options):
        return ["fusefat", "-f", "-s", "-o", "ro" if options == "ro" else "rw+", self.image, self.place]

    def repair(self):
        tool("fsck.vfat", "-a", self.image)


class OnStick(world.Trial):
    """A trial whose output or medium is the stick."""

    def __init__(self, job, folder, stick):
        super().__init__(job, folder)
        self.stick = stick
        if job.is_export:
            self.out = stick.place

    def output_names(self):
        # fsck gives names to what it finds without one.
        return [name for name in os.listdir(self.out) if not name.endswith(".REC")]

    def command(self):
        if self.job.is_export:
            return self.job.command(self.out)
        return [*self.job.command()[:-1], self.stick.place]

    def run(self, **how):
        return faults.run(self.command(), self.folder, **how)

    def reset(self):
        super().reset()
        if not self.stick.format() or not self.stick.plug():
            raise RuntimeError(f"{self.stick.name} cannot be mounted any more")
        if not self.job.is_export:
            for name in os.listdir(self.job.medium):
                shutil.copyfile(os.path.join(self.job.medium, name), os.path.join(self.stick.place, name))
            # Read again from the stick, not from memory.
            self.stick.clear()
            self.stick.plug()

    def start(self, **environment):
        return subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env=faults.clean_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def undisturbed(tap, trial):
    name = f"{trial.job.name}, {trial.stick.name}"
    trial.reset()
    outcome = trial.run()
    tap.claim(f"{name}: works", outcome.code == 0, outcome)
    tap.none(f"{name}: and leaves what it should", trial.left_behind())
    trial.stick.clear()


def free_bytes(place):
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def fill(place, leave):
    """Writes until so many bytes are left."""
    try:
        with open(os.path.join(place, "filler"), "ab", buffering=0) as file:
            while (rest := free_bytes(place) - leave) > 0:
                file.write(bytes(min(rest, 4096)))
    except OSError:
        pass  # full, which was wanted


def filled(tap, trial):
    """Full before the export, and filled while it runs."""
    name = f"{trial.job.name}, {trial.stick.name}"
    problems, codes = [], []
    points = [("", 0), ("", 100_000)]
    if faults.HAS_FAULT_POINTS:
        points += [("2", 0), ("2", 40_000), ("3", 0)]
    else:
        tap.skip(f"{name}: filled while it runs", "a build with -Dfault_points=true is needed")
    for stop, leave in points:
        trial.reset()
        if stop:
            process = trial.start(FERRY_STOP_AT=stop)
            if not wait_stopped(process):
                raise RuntimeError(f"{name}: did not stop at fault point {stop}: exit code {process.returncode}")
            fill(trial.stick.place, leave)
            process.send_signal(signal.SIGCONT)
            err = process.communicate(timeout=faults.TIMEOUT_SECONDS)[1]
            outcome = faults.Outcome(process.returncode, "", err)
        else:
            fill(trial.stick.place, leave)
            outcome = trial.run()
        where = f"fault point {stop or 'none'}, {leave} bytes left: {outcome}"
        codes.append(outcome.code)
        if outcome.code not in trial.stick.full_codes:
            problems.append(f"{where}: expected exit code {trial.stick.full_codes}")
        os.remove(os.path.join(trial.stick.place, "filler"))
        # Of several volumes those that were finished stay, hidden, for the run that goes on.
        if left := [name for name in trial.output_names() if not re.fullmatch(r"\..*\.partial", name)]:
            problems.append(f"{where}: left on the stick: {left}")
        problems += [f"{where}: {problem}" for problem in trial.judge(after="old")]
        trial.stick.clear()
    tap.none(f"{name}: a full stick is a clean error, and with more room it finishes, {len(codes)} times", problems)


def wait_stopped(process):
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return True
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    return False


def pulled(tap, trial):
    """Pulled out at every fault point and at random times."""
    name = f"{trial.job.name}, {trial.stick.name}"
    numbers = random.Random(f"{faults.SEED} {name}")
    times = PULLS_COMPLETE if faults.IS_COMPLETE else PULLS_SAMPLED
    stages = ["1", "2", "3", "5"] if trial.job.is_export else ["1", "2", "3"]
    if not faults.HAS_FAULT_POINTS:
        tap.skip(f"{name}: pulled out at fault points", "a build with -Dfault_points=true is needed")
        stages = []
    points = [("stage", stage) for stage in stages]
    # At once, so that one is noticed for sure; what was read ahead into memory an import may do without the stick.
    points += [("time", 0.0)]
    points += [("time", numbers.uniform(0, trial.job.seconds * 1.5)) for _ in range(times)]
    failed, problems = 0, []
    for kind, value in points:
        trial.reset()
        process = trial.start(**({"FERRY_STOP_AT": value} if kind == "stage" else {}))
        if kind == "time":
            time.sleep(value)
        elif not wait_stopped(process):
            problems.append(f"fault point {value}: did not stop there, exit code {process.returncode}")
        trial.stick.pull()
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            err = process.communicate(timeout=faults.TIMEOUT_SECONDS)[1]
        else:
            err = ""
        outcome = faults.Outcome(process.returncode, "", err)
        where = f"{kind} {value}: {outcome}"
        failed += outcome.code != 0
        if outcome.code is None or outcome.signal or (outcome.code != 0 and not err.strip()):
            problems.append(f"{where}: expected an exit code and a message")
        trial.stick.clear()
        trial.stick.repair()
        if not trial.stick.plug():
            problems.append(f"{where}: the stick cannot be mounted again")
            continue
        after = "" if outcome.code == 0 else "old"
        problems += [f"{where}: {problem}" for problem in trial.judge(after=after)]
        trial.stick.clear()
    total = len(stages) + 1 + PULLS_COMPLETE
    tap.note(f"{name}, pulled out: {faults.extent(total, len(points))}")
    tap.claim(f"{name}: pulling it out was really noticed, {failed} of {len(points)} times", failed > 0)
    tap.none(f"{name}: pulled out it is a clean error, and plugged in again it finishes", problems)


def listing(folder):
    found = {}
    for parent, _, names in os.walk(folder):
        for name in [".", *names]:
            path = os.path.join(parent, name)
            status = os.stat(path)
            content = open(path, "rb").read() if name != "." else b""
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return found


def read_only(tap, trial):
    name = f"{trial.job.name}, {trial.stick.name}"
    trial.reset()
    trial.stick.clear()
    if not trial.stick.plug("ro"):
        tap.skip(f"{name}: read-only", "its driver cannot mount it read-only")
        return
    before = listing(trial.stick.place)
    with open(trial.stick.image, "rb") as file:
        bytes_before = file.read()
    outcome = trial.run()
    tap.claim(f"{name}: is read from a read-only medium", outcome.code == 0 and trial.state() == "new", outcome)
    tap.claim(f"{name}: and the medium is as it was", listing(trial.stick.place) == before)
    try:
        open(os.path.join(trial.stick.place, "x"), "wb").close()
        tap.claim(f"{name}: the medium could really not be written", False)
    except OSError:
        tap.claim(f"{name}: the medium could really not be written", True)
    trial.stick.clear()
    with open(trial.stick.image, "rb") as file:
        tap.claim(f"{name}: to the last byte of its file system", file.read() == bytes_before)


def main():
    tap = faults.Tap()
    if not faults.is_root() or not os.path.exists("/dev/fuse"):
        tap.skip("exFAT and FAT sticks", "needs root and FUSE")
        tap.finish()
    with faults.workplace() as work:
        jobs = world.make_jobs(work, only=("export of three volumes", "import of three volumes"))
        for kind in (Exfat, Fat):
            missing = [word for word in kind.tools if not shutil.which(word)]
            if missing:
                tap.skip(f"{kind.name} sticks", f"needs {', '.join(missing)}")
                continue
            stick = kind(work)
            if not stick.format() or not stick.plug():
                tap.skip(f"{kind.name} sticks", "they cannot be mounted here")
                stick.clear()
                continue
            stick.clear()
            try:
                for job in jobs:
                    trial = OnStick(job, os.path.join(work, "trial"), stick)
                    undisturbed(tap, trial)
                    if job.is_export:
                        filled(tap, trial)
                    else:
                        read_only(tap, trial)
                    pulled(tap, trial)
            finally:
                stick.pull()
                stick.clear()
    tap.finish()


if __name__ == "__main__":
    main()
