# SPDX-License-Identifier: Apache-2.0
"""The documents that are measured: a folder as it stands before a month, and one as it stands after it."""
import json
import os
import shutil
import zipfile
from dataclasses import dataclass

from measure import run

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
GENERATE = os.path.join(ROOT, "build-bench", "tests", "generate-catalog")
HP = os.path.join(ROOT, "..", "shared", "data", "hp-scup", "HpCatalogForSms.latest_V2.zip")
# "The catalog as of a day" is what its manifest dates before that day.
HP_MONTHS = {"2018-10": ("2018-10-01", "2018-11-01"), "2018-11": ("2018-11-01", "2018-12-01"),
             "2018-12": ("2018-12-01", "2019-01-01"), "2019-01": ("2019-01-01", "2019-02-01"),
             "2019-02": ("2019-02-01", "9999")}


@dataclass
class DocumentSet:
    name: str
    kind: str     # of the source: "scup" or "updates"
    base: str     # folders of documents, one a file
    target: str

    def documents(self, folder):
        """Names below the folder, in the order of their last part, which begins with the id."""
        found = [os.path.relpath(os.path.join(root, name), folder) for root, _, names in os.walk(folder)
                 for name in names if name.endswith((".sdp", ".xml"))]
        return sorted(found, key=os.path.basename)


def hp_set(month, folder):
    """None where the catalog, which is not the project's, is missing."""
    if not os.path.exists(HP):
        return None
    with zipfile.ZipFile(HP) as archive:
        times = json.loads(archive.read("update_manifest.json"))
        files = {os.path.splitext(os.path.basename(name))[0].lower(): name for name in archive.namelist()
                 if name.endswith(".sdp")}
        for place, day in zip(("base", "target"), HP_MONTHS[month]):
            where = os.path.join(folder, place)
            os.makedirs(where)
            kept = {package: time for package, time in times.items() if time < day}
            for package in kept:
                with open(os.path.join(where, package + ".sdp"), "wb") as file:
                    file.write(archive.read(files[package.lower()]))
            with open(os.path.join(where, "update_manifest.json"), "w", encoding="utf-8") as file:
                json.dump(kept, file)
    return DocumentSet("HP " + month, "scup", os.path.join(folder, "base"), os.path.join(folder, "target"))


def generated_set(revisions, percent, folder, max_document=None):
    limits = ["--max-document", str(max_document)] if max_document else []
    options = ["--seed", "7", "--revisions", str(revisions), "--delta", str(percent), "--quiet", *limits]
    base, target = os.path.join(folder, "base"), os.path.join(folder, "target")
    run([GENERATE, *options, "--month", "0", base])
    shutil.copytree(base, target, copy_function=os.link)  # documents are immutable
    run([GENERATE, *options, "--month", "1", target])
    return DocumentSet(f"{revisions:,} revisions, {percent} %", "updates", base, target)


def make_set(name, folder):
    os.makedirs(folder)
    kind, *rest = name.split(":")
    if kind == "hp":
        return hp_set(rest[0], folder)
    if kind == "generated":
        return generated_set(int(rest[0]), float(rest[1]), folder)
    if kind == "tail":
        found = generated_set(100000, 1.0, folder, 47_000_000)
        found.name = "documents up to 47 MB"
        return found
    raise SystemExit(f"unknown set {name!r}; expected hp:MONTH, generated:REVISIONS:PERCENT or tail")


ORDINARY = [f"hp:{month}" for month in HP_MONTHS] + [f"generated:60000:{p}" for p in ("0.1", "1", "10")]
COMPLETE = ORDINARY + [f"generated:600000:{p}" for p in ("0.1", "1", "10")] + ["tail"]
