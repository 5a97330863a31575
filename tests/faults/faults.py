# SPDX-License-Identifier: Apache-2.0
"""What the fault tests share: TAP, samples, running a command, strace, file systems of their own.

The environment (set by Meson): FERRY_EXPORT, FERRY_IMPORT: the programs; FERRY_SOURCE_ROOT: the checkout;
FERRY_FAULT_POINTS: the programs have fault points; FERRY_COMPLETE: every point instead of a sample; FERRY_SEED:
another sample (the default is always the same one).
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE_ROOT = os.environ["FERRY_SOURCE_ROOT"]
FERRY_EXPORT = os.environ["FERRY_EXPORT"]
FERRY_IMPORT = os.environ["FERRY_IMPORT"]
IS_COMPLETE = bool(os.environ.get("FERRY_COMPLETE"))
HAS_FAULT_POINTS = bool(os.environ.get("FERRY_FAULT_POINTS"))
SEED = int(os.environ.get("FERRY_SEED", "1"))
# A run that takes longer hangs; undisturbed ones take a fraction of a second.
TIMEOUT_SECONDS = 60
SHOWN_PROBLEMS = 10

# Calls that change something outside of the process, and some that only begin or end that.
WRITE_CALLS = ",".join(
    "?" + name  # not every machine has each of them
    for name in (
        "write pwrite64 writev pwritev fsync fdatasync sync_file_range syncfs ftruncate fallocate rename renameat "
        "renameat2 unlink unlinkat open openat mkdir mkdirat rmdir close link linkat symlink symlinkat chmod fchmod fchmodat "
        "copy_file_range sendfile"
    ).split()
)


# --- TAP ---


class Tap:
    """Claims, each one line; finish() ends the program."""

    def __init__(self):
        self.count = self.failures = 0
        self.began = time.monotonic()

    def note(self, text):
        print("# " + text, flush=True)

    def claim(self, name, holds, *why):
        self.count += 1
        print(f"{'ok' if holds else 'not ok'} {self.count} - {name}", flush=True)
        if not holds:
            self.failures += 1
            for text in why:
                for line in str(text).splitlines()[:60]:
                    print("#   " + line, flush=True)

    def none(self, name, problems):
        """A claim that holds when the list of problems is empty."""
        shown = [str(problem) for problem in problems[:SHOWN_PROBLEMS]]
        if len(problems) > len(shown):
            shown.append(f"... and {len(problems) - len(shown)} more")
        self.claim(name, not problems, *shown)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def finish(self):
        print(f"# took {time.monotonic() - self.began:.1f} s")
        print(f"1..{self.count}")
        sys.exit(1 if self.failures else 0)


def sample(points, wanted, always=()):
    """All points when complete; else those of `always` and, evenly spread over the rest, about `wanted` in all."""
    points = list(points)
    if IS_COMPLETE or len(points) <= wanted:
        return points
    chosen = set(always)
    rest = [point for point in points if point not in chosen]
    wanted = max(0, wanted - len(chosen))
    if wanted:
        step = len(rest) / wanted
        phase = random.Random(SEED).random() * step
        chosen.update(rest[min(len(rest) - 1, int(phase + i * step))] for i in range(wanted))
    return [point for point in points if point in chosen]


def extent(total, ran):
    return f"{total} points, {ran} run, {'complete' if ran >= total else 'sampled'}"


# --- running ---


class Outcome:
    """How a process ended: its exit code, or minus the signal that ended it; None when it hung."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def signal(self):
        return -self.code if self.code is not None and self.code < 0 else 0

    def __str__(self):
        said = (self.err or self.out).strip().splitlines()
        how = "hung" if self.code is None else f"signal {self.signal}" if self.signal else f"exit code {self.code}"
        return how + (f": {said[-1]}" if said else "")


def clean_environment(**more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FERRY_", "SOURCE_DATE"))}
    return {**environment, "LC_ALL": "C.UTF-8", **more}


def run(command, cwd, environment=None, prefix=(), preexec=None):
    process = subprocess.Popen(
        [*prefix, *command],
        cwd=cwd,
        env=clean_environment(**(environment or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=preexec,
        text=True,
        errors="replace",
    )
    try:
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        return Outcome(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        # Its own session: strace and what it traces go together.
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return Outcome(None, out, err)


def strace(calls, inject="", log="/dev/null", paths=()):
    """The words to put before a command. `paths` are absolute; with them only calls on these files count.

    `when=n` counts the calls of each name by themselves. With --seccomp-bpf strace 6.1 injects nothing.
    """
    words = ["strace", "-f", "-qq", "-o", log, "-e", "trace=" + calls]
    if inject:
        words += ["-e", "inject=" + inject]
    for path in paths:
        words += ["-P", path]
    return words


def has_strace(folder):
    return bool(shutil.which("strace")) and run(["true"], folder, prefix=strace("write")).code == 0


def workplace(in_memory=True):
    """A folder that goes with the program; in memory where durability is not what is tested."""
    parent = "/dev/shm" if in_memory and os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.TemporaryDirectory(prefix="ferry-faults.", dir=parent)
    return folder


# --- file systems (root) ---

def is_root():
    return os.geteuid() == 0


def mount(source, target, kind="tmpfs", options=""):
    """False where it cannot be done."""
    os.makedirs(target, exist_ok=True)
    command = ["mount", "-t", kind] + (["-o", options] if options else []) + [source, target]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def unmount(target):
    for _ in range(50):
        if subprocess.run(["umount", target], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.02)
    raise RuntimeError(f"{target} cannot be unmounted")
