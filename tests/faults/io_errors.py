#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""System calls that fail, once and for good: the n-th of each kind, for all n of an undisturbed export and import.

Also: a medium that cannot be read, a device that says it has written and has not, and writes that are really cut short.
"""
import os
import re
import resource

import faults
import world

# The errors that each call can be expected to give, on a disk or a stick that breaks or is full.
ERRORS = {
    "openat": ("EIO", "EMFILE", "ENOSPC"),
    "read": ("EIO", "EINTR"),
    "pread64": ("EIO", "EINTR"),
    "write": ("EIO", "ENOSPC", "EINTR"),
    "pwrite64": ("EIO", "ENOSPC", "EINTR"),
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO", "ENOSPC"),
    "fallocate": ("EIO", "ENOSPC", "EINTR"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "rmdir": ("EIO",),
    "mkdir": ("EIO", "ENOSPC"),
    "close": ("EIO",),
    "lseek": ("EIO",),
    "fstat": ("EIO",),
    "newfstatat": ("EIO",),
    "statfs": ("EIO",),
    "flock": ("EINTR", "ENOLCK"),
    "fcntl": ("ENOLCK",),
    "mmap": ("ENOMEM",),
    "getdents64": ("EIO",),
    "getrandom": ("EINTR",),
}
CALLS = ",".join("?" + name for name in ERRORS)
# Of each job, when not complete.
ERRORS_SAMPLED, READS_SAMPLED, LIES_SAMPLED, LIMITS_SAMPLED = 10, 4, 3, 4
LINE = re.compile(r"\d+ +(\w+)\((.*)\) += (-?\d+)")


class Call:
    def __init__(self, name, number, text, result):
        self.name, self.number, self.text, self.result = name, number, text, result

    def __str__(self):
        return f"{self.name} {self.number} ({self.text[:90]})"


def calls_of(trial):
    """The calls of an undisturbed run, each with its number among those of its kind; the loader's are left out."""
    log = os.path.join(os.path.dirname(trial.folder), "calls")
    outcome = trial.disturbed(prefix=[*faults.strace(CALLS, log=log), "-y", "-s", "40"])
    if outcome.code != 0:
        raise RuntimeError(f"{trial.job.name}, traced: {outcome}")
    calls, counts, is_loaded = [], {}, False
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match:
                continue
            counts[match[1]] = counts.get(match[1], 0) + 1
            is_loaded = is_loaded or trial.point in line
            if is_loaded:
                calls.append(Call(match[1], counts[match[1]], match[2], int(match[3])))
    return calls


class Fault:
    def __init__(self, call, error, when):
        self.call, self.error, self.when = call, error, when

    def inject(self):
        return f"{self.call.name}:error={self.error}:when={self.when}"

    def __str__(self):
        return f"{self.error} at {self.call.name} {self.when} ({self.call.text[:90]})"


def faults_of(calls):
    for call in calls:
        for error in ERRORS[call.name]:
            if error == "EINTR":
                # Several in a row; for ever would be no interruption any more.
                yield Fault(call, error, f"{call.number}..{call.number + 2}")
            else:
                yield Fault(call, error, str(call.number))
                yield Fault(call, error, f"{call.number}+")


def judge(trial, outcome, can_speak=True):
    """Success with the right result, or an error with a message; what holds after any fault, then."""
    problems = []
    if outcome.code is None or outcome.signal:
        problems.append(str(outcome))
    elif outcome.code != 0 and can_speak and not outcome.err.strip():
        problems.append(f"exit code {outcome.code} without a message")
    return problems + trial.judge(after="new" if outcome.code == 0 else "old")


def injected(tap, job, trial):
    calls = calls_of(trial)
    all_faults = list(faults_of(calls))
    chosen = faults.sample(all_faults, ERRORS_SAMPLED)
    failed, problems = 0, []
    for fault in chosen:
        outcome = trial.disturbed(prefix=faults.strace(CALLS, fault.inject()))
        failed += outcome.code != 0
        is_told = fault.error == "ENOSPC" and fault.call.name in ("write", "rename", "fsync", "mkdir")
        if is_told and outcome.code not in (0, 17):
            problems.append(f"{fault}: {outcome}, expected 17")
        # What fails for good, or three times in a row, can be the message too.
        can_speak = fault.call.name != "write" or fault.when.isdigit()
        problems += [f"{fault}: {outcome}: {problem}" for problem in judge(trial, outcome, can_speak)]
    tap.note(f"{job.name}: {len(calls)} calls, K = {faults.extent(len(all_faults), len(chosen))}")
    tap.claim(f"{job.name}: really failed, {failed} of {len(chosen)} times", failed > 0)
    tap.none(f"{job.name}: a call that fails is success or a clean error, {len(chosen)} faults", problems)


def unreadable_medium(tap, job, trial):
    """Each read of each volume fails, once and for good."""
    points = []
    for volume in sorted(name for name in os.listdir(job.medium) if name.endswith(".ferry")):
        path = os.path.join(job.medium, volume)
        log = os.path.join(os.path.dirname(trial.folder), "reads")
        trial.disturbed(prefix=faults.strace("read", log=log, paths=[path]))
        with open(log, encoding="utf-8", errors="replace") as lines:
            reads = sum(1 for line in lines if " read(" in line)
        points += [(path, f"{number}{mode}") for number in range(1, reads + 1) for mode in ("", "+")]
    chosen = faults.sample(points, READS_SAMPLED)
    failed, problems = 0, []
    for path, when in chosen:
        outcome = trial.disturbed(prefix=faults.strace("read", f"read:error=EIO:when={when}", paths=[path]))
        where = f"read {when} of {os.path.basename(path)}"
        failed += outcome.code != 0
        if outcome.code not in (1, 15):
            problems.append(f"{where}: {outcome}, expected exit code 1 or 15")
        if os.path.basename(path) not in outcome.err:
            problems.append(f"{where}: does not name the volume: {outcome}")
        problems += [f"{where}: {problem}" for problem in judge(trial, outcome)]
    tap.note(f"{job.name}, reading the medium: K = {faults.extent(len(points), len(chosen))}")
    tap.claim(f"{job.name}: reading really failed, {failed} of {len(chosen)} times", failed == len(chosen) > 0)
    tap.none(f"{job.name}: a medium that cannot be read is refused by name, {len(chosen)} faults", problems)


def lying_device(tap, job, trial):
    """A write is said to be done, all of it or 100 bytes, and nothing was written."""
    # The catalog is SQLite's, and the log of runs is not read again.
    writes = [call for call in calls_of(trial) if call.name == "write" and call.result >= 100]
    writes = [call for call in writes if "audit.jsonl" not in call.text]
    points = [(call, length) for call in writes for length in (100, call.result)]
    chosen = faults.sample(points, LIES_SAMPLED)
    problems = []
    for call, length in chosen:
        outcome = trial.disturbed(prefix=faults.strace(CALLS, f"write:retval={length}:when={call.number}"))
        where = f"{length} of {call} not written"
        if outcome.code == 0:
            problems.append(f"{where}: not noticed")
        problems += [f"{where}: {outcome}: {problem}" for problem in judge(trial, outcome)]
        if job.is_export and (names := trial.volumes()) and outcome.code == 0:
            problems.append(f"{where}: under a final name: {names}")
    tap.note(f"{job.name}, writes that were none: K = {faults.extent(len(points), len(chosen))}")
    tap.none(f"{job.name}: a write that was none is noticed, {len(chosen)} faults", problems)


def largest_file(trial):
    trial.disturbed()
    return max(
        os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(trial.folder) for name in names
    )


def cut_short(tap, job, trial):
    """Files may not grow beyond a limit: the write that reaches it is really cut short, the next one fails."""
    points = range(0, largest_file(trial), 1536)
    chosen = faults.sample(points, LIMITS_SAMPLED, always=points[:2])
    failed, problems = 0, []
    for limit in chosen:
        outcome = trial.disturbed(preexec=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        failed += outcome.code != 0
        problems += [f"files of {limit} bytes: {outcome}: {problem}" for problem in judge(trial, outcome)]
    tap.note(f"{job.name}, files cut short: K = {faults.extent(len(points), len(chosen))}")
    tap.claim(f"{job.name}: writing was really cut short, {failed} of {len(chosen)} times", failed > 0)
    tap.none(f"{job.name}: a write that is cut short is success or a clean error, {len(chosen)} limits", problems)


def main():
    tap = faults.Tap()
    with faults.workplace() as work:
        jobs = world.make_jobs(work)
        can_trace = faults.has_strace(work)
        if not can_trace:
            tap.skip("injected errors of system calls", "strace cannot be used here")
        for job in jobs:
            trial = world.Trial(job, os.path.join(work, "trial"))
            cut_short(tap, job, trial)
            if not can_trace:
                continue
            injected(tap, job, trial)
            lying_device(tap, job, trial)
            if not job.is_export:
                unreadable_medium(tap, job, trial)
    tap.finish()


if __name__ == "__main__":
    main()
