# SPDX-License-Identifier: Apache-2.0
"""What is measured: for each peer, the commands that take a set of documents across, and their preparation.

A step is a method that gives the commands to time. Before each round reset(step) brings back the state that the step
starts from; that is not timed. Every peer's artefact is signed by its export and verified by its import.
"""
import os
import shutil

from measure import run, size_of
from sets import ROOT

STEPS = ("full export", "full import", "delta export", "delta import")
FERRY_EXPORT = os.path.join(ROOT, "build-bench", "exporter", "ferry-export")
FERRY_IMPORT = os.path.join(ROOT, "build-bench", "importer", "ferry-import")


def fresh(*paths):
    for path in paths:
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)


def copy(source, destination):
    fresh(destination)
    run(["cp", "-a", "--reflink=auto", source, destination])


class Peer:
    """Works in a folder of its own. `note` says what a reader must know to compare."""
    name = note = ""
    max_documents = None  # more would take minutes a step
    max_rounds = None     # where a step takes minutes

    def __init__(self, documents, folder):
        self.documents, self.folder = documents, folder
        os.makedirs(folder)
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out key.crt "
            "-days 30 -subj /CN=bench -addext keyUsage=digitalSignature", folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name):
        return (f"openssl cms -sign -binary -outform DER -md sha256 -signer key.crt -inkey key.pem -in {name} "
                f"-out {name}.p7s && sync {name} {name}.p7s")

    def verify(self, name):
        return (f"openssl cms -verify -binary -inform DER -in {name}.p7s -content {name} -CAfile key.crt -purpose any "
                "-out /dev/null 2>/dev/null")

    def prepare(self):
        """Once: what both sides hold before anything is measured."""

    def reset(self, step):
        pass

    def commands(self, step):
        """The lines for bash that are timed; nothing where the peer has no such step."""
        raise NotImplementedError

    def artefact(self, step):
        """What travels after an export, with its signature."""
        raise NotImplementedError

    def check(self, step):
        """After an import: raises Failure unless the result is the set."""


class Ferry(Peer):
    name = "Ferry"
    note = "signed by its own key; verified, indexed and synced; catalog to catalog"

    def prepare(self):
        hq = self.path("hq")
        run([FERRY_EXPORT, "--point", hq, "init", "--name", "hq"])
        self.source("base")
        run([FERRY_EXPORT, "--point", hq, "trust", "init"])
        run([FERRY_EXPORT, "--point", hq, "sync"], codes=(0, 2))
        run([FERRY_IMPORT, "--point", self.path("empty"), "init", "--trust", f"{hq}/trust/trust-0001.xml", "--site", "s"])
        run([FERRY_EXPORT, "--point", hq, "export", "--site", "s", "--no-report", "-o", self.path("first")])
        copy(self.path("empty"), self.path("site"))
        run([FERRY_IMPORT, "--point", self.path("site"), "import", self.path("first")])
        self.source("target")
        run([FERRY_EXPORT, "--point", hq, "sync"], codes=(0, 2))
        copy(self.path("hq"), self.path("hq.ready"))
        copy(self.path("site"), self.path("site.ready"))
        run([FERRY_EXPORT, "--point", hq, "export", "--site", "s", "--full", "--no-report", "-o", self.path("full")])
        copy(self.path("hq.ready"), hq)
        run([FERRY_EXPORT, "--point", hq, "export", "--site", "s", "--no-report", "-o", self.path("delta")])

    def source(self, which):
        with open(self.path("hq/point.toml"), "w", encoding="utf-8") as file:
            file.write('[point]\nname = "hq"\n'
                       f'[[source]]\nname = "v"\nkind = "{self.documents.kind}"\n'
                       f'path = "{getattr(self.documents, which)}"\n'
                       '[[feed]]\nname = "all"\nproducts = ["*"]\nclassifications = ["*"]\nlanguages = ["*"]\n'
                       'content = "none"\n[[site]]\nname = "s"\nfeed = "all"\n')

    def reset(self, step):
        side, which = step.split()[1], step.split()[0]
        if side == "export":
            copy(self.path("hq.ready"), self.path("hq"))
            fresh(self.path("out"))
        else:
            copy(self.path("empty" if which == "full" else "site.ready"), self.path("site"))
        os.sync()

    def commands(self, step):
        which, side = step.split()
        if side == "export":
            full = "--full" if which == "full" else ""
            return [f"{FERRY_EXPORT} --point hq --quiet export --site s {full} --no-report -o out"]
        return [f"{FERRY_IMPORT} --point site --quiet import {which}"]

    def artefact(self, step):
        return size_of(self.path("out"))

    def check(self, step):
        state = "status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"feeds\"][0][\"state\"])'"
        run(f'test "$({FERRY_EXPORT} --point hq.ready {state})" = "$({FERRY_IMPORT} --point site {state})"', self.folder)


class Git(Peer):
    name = "git bundle"
    note = "objects, no catalog; only its bundle is synced to disk, as every artefact is"
    options = "-c gc.auto=0 -c core.fsync=none"

    def git(self, folder, rest):
        return f"git {self.options} -C {folder} {rest}"

    def prepare(self):
        identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                    for what, value in (("NAME", "b"), ("EMAIL", "b@b"))}
        run("git init -q -b main repo", self.folder)
        for which in ("base", "target"):
            git = f"git {self.options} --git-dir repo/.git --work-tree {getattr(self.documents, which)}"
            run(f"{git} add -A . && {git} commit -q -m {which} && {git} tag {which}", self.folder, environment=identity)
        run("git -C repo gc -q", self.folder)
        run("git -C repo bundle create -q ../base.bundle base && git clone -q --bare base.bundle clone.ready", self.folder)

    def reset(self, step):
        which, side = step.split()
        if side == "import":
            fresh(self.path("clone"))
            if which == "delta":
                copy(self.path("clone.ready"), self.path("clone"))
        os.sync()

    def commands(self, step):
        which, side = step.split()
        file = f"{which}.bundle"
        if side == "export":
            span = "base..target target" if which == "delta" else "target"
            return [self.git("repo", f"bundle create -q ../{file} {span}"), self.sign(file)]
        if which == "full":
            return [self.verify(file), f"git {self.options} clone -q --bare {file} clone"]
        return [self.verify(file), self.git("clone", f"fetch -q ../{file} target:target")]

    def artefact(self, step):
        file = self.path(step.split()[0] + ".bundle")
        return size_of(file, file + ".p7s")

    def check(self, step):
        run("test $(git -C clone rev-parse target^{tree}) = $(git -C repo rev-parse target^{tree})", self.folder)


class DurableGit(Git):
    name = "git bundle, synced"
    note = "as above, with core.fsync=all: objects and references are synced too"
    options = "-c gc.auto=0 -c core.fsync=all -c core.fsyncMethod=fsync"


class SortedFile(Peer):
    """Peers that work on one file of all documents in the order of their names."""

    def prepare(self):
        for which in ("base", "target"):
            folder = getattr(self.documents, which)
            with open(self.path(which), "wb") as out:
                for name in self.documents.documents(folder):
                    with open(os.path.join(folder, name), "rb") as file:
                        shutil.copyfileobj(file, out)
        run("sync .", self.folder)

    def reset(self, step):
        fresh(self.path("result"))
        os.sync()

    def artefact(self, step):
        file = self.path(step.split()[0] + ".out")
        return size_of(file, file + ".p7s")

    def check(self, step):
        run("cmp result target", self.folder)


class Zstd(SortedFile):
    name = "zstd -9, --patch-from"
    note = "a sorted file, no catalog; a delta needs the whole old file at both ends"
    level = "-9"

    def commands(self, step):
        which, side = step.split()
        file = which + ".out"
        long = "--long=31"
        if side == "export":
            how = f"{self.level} -T2" if which == "full" else f"{self.level} {long} --patch-from base"
            return [f"zstd -q -f {how} target -o {file}", self.sign(file)]
        how = "" if which == "full" else f"{long} --patch-from base"
        return [self.verify(file), f"zstd -q -d -f {how} {file} -o result && sync result"]


class ZstdSmall(Zstd):
    name = "zstd -19, --patch-from"
    note = "as above; one round only"
    level = "-19"
    max_documents = 100_000
    max_rounds = 1


class Xdelta(SortedFile):
    name = "xdelta3 -1"
    note = "a sorted file, no catalog; needs the whole old file at both ends"

    def commands(self, step):
        which, side = step.split()
        if which == "full":
            return []
        if side == "export":
            return ["xdelta3 -1 -f -B 536870912 -e -s base target delta.out", self.sign("delta.out")]
        return [self.verify("delta.out"), "xdelta3 -f -B 536870912 -d -s base delta.out result && sync result"]


class Sqlite(Peer):
    name = "sqlite3 .dump, sqldiff"
    note = "catalog to catalog, one transaction; nothing checks the base"

    def prepare(self):
        import sqlite3
        for which in ("base", "target"):
            database = sqlite3.connect(self.path(which + ".db"))
            database.execute("CREATE TABLE document (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")
            folder = getattr(self.documents, which)
            for name in self.documents.documents(folder):
                with open(os.path.join(folder, name), "rb") as file:
                    database.execute("INSERT INTO document VALUES (?, ?)", (name, file.read()))
            database.commit()
            database.close()

    def reset(self, step):
        fresh(*(self.path("result.db" + end) for end in ("", "-wal", "-shm", "-journal")))
        if step == "delta import":
            copy(self.path("base.db"), self.path("result.db"))
        os.sync()

    def commands(self, step):
        which, side = step.split()
        file = which + ".out"
        if side == "export":
            made = "sqlite3 target.db .dump" if which == "full" else "sqldiff --primarykey --transaction base.db target.db"
            return [f"{made} | zstd -q -f -3 -o {file}", self.sign(file)]
        return [self.verify(file), f"zstd -q -d -c {file} | sqlite3 -bail result.db && sync result.db"]

    def artefact(self, step):
        file = self.path(step.split()[0] + ".out")
        return size_of(file, file + ".p7s")

    def check(self, step):
        query = "'SELECT id, hex(body) FROM document ORDER BY id'"
        run(f'test "$(sqlite3 result.db {query} | sha256sum)" = "$(sqlite3 target.db {query} | sha256sum)"', self.folder)


class Ostree(Peer):
    name = "ostree static-delta"
    note = "objects, one file each"
    max_documents = 5_000

    def prepare(self):
        run("ostree init --repo=repo --mode=bare-user-only", self.folder)
        for which in ("base", "target"):
            run(f"ostree --repo=repo commit -b main --canonical-permissions --timestamp=@0 -s {which} "
                f"--tree=dir={getattr(self.documents, which)} >{which}.commit", self.folder)
        run("ostree init --repo=empty --mode=bare-user-only && "
            "ostree --repo=repo static-delta generate --empty --inline --to=$(cat base.commit) --filename=base.out >/dev/null "
            "&& cp -a empty site.ready && ostree --repo=site.ready static-delta apply-offline base.out", self.folder)

    def reset(self, step):
        if step.endswith("import"):
            copy(self.path("empty" if step.startswith("full") else "site.ready"), self.path("site"))
        os.sync()

    def commands(self, step):
        which, side = step.split()
        file = which + ".out"
        if side == "export":
            start = "--empty" if which == "full" else "--from=$(cat base.commit)"
            return [f"ostree --repo=repo static-delta generate {start} --inline --min-fallback-size=0 "
                    f"--to=$(cat target.commit) --filename={file} >/dev/null", self.sign(file)]
        return [self.verify(file), f"ostree --repo=site static-delta apply-offline {file} && sync -f site"]

    def artefact(self, step):
        file = self.path(step.split()[0] + ".out")
        return size_of(file, file + ".p7s")

    def check(self, step):
        run("ostree --repo=site fsck -q $(cat target.commit) 2>/dev/null || "
            "ostree --repo=site ls -R $(cat target.commit) >/dev/null", self.folder)


PEERS = {"ferry": Ferry, "git": Git, "git-synced": DurableGit, "zstd": Zstd, "zstd-19": ZstdSmall, "xdelta3": Xdelta,
         "sqlite": Sqlite, "ostree": Ostree}
