# SPDX-License-Identifier: Apache-2.0
"""The jobs that are disturbed, the points they work on, and what must hold afterwards.

A job is one command on a point. A test runs it on a fresh copy of that point, does something to it, and then asks
judge(), which says in words what is wrong: nothing, or the promise is broken.
"""
import glob
import hashlib
import os
import random
import re
import shutil
import sqlite3
import sys
import tarfile
import time

from faults import FERRY_EXPORT, FERRY_IMPORT, SOURCE_ROOT, run

sys.path.insert(0, os.path.join(SOURCE_ROOT, "tests", "support"))
from meaning import meaning  # noqa: E402  (found through the line above)


class Job:
    """A command on a point. `point` is the pristine one; `medium` the folder that an import reads."""

    def __init__(self, name, program, point, arguments, rerun_codes, trust, medium=None):
        self.name, self.program, self.point, self.arguments = name, program, point, arguments
        self.rerun_codes, self.trust, self.medium = rerun_codes, trust, medium
        self.old = meaning(point)
        self.new = ""  # what an undisturbed run leaves; set by measure()
        self.seconds = 0.0

    @property
    def is_export(self):
        return self.program == FERRY_EXPORT

    def command(self, output="out"):
        place = ["-o", output] if self.is_export else [self.medium]
        return [self.program, "--quiet", "--point", "point", *self.arguments, *place]


class Trial:
    """One folder in which a job is run again and again, each time on a fresh copy of its point."""

    def __init__(self, job, folder):
        self.job, self.folder = job, folder
        self.point = os.path.join(folder, "point")
        self.out = os.path.join(folder, "out")

    def reset(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        shutil.copytree(self.job.point, self.point)

    def run(self, **how):
        return run(self.job.command(), self.folder, **how)

    def disturbed(self, **how):
        self.reset()
        return self.run(**how)

    def measure(self):
        """An undisturbed run: what "new" is, and how long it takes."""
        self.reset()
        began = time.monotonic()
        outcome = self.run()
        self.job.seconds = time.monotonic() - began
        if outcome.code != 0:
            raise RuntimeError(f"{self.job.name}, undisturbed: {outcome}")
        self.job.new = meaning(self.point)
        if self.job.new == self.job.old:
            raise RuntimeError(f"{self.job.name}, undisturbed: changes nothing")

    # --- what must hold ---

    def state(self):
        """"old", "new", or what is wrong."""
        try:
            found = meaning(self.point)
        except sqlite3.Error as error:
            return f"the catalog cannot be read: {error}"
        if found == self.job.old:
            return "old"
        if found == self.job.new:
            return "new"
        old, new = set(self.job.old.splitlines()), set(self.job.new.splitlines())
        lines = set(found.splitlines())
        return f"the catalog is neither the old one nor the new one: {len(lines - old - new)} lines of neither, " + (
            f"{len(new - lines)} lines of the new one missing, {len(lines - new)} not in the new one"
        )

    def volumes(self):
        return sorted(glob.glob(os.path.join(glob.escape(self.out), "*.ferry")))

    def output_names(self):
        return os.listdir(self.out)

    def sound_volumes(self):
        """Every final name stands for a complete volume; gives problems, and whether all of a bundle is there."""
        volumes = self.volumes()
        if not volumes:
            return [], False
        outcome = run([FERRY_IMPORT, "verify", *volumes, "--trust", self.job.trust], self.folder)
        if outcome.code == 0:
            return [], True
        # Killed between one name and the next: the set has a gap and `verify` says so; each volume must still be whole.
        if "missing of" not in outcome.err:
            return [f"volumes under final names do not verify: {outcome}"], False
        return [problem for volume in volumes for problem in broken_volume(volume)], False

    def judge(self, after=""):
        """All that must hold after a fault, whatever it was. `after`: the state it must be, where that is known."""
        problems = []
        found = self.state()
        if found not in ("old", "new"):
            problems.append(found)
        elif after and found != after:
            problems.append(f"the catalog is the {found} one, expected the {after} one")
        for check in (["check"], ["content", "check"]):
            outcome = run([self.job.program, "--point", "point", *check], self.folder)
            if outcome.code != 0:
                problems.append(f"{' '.join(check)}: {outcome}")
        if self.job.is_export:
            unsound, is_whole = self.sound_volumes()
            problems += unsound
            if found == "new" and not is_whole:
                problems.append("the export is recorded, but its bundle is not there")
        again = self.run()
        if again.code not in self.job.rerun_codes:
            problems.append(f"run again: {again}")
        if again.code != 0 and found == "old":
            problems.append(f"run again on the old catalog: {again}")
        problems += self.left_behind()
        return problems

    def left_behind(self):
        """After a run that succeeded: the new catalog, sound volumes and nothing else."""
        problems = []
        if (found := self.state()) != "new":
            problems.append(f"after the run that succeeded: {found}")
        content = run([self.job.program, "--point", "point", "content", "check", "--json"], self.folder)
        if content.code != 0 or '"strangers": []' not in content.out:
            problems.append(f"the payload files after the run that succeeded: {content}")
        if spool := os.listdir(os.path.join(self.point, "spool")):
            problems.append(f"left in the spool: {spool}")
        if self.job.is_export:
            unsound, is_whole = self.sound_volumes()
            problems += unsound if is_whole or unsound else ["the bundle is not complete after the run that succeeded"]
            if extra := [name for name in self.output_names() if not re.fullmatch(r"[^.].*(_v\d+of\d+\.ferry|\.html)", name)]:
                problems.append(f"left in the output: {extra}")
        return problems


def member_name(line):
    """The name of the member that a line of the manifest is about."""
    found = dict(re.findall(r'([a-z0-9-]+)="([^"]+)"', line))
    if line.startswith("<chunk"):
        return found["name"]
    if line.startswith("<file"):
        return "content/" + found["sha256"]
    return f"content/{found['file']}.part{int(found['number']):04}"


def broken_volume(path):
    """Read without Ferry's code: all members that the manifest lists for this volume are there, with their digests."""
    try:
        with tarfile.open(path, "r:") as tar:
            contents = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}
    except (tarfile.TarError, OSError) as error:
        return [f"{os.path.basename(path)}: {error}"]
    manifest = contents.get("manifest.xml", b"").decode()
    for text in re.findall(r"<volume\b.*?</volume>", manifest, re.DOTALL):
        listed = re.findall(r"<(?:chunk|file|part)\b[^>]*>", text)
        names = [member_name(line) for line in listed]
        if names != [name for name in contents if name.startswith(("chunks/", "content/"))]:
            continue
        for name, line in zip(names, listed):
            if f'sha256="{hashlib.sha256(contents[name]).hexdigest()}"' not in line:
                return [f"{os.path.basename(path)}: {name} has another digest"]
        return []
    return [f"{os.path.basename(path)}: its members are those of no volume of the manifest"]


# --- the world in which the jobs are ---

POINT_TOML = """[point]
name = "hq"
[[source]]
name = "vendor"
kind = "updates"
path = "{0}/updates"
[[source]]
name = "packages"
kind = "scup"
path = "{0}/scup"
[[feed]]
name = "all"
products = ["*"]
classifications = ["*"]
languages = ["*"]
content = "none"
[[site]]
name = "plant-1"
feed = "all"
"""


def must(command, cwd):
    outcome = run(command, cwd)
    if outcome.code != 0:
        raise RuntimeError(f"{' '.join(command)}: {outcome}")
    return outcome.out


def sample_catalog(folder):
    shutil.copytree(os.path.join(SOURCE_ROOT, "samples", "metadata", "start"), folder)


def next_month(folder):
    following = os.path.join(SOURCE_ROOT, "samples", "metadata", "next")
    shutil.copytree(following, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("removed.txt"))
    with open(os.path.join(following, "removed.txt"), encoding="utf-8") as names:
        for name in names.read().split():
            os.remove(os.path.join(folder, name))


def fatten(folder):
    """Makes the catalog's chunks three, which fill a volume of 64 KiB each, at little cost: documents of half a
    megabyte of which 5 KiB cannot be compressed."""
    numbers = random.Random(7)
    for path in sorted(glob.glob(os.path.join(folder, "updates", "*.xml"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        padding = f'<upd:Padding n="{numbers.randbytes(5120).hex()}" />' + f'<upd:Padding n="{"a" * 4000}" />' * 130
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("<upd:IsInstalled>", "<upd:IsInstalled>" + padding, 1))


def new_exporter(work, name, catalog):
    must([FERRY_EXPORT, "--point", name, "init", "--name", "hq"], work)
    with open(os.path.join(work, name, "point.toml"), "w", encoding="utf-8") as file:
        file.write(POINT_TOML.format(os.path.join(work, catalog)))
    must([FERRY_EXPORT, "--point", name, "trust", "init"], work)
    must([FERRY_EXPORT, "--point", name, "sync"], work)


def new_site(work, name, exporter):
    trust = os.path.join(exporter, "trust", "trust-0001.xml")
    must([FERRY_IMPORT, "--point", name, "init", "--trust", trust, "--site", "plant-1"], work)


def new_payload(work, name):
    """Updates whose files go into two volumes, one of them cut."""
    tool = os.path.join(SOURCE_ROOT, "tests", "support", "payload.py")
    must([sys.executable, tool, name, "one:90000", "two:60000", "sdp-three:5000"], work)


def set_content_all(point_toml):
    with open(point_toml, encoding="utf-8") as file:
        text = file.read()
    with open(point_toml, "w", encoding="utf-8") as file:
        file.write(text.replace('content = "none"', 'content = "all"'))


def make_jobs(work, only=None):
    """The jobs, each measured once: export and import of a full bundle, of a delta, of several volumes and of payload
    files. `only` names those wanted.
    """
    jobs = []

    def pair(name, exporter, site, arguments=()):
        """An export from `exporter` and the import of what it makes into `site`. Leaves EXPORTER.next, SITE.next."""
        trust = os.path.join(work, exporter, "trust", "trust-0001.xml")
        medium = os.path.join(work, "medium of " + name)
        export = ["export", "--site", "plant-1", *arguments]
        wanted = {f"{kind} of {name}": not only or f"{kind} of {name}" in only for kind in ("export", "import")}
        if wanted[f"export of {name}"]:
            jobs.append(Job(f"export of {name}", FERRY_EXPORT, os.path.join(work, exporter), export, (0, 2), trust))
        shutil.copytree(os.path.join(work, exporter), os.path.join(work, exporter + ".next"))
        must([FERRY_EXPORT, "--quiet", "--point", exporter + ".next", *export, "-o", medium], work)
        if wanted[f"import of {name}"]:
            place = os.path.join(work, site)
            jobs.append(Job(f"import of {name}", FERRY_IMPORT, place, ["import"], (0, 14), trust, medium))
        shutil.copytree(os.path.join(work, site), os.path.join(work, site + ".next"))
        must([FERRY_IMPORT, "--quiet", "--point", site + ".next", "import", medium], work)

    sample_catalog(os.path.join(work, "catalog"))
    new_exporter(work, "hq", "catalog")
    new_site(work, "site", "hq")
    pair("a full bundle", "hq", "site")
    next_month(os.path.join(work, "catalog"))
    must([FERRY_EXPORT, "--point", "hq.next", "sync"], work)
    pair("a delta", "hq.next", "site.next")
    if not only or any("volumes" in name for name in only):
        sample_catalog(os.path.join(work, "fat"))
        fatten(os.path.join(work, "fat"))
        new_exporter(work, "fat-hq", "fat")
        new_site(work, "fat-site", "fat-hq")
        pair("three volumes", "fat-hq", "fat-site", ["--volume-size", "64KiB"])
        found = len(glob.glob(os.path.join(work, "medium of three volumes", "*.ferry")))
        if found != 3:
            raise RuntimeError(f"the bundle of three volumes has {found}")
    if not only or any("payload" in name for name in only):
        new_payload(work, "payload")
        new_exporter(work, "payload-hq", "payload")
        set_content_all(os.path.join(work, "payload-hq", "point.toml"))
        must([FERRY_EXPORT, "--point", "payload-hq", "content", "add", "--copy", "payload/content"], work)
        # The changed policy is a generation of its own, which an export would make before all else.
        must([FERRY_EXPORT, "--point", "payload-hq", "sync"], work)
        new_site(work, "payload-site", "payload-hq")
        pair("payload files", "payload-hq", "payload-site", ["--volume-size", "128KiB"])
    for job in jobs:
        Trial(job, os.path.join(work, "trial")).measure()
    return jobs
