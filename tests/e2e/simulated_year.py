#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A year of a hierarchy, with everything that happens to sticks and sites.

One top point, one relay, six sites on two feeds, weekly drops of monthly changes. Sticks are lost, handed to the wrong
site, delivered twice and out of order; one site is offline for three months, one is restored from a backup; criteria
change twice; receipts are lost and replayed. After every step each site holds exactly what a catalog computed the plain
way holds, or refused with the code that its own state predicts. At the end all are equal. All chance comes from a seed:

  tests/e2e/simulated_year.py [SEED...]    (default: 5 seeds; with FERRY_COMPLETE=1: 200)
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ["FERRY_SOURCE_ROOT"]
EXPORT = os.environ["FERRY_EXPORT"]
IMPORT = os.environ["FERRY_IMPORT"]
sys.path.insert(0, os.path.join(ROOT, "tests", "hostile"))
from ferry_format import Document, state_digest  # noqa: E402  (found through the line above)

WEEK = 7 * 86_400
YEAR = 52
START = 1_767_600_000  # 2026-01-05, a Monday
DONE, NOTHING, BASE_MISSING, TRUST, WRONG_SITE, ALREADY = 0, 2, 10, 11, 13, 14


def run(program, point, *arguments, now, codes):
    """One command; its JSON and its exit code, which must be among `codes`."""
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(now), TZ="UTC")
    done = subprocess.run(
        [program, "--point", point, *arguments, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in codes:
        raise AssertionError(
            f"{os.path.basename(program)} {point} {' '.join(arguments)}: exit code {done.returncode}, expected {codes}\n"
            f"{done.stderr}{done.stdout[:500]}"
        )
    return (json.loads(done.stdout) if done.stdout else {}), done.returncode


# --- the plain way ---

PRODUCTS = [f"0000000{i}-0000-4000-8000-00000000000a" for i in range(1, 5)]


def category(number):
    update = PRODUCTS[number]
    return (
        f'<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity UpdateID="{update}" '
        f'RevisionNumber="1"/><Properties UpdateType="Category"/><LocalizedPropertiesCollection><LocalizedProperties>'
        f"<Language>en</Language><Title>Product {number + 1}</Title></LocalizedProperties></LocalizedPropertiesCollection>"
        f"<HandlerSpecificData><CategoryInformation CategoryType=\"Product\"/></HandlerSpecificData></Update>"
    )


def update(number, revision, product, state):
    expired = ' PublicationState="Expired"' if state == "expired" else ""
    return (
        f'<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity '
        f'UpdateID="{number:08d}-1111-4000-8000-000000000001" RevisionNumber="{revision}"/>'
        f'<Properties UpdateType="Software"{expired}/><LocalizedPropertiesCollection><LocalizedProperties>'
        f"<Language>en</Language><Title>Update {number} revision {revision}</Title></LocalizedProperties>"
        f"</LocalizedPropertiesCollection><Relationships><Prerequisites><AtLeastOne IsCategory=\"true\"><UpdateIdentity "
        f'UpdateID="{PRODUCTS[product]}"/></AtLeastOne></Prerequisites></Relationships></Update>'
    )


class Vendor:
    """The folder of documents that the top point synchronizes, and what changes in it each month."""

    def __init__(self, folder, chance):
        self.folder, self.chance = folder, chance
        self.updates = {}  # number: (revision, product, state)
        self.last = 0
        os.makedirs(folder)
        for number in range(len(PRODUCTS)):
            self.write(f"category-{number}", category(number))
        for _ in range(24):
            self.new()

    def write(self, name, text):
        with open(os.path.join(self.folder, name + ".xml"), "w", encoding="utf-8") as file:
            file.write(text)

    def put(self, number, revision, product, state="published"):
        self.updates[number] = (revision, product, state)
        self.write(f"update-{number}", update(number, revision, product, state))

    def new(self):
        self.last += 1
        self.put(self.last, 1, self.chance.randrange(len(PRODUCTS)))

    def month(self):
        for _ in range(self.chance.randrange(1, 5)):
            self.new()
        for number in self.chance.sample(sorted(self.updates), 3):
            revision, product, _ = self.updates[number]
            self.put(number, revision + 1, product)
        number = self.chance.choice(sorted(self.updates))
        revision, product, _ = self.updates[number]
        self.put(number, revision + 1, product, "expired")
        number = self.chance.choice(sorted(self.updates))
        del self.updates[number]
        os.remove(os.path.join(self.folder, f"update-{number}.xml"))

    def documents(self):
        """All of it, with the product of each."""
        found = [(product, Document.parse(category(product).encode())) for product in range(len(PRODUCTS))]
        for number, (revision, product, state) in self.updates.items():
            found.append((product, Document.parse(update(number, revision, product, state).encode())))
        return found


def select(documents, products):
    """What a feed of these products carries; None: everything."""
    return [(product, document) for product, document in documents if products is None or product in products]


def digest(documents):
    return state_digest([document for _, document in documents])


# --- the points ---


class Feed:
    """A feed of a point: which products, and what it held at each generation."""

    def __init__(self, name, products):
        self.name, self.products = name, products
        self.held = {}  # generation: documents

    def toml(self):
        wishes = ["*"] if self.products is None else [PRODUCTS[i] for i in sorted(self.products)]
        return (
            f'[[feed]]\nname = "{self.name}"\nproducts = {json.dumps(wishes)}\nclassifications = ["*"]\n'
            f'languages = ["*"]\ncontent = "none"\n'
        )


class Stick:
    def __init__(self, site, folder, bundle, week):
        self.site, self.folder, self.week = site, folder, week
        self.kind, self.base, self.target = bundle["kind"], bundle["base"], bundle["target"]


class Exporter:
    """What a point does for the sites below it."""

    def __init__(self, year, folder, feeds):
        self.year, self.folder, self.feeds = year, folder, {feed.name: feed for feed in feeds}
        self.sites = []
        self.bundles = 0

    def write_config(self, name, sources):
        text = f'[point]\nname = "{name}"\n{sources}'
        for feed in self.feeds.values():
            text += feed.toml()
        for site in self.sites:
            text += f'[[site]]\nname = "{site.name}"\nfeed = "{site.feed}"\n'
        with open(os.path.join(self.folder, "point.toml"), "w", encoding="utf-8") as file:
            file.write(text)

    def export(self, documents):
        """Bundles for all sites that lack something, on sticks; what the feeds hold now is noted."""
        out = os.path.join(self.year.folder, "out")
        shutil.rmtree(out, ignore_errors=True)
        result, _ = run(EXPORT, self.folder, "export", "--all", "-o", out, now=self.year.now, codes=(DONE, NOTHING))
        status, _ = run(EXPORT, self.folder, "feeds", now=self.year.now, codes=(DONE,))
        for told in status["feeds"]:
            if told["followed"]:
                continue
            feed = self.feeds[told["name"]]
            expected = select(documents, feed.products)
            self.year.claim(told["state"] == digest(expected), f"{self.folder} makes feed {feed.name} as computed plainly")
            feed.held[told["generation"]] = expected
        for bundle in result.get("bundles", []):
            self.bundles += 1
            folder = os.path.join(self.year.folder, f"stick-{os.path.basename(self.folder)}-{self.bundles}")
            os.makedirs(folder)
            for volume in bundle["volumes"]:
                name = volume if isinstance(volume, str) else volume["path"]
                shutil.move(name if os.path.isabs(name) else os.path.join(out, name), folder)
            yield Stick(next(site for site in self.sites if site.name == bundle["site"]), folder, bundle, self.year.week)


class Site:
    """A disconnected point, and what it should hold."""

    def __init__(self, year, name, parent, feed):
        self.year, self.name, self.parent, self.feed = year, name, parent, feed
        self.folder = os.path.join(year.folder, name)
        self.generation = 0
        self.receipts = []
        self.exporter = None
        parent.sites.append(self)

    def init(self):
        trust = os.path.join(self.parent.folder, "trust", "trust-0001.xml")
        run(IMPORT, self.folder, "init", "--trust", trust, "--site", self.name, now=self.year.now, codes=(DONE,))

    def documents(self):
        return self.parent.feeds[self.feed].held.get(self.generation, [])

    def predicted(self, stick):
        if stick.site is not self:
            # Another site's, of the same publisher or of another one.
            return WRONG_SITE if stick.site.parent is self.parent else TRUST
        if stick.target <= self.generation:
            return ALREADY
        if stick.kind == "full" or stick.base <= self.generation:
            return DONE
        return BASE_MISSING

    def take(self, stick):
        wanted = self.predicted(stick)
        # Changed criteria take out more than a careful site lets pass without asking.
        everything = ("import", stick.folder, "--max-removals", "100")
        _, code = run(IMPORT, self.folder, *everything, now=self.year.now, codes=range(0, 65))
        self.year.claim(code == wanted, f"{self.name} at {self.generation} answers {wanted} to {stick.folder}, found {code}")
        if code == DONE:
            self.generation = stick.target
        self.year.counts[code] = self.year.counts.get(code, 0) + 1
        self.check()

    def check(self):
        status, _ = run(IMPORT, self.folder, "status", now=self.year.now, codes=(DONE,))
        feeds = [feed for feed in status["feeds"] if feed["followed"]]
        if not feeds:
            self.year.claim(self.generation == 0, f"{self.name} holds nothing")
            return
        expected = digest(self.documents()) if self.generation else None
        found = (feeds[0]["generation"], feeds[0]["state"])
        self.year.claim(
            found == (self.generation, expected), f"{self.name} holds {found}, plainly {self.generation} {expected}"
        )

    def receipt(self):
        path = os.path.join(self.year.folder, f"{self.name}-{self.year.week}-{len(self.receipts)}.receipt")
        run(IMPORT, self.folder, "receipt", "-o", path, now=self.year.now, codes=(DONE,))
        self.receipts.append(path)
        return path

    def backup(self):
        run(IMPORT, self.folder, "backup", os.path.join(self.year.folder, "backup.db"), now=self.year.now, codes=(DONE,))
        return self.generation

    def restore(self, generation):
        for end in ("-wal", "-shm"):
            path = os.path.join(self.folder, "catalog.db" + end)
            if os.path.exists(path):
                os.remove(path)
        shutil.copy(os.path.join(self.year.folder, "backup.db"), os.path.join(self.folder, "catalog.db"))
        self.generation = generation


# --- the year ---


class Year:
    def __init__(self, seed, folder):
        self.chance = random.Random(seed)
        self.seed, self.folder = seed, folder
        self.now, self.week = START, 0
        self.claims, self.counts = 0, {}
        self.sticks, self.mail = [], []  # (week of arrival, …)
        self.vendor = Vendor(os.path.join(folder, "vendor"), self.chance)
        self.top = Exporter(self, os.path.join(folder, "top"), [Feed("all", None), Feed("narrow", {0, 1})])
        run(EXPORT, self.top.folder, "init", "--name", "top", now=self.now, codes=(DONE,))
        self.relay_site = Site(self, "region", self.top, "all")
        self.sites = [self.relay_site]
        self.sites += [Site(self, name, self.top, feed) for name, feed in (("a1", "all"), ("a2", "all"), ("a3", "narrow"))]
        self.relay = Exporter(self, self.relay_site.folder, [Feed("all", None), Feed("narrow", {1, 2})])
        self.write_top()
        run(EXPORT, self.top.folder, "trust", "init", now=self.now, codes=(DONE,))
        for site in self.sites:
            site.init()
        below = [Site(self, name, self.relay, feed) for name, feed in (("b1", "all"), ("b2", "narrow"), ("b3", "narrow"))]
        self.relay.write_config("region", "")
        run(EXPORT, self.relay.folder, "trust", "init", now=self.now, codes=(DONE,))
        for site in below:
            site.init()
        self.sites += below
        self.by_name = {site.name: site for site in self.sites}

    def claim(self, holds, text):
        self.claims += 1
        if not holds:
            raise AssertionError(f"seed {self.seed}, week {self.week}: does not hold: {text}")

    def write_top(self):
        source = f'[[source]]\nname = "vendor"\nkind = "updates"\npath = "{self.vendor.folder}"\n'
        self.top.write_config("top", source)

    def is_offline(self, site):
        return site.name == "a2" and 18 <= self.week < 31

    def hand_out(self, sticks, reliable):
        for stick in sticks:
            if reliable:
                self.sticks.append((self.week, stick.site, stick))
                continue
            fate = self.chance.random()
            if fate < 0.15:
                continue  # lost
            site = stick.site
            if fate < 0.25:
                site = self.chance.choice(self.sites)  # swapped
            self.sticks.append((self.week + self.chance.randrange(3), site, stick))
            if fate > 0.85:
                self.sticks.append((self.week + self.chance.randrange(1, 6), site, stick))  # twice

    def deliver(self):
        due = [entry for entry in self.sticks if entry[0] <= self.week and not self.is_offline(entry[1])]
        self.sticks = [entry for entry in self.sticks if entry not in due]
        self.chance.shuffle(due)
        visited = []
        for _, site, stick in due:
            site.take(stick)
            if site not in visited:
                visited.append(site)
        return visited

    def post(self, visited, reliable):
        for site in visited:
            path = site.receipt()
            if reliable or self.chance.random() > 0.3:
                self.mail.append((self.week + (0 if reliable else self.chance.randrange(2)), site, path))

    def read_mail(self):
        due = [entry for entry in self.mail if entry[0] <= self.week]
        self.mail = [entry for entry in self.mail if entry not in due]
        for _, site, path in due:
            newest = getattr(site, "acknowledged", -1)
            index = site.receipts.index(path)
            wanted = DONE if index > newest else ALREADY
            run(EXPORT, site.parent.folder, "receipt", path, now=self.now, codes=(wanted,))
            site.acknowledged = max(newest, index)
        site = self.chance.choice(self.sites)
        if self.chance.random() < 0.1 and getattr(site, "acknowledged", -1) >= 0:
            old = site.receipts[self.chance.randrange(site.acknowledged + 1)]
            run(EXPORT, site.parent.folder, "receipt", old, now=self.now, codes=(ALREADY,))
            other = next(o for o in (self.relay, self.top) if o is not site.parent)
            run(EXPORT, other.folder, "receipt", old, now=self.now, codes=(WRONG_SITE,))

    def step(self, reliable=False):
        self.read_mail()
        run(EXPORT, self.top.folder, "sync", now=self.now, codes=(DONE, NOTHING))
        self.hand_out(list(self.top.export(self.vendor.documents())), reliable)
        visited = self.deliver()
        if self.relay_site.generation:
            self.now += 60
            self.hand_out(list(self.relay.export(self.relay_site.documents())), reliable)
            self.now += 60
            visited += [site for site in self.deliver() if site not in visited]
        self.now += 60
        self.post(visited, reliable)
        self.week += 1
        self.now = START + self.week * WEEK

    def pass_by(self):
        kept = 0
        for week in range(YEAR):
            if week % 4 == 0:
                self.vendor.month()
            if week == 14:
                self.top.feeds["narrow"].products = {0, 2, 3}
                self.write_top()
            if week == 33:
                self.relay.feeds["narrow"].products = {0}
                self.relay.write_config("region", "")
            if week == 20:
                kept = self.by_name["a1"].backup()
            if week == 29:
                self.by_name["a1"].restore(kept)
                self.post([self.by_name["a1"]], True)
            self.step()
        # Nothing is lost any more; every site says where it stands, and gets what it lacks.
        for _ in range(4):
            self.post(self.sites, True)
            self.step(True)
        self.judge()

    def judge(self):
        for site in self.sites:
            newest = site.parent.feeds[site.feed].held
            self.claim(site.documents() == newest[max(newest)], f"{site.name} is equal at the end")
            run(IMPORT, site.folder, "check", now=self.now, codes=(DONE,))
            run(IMPORT, site.folder, "history", "--verify", now=self.now, codes=(DONE,))
        status, _ = run(EXPORT, self.top.folder, "status", now=self.now, codes=(DONE,))
        behind = {site["name"]: site["behind"] for site in status["sites"]}
        self.claim(set(behind.values()) == {0}, f"the top sees every site up to date: {behind}")


def main():
    seeds = [int(seed) for seed in sys.argv[1:]]
    if not seeds:
        seeds = range(1, 201 if os.environ.get("FERRY_COMPLETE") else 6)
    failed = 0
    for number, seed in enumerate(seeds, 1):
        folder = tempfile.mkdtemp(prefix="ferry-year.")
        try:
            year = Year(seed, folder)
            year.pass_by()
            codes = ", ".join(f"{count} x {code}" for code, count in sorted(year.counts.items()))
            print(f"ok {number} - year {seed}: {year.claims} claims; imports ended with {codes}", flush=True)
            shutil.rmtree(folder)
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} - year {seed}", flush=True)
            print("# " + str(error).replace("\n", "\n# ") + f"\n# what is left lies in {folder}", flush=True)
    print(f"1..{len(seeds)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
