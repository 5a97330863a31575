#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile bundles, each made on purpose, and what becomes of them: refused for the right reason, with the catalog
unchanged, in little memory and time. Prints TAP: one line a bundle.

  hostile_bundles.py [--complete] [--only TEXT] [--keep DIR]
    --complete   each attack in all four: 1 and 3 volumes, P-256 and RSA-3072
    --only       cases whose name has TEXT
    --keep       leaves the bundles in DIR

The environment (set by Meson): FERRY_IMPORT, GENERATE_CATALOG: the programs; FERRY_COMPLETE: as --complete.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import attacks_certificate
import attacks_chunk
import attacks_cms
import attacks_content
import attacks_files
import attacks_manifest
import attacks_policy
import attacks_recipient
import attacks_signature
import attacks_trust
import attacks_volume
import attacks_xml
import table
import world as worlds

MAX_MEMORY = 256 * 1024 * 1024
MAX_SECONDS = 10.0
WANTED = 500
WORKERS = 2
KEY_TYPES = ("p256", "rsa3072")
# What an operator's terminal must never get: controls other than line ends and tabs, and what turns text around.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def install_attacks():
    for module in (
        attacks_volume,
        attacks_files,
        attacks_manifest,
        attacks_xml,
        attacks_chunk,
        attacks_content,
        attacks_policy,
        attacks_recipient,
        attacks_signature,
        attacks_cms,
        attacks_trust,
        attacks_certificate,
    ):
        module.install()


class Worker:
    """A runner with sites of its own."""

    def __init__(self, folder, number, sites):
        self.sites = {}
        self.pristine = {}
        for key, source in sites.items():
            self.pristine[key] = source
            self.sites[key] = os.path.join(folder, f"worker{number}", "-".join(key))
            shutil.copytree(source, self.sites[key])
        self.media = os.path.join(folder, f"worker{number}", "media")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "runner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.dumps = {key: self.ask({"site": site})["dump"] for key, site in self.sites.items()}

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def reset(self, key):
        shutil.rmtree(self.sites[key])
        shutil.copytree(self.pristine[key], self.sites[key])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def write_media(folder, files):
    """Writes the files of a bundle; a function makes its file itself. Gives the digest of all that lies there."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, data in files.items():
        path = os.path.join(folder.encode(), name if isinstance(name, bytes) else name.encode())
        if callable(data):
            data(path)
            continue
        with open(path, "wb") as file:
            file.write(data)
    digest = hashlib.sha256()
    for name in sorted(os.listdir(folder.encode())):
        path = os.path.join(folder.encode(), name)
        mode = os.lstat(path).st_mode
        digest.update(name + b"\0%d\0" % stat.S_IFMT(mode))
        if stat.S_ISREG(mode):
            with open(path, "rb") as file:
                digest.update(file.read())
        elif stat.S_ISLNK(mode):
            digest.update(os.readlink(path))
    return digest.hexdigest()


def faults_of(attack, kit, answer, before):
    faults = []
    text = answer["text"].encode("latin-1").decode("utf-8", "replace")
    code = attack.code[kit.volumes]
    if answer["code"] != code:
        faults.append(f"exit code {answer['code']}, expected {code}")
    for piece in attack.says:
        piece = piece.replace("{file}", kit.file()).replace("{name}", kit.name).replace("{bundle}", kit.final_name)
        if piece not in text:
            faults.append(f"no '{piece}' in the message")
    changed = [new != old for new, old in zip(answer["dump"], before)]
    if code != 0 and changed[0]:
        faults.append("the catalog has changed")
    if code != 0 and changed[1] != attack.installs_trust:
        faults.append("its trust files have changed" if changed[1] else "the new trust file was not installed")
    if code == 0 and not changed[0]:
        faults.append("the catalog has not changed")
    # Of several volumes those that are sound are kept for the next run; of anything else nothing is.
    # One volume may be one of several too: where the others are left out (row 6), or one is listed too many (17).
    is_set = kit.volumes > 1 or attack.row in (6, 17)
    kept = is_set and code in (11, 15) and all(name.startswith("bundle-") for name in answer["spool"])
    if answer["spool"] and not kept:
        faults.append(f"left in the spool: {answer['spool']}")
    if answer["memory"] > MAX_MEMORY:
        faults.append(f"peak memory {answer['memory'] >> 20} MiB, at most {MAX_MEMORY >> 20} are allowed")
    if answer["seconds"] > MAX_SECONDS:
        faults.append(f"{answer['seconds']:.1f} s, at most {MAX_SECONDS} are allowed")
    if unsafe := UNSAFE.search(text):
        faults.append(f"the message has the character {unsafe.group()!r}")
    if "terminate called" in text or "Sanitizer" in text:
        faults.append("the program died of it")
    if faults:
        faults.append("message: " + repr(text[:1500]))
    return faults


class Suite:
    def __init__(self, folder, keep):
        self.folder, self.keep = folder, keep
        self.worlds, self.workers = {}, []
        self.lock = threading.Lock()
        self.results = []

    def prepare(self):
        before, after = worlds.generated_catalogs(os.path.join(self.folder, "catalog"), os.environ["GENERATE_CATALOG"])
        sites = {}
        for key_type in KEY_TYPES:
            world = worlds.World(os.path.join(self.folder, key_type), key_type, before, after)
            self.worlds[key_type] = world
            for target in world.targets.values():
                path = os.path.join(self.folder, "sites", f"{key_type}-{target.name}")
                os.makedirs(os.path.dirname(path), exist_ok=True)
                worlds.make_site(os.environ["FERRY_IMPORT"], world, target, path)
                sites[(key_type, target.name)] = path
        self.workers = [Worker(self.folder, number, sites) for number in range(WORKERS)]

    def run(self, case):
        attack, key_type, volumes = case
        with self.lock:
            worker = self.workers.pop()
        try:
            start = time.thread_time()
            kit = worlds.Kit(self.worlds[key_type], attack.site, volumes)
            key = (key_type, attack.site)
            label = f"row {attack.row}, {attack.name}, {volumes} volume{'s' if volumes > 1 else ''}, {key_type}"
            if attack.row == 0:
                label = label.replace("row 0", "honest")
            digest = write_media(worker.media, kit.build(attack.hooks))
            if self.keep:
                shutil.copytree(worker.media, os.path.join(self.keep, re.sub("[^a-z0-9]+", "_", label)), symlinks=True)
            answer = worker.ask(
                {"program": os.environ["FERRY_IMPORT"], "site": worker.sites[key], "media": worker.media}
            )
            answer["case"] = volumes, key_type
            answer["made"] = time.thread_time() - start
            faults = faults_of(attack, kit, answer, worker.dumps[key])
            if answer["dump"] != worker.dumps[key] or answer["spool"]:
                worker.reset(key)
            return attack, label, digest, answer, faults
        except Exception as error:
            raise RuntimeError(f"case '{attack.name}' cannot be made") from error
        finally:
            with self.lock:
                self.workers.append(worker)


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def claim(self, name, faults):
        self.count += 1
        self.failures += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {name}".replace("#", "no."))
        for fault in faults:
            print("#   " + fault.replace("\n", "\n#   "))


def report(tap, results, is_whole):
    """The claims about all cases together."""
    hostile = [result for result in results if result[0].row != 0]
    refused = sum(not faults for *_, faults in hostile)
    distinct = len({digest for _, _, digest, _, _ in hostile})
    memory = max(answer["memory"] for *_, answer, _ in results) / 2**20
    slowest = max(answer["seconds"] for *_, answer, _ in results)
    print(
        f"# hostile bundles: {distinct} distinct, {refused} refused, peak memory {memory:.0f} MiB, "
        f"slowest {slowest:.2f} s"
    )
    for _, label, _, answer, _ in sorted(results, key=lambda result: -result[3]["seconds"] - result[3]["made"])[:5]:
        print(f"# dear: {label}: {answer['seconds']:.1f} s and {answer['made']:.1f} s to make")
    names = [label for _, label, *_ in hostile]
    tap.claim("every case has a name of its own", [name for name in set(names) if names.count(name) > 1])
    seen = {}
    same = [
        f"{label} = {seen[digest]}" for _, label, digest, _, _ in hostile if seen.setdefault(digest, label) != label
    ]
    tap.claim("every hostile bundle has bytes of its own", same)
    if not is_whole:
        return
    tap.claim(
        f"there are at least {WANTED} distinct hostile bundles", [] if distinct >= WANTED else [f"found {distinct}"]
    )
    missing = []
    for row, title in table.ROWS.items():
        if row in table.NOT_APPLICABLE:
            print(f"# row {row:2} {title}: not applicable: {table.NOT_APPLICABLE[row]}")
            continue
        counts = {(volumes, key_type): 0 for volumes in (1, 3) for key_type in KEY_TYPES}
        for attack, _, _, answer, _ in hostile:
            if attack.row == row:
                counts[answer["case"]] += 1
        print(
            f"# row {row:2} {title}: {sum(counts.values())} cases: "
            + ", ".join(f"{count} with {volumes} of {key_type}" for (volumes, key_type), count in counts.items())
        )
        missing += [f"row {row}, {title}: none with {case}" for case, count in counts.items() if count == 0]
    tap.claim("every row of the attack table is covered, with 1 and 3 volumes and with both types of keys", missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--complete", action="store_true", default=bool(os.environ.get("FERRY_COMPLETE")))
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    start = time.monotonic()
    install_attacks()
    cases = [
        (attack, key_type, volumes)
        for number, attack in enumerate(table.HONEST + table.ATTACKS)
        if arguments.only in attack.name
        for volumes, key_type in attack.cases(number, arguments.complete)
    ]
    print(
        "# complete: every attack with 1 and 3 volumes, with P-256 and RSA-3072"
        if arguments.complete
        else "# sampled: every attack with 1 and 3 volumes; P-256 and RSA-3072 in turn (--complete: the whole product)"
    )
    tap = Tap()
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ferry-hostile.", dir=base) as folder:
        suite = Suite(folder, arguments.keep)
        suite.prepare()
        results = []
        with ThreadPoolExecutor(WORKERS) as pool:
            for result in pool.map(suite.run, cases):
                results.append(result)
                tap.claim(result[1], result[4])
        for worker in suite.workers:
            worker.close()
        report(tap, results, not arguments.only)
    print(f"# took {time.monotonic() - start:.0f} s")
    print(f"1..{tap.count}")
    sys.exit(1 if tap.failures else 0)


if __name__ == "__main__":
    main()
