# SPDX-License-Identifier: Apache-2.0
"""Attacks by bundles that are sound and signed, but not for this site, not now, or not after what it has."""
import datetime
import os

import ferry_format as f
from attacks_manifest import set_field, set_fields
from table import attack, honest
from world import Kit

DAY = datetime.timedelta(days=1)


def full(generation, days_old=0.04, documents=None):
    """A hook: a full bundle that leads to a generation, relative to where the site stands."""

    def hook(kit):
        kit.make_full(
            kit.target.generation + generation,
            kit.world.now - days_old * DAY,
            kit.world.before if documents is None else documents(kit),
        )

    return hook


def fewer(kit):
    return dict(list(kit.world.before.items())[:-1])


def moved(**fields):
    """A hook that sets base and generation of a delta."""

    def hook(kit):
        kit.base = fields.get("base", kit.base)
        kit.generation = fields.get("generation", kit.generation)

    return hook


def dated(**change):
    """A hook that moves dates: `created` by days from now."""

    def hook(kit):
        kit.created = kit.world.now + datetime.timedelta(**change)

    return hook


def earlier_files(split):
    def hook(kit, files):
        first = Kit(kit.world, kit.target.name, split)
        first.make_full(kit.target.generation, kit.world.now - 2 * DAY, kit.world.before)
        return first.build({})

    return hook


def rollbacks():
    done = "already applied"
    attack(2, "a full bundle of the generation that is there", 14, done, kit=full(0))
    attack(2, "a full bundle of an earlier generation", 14, done, "later", kit=full(-1))
    attack(2, "a full bundle of generation 1, newly signed", 14, done, "later", kit=full(-2))
    attack(
        2, "a full bundle of an earlier generation with less in it", 14, done, "later", kit=full(-2, documents=fewer)
    )
    attack(
        2,
        "a delta to the generation that is there",
        14,
        done,
        "later",
        kit=lambda kit: (moved(base=2, generation=3)(kit), setattr(kit, "after", kit.before)),
    )
    attack(2, "the same generation with another content", 13, "set back or replaced", kit=full(0, documents=fewer))
    attack(2, "the same generation, empty", 13, "set back or replaced", kit=full(0, documents=lambda kit: {}))
    attack(2, "a full bundle of an earlier epoch", 14, "epoch 0", "later", kit=full(5), **set_field("feed", "epoch", 0))
    attack(2, "a delta of an earlier epoch", 14, "epoch 0", "later", **set_field("feed", "epoch", 0))
    attack(
        2, "a later generation made before the last one", 12, "before the last one", kit=dated(days=-4), site="plain"
    )
    attack(
        2,
        "a full bundle of a later generation made before the last one",
        12,
        "before the last one",
        kit=full(1, days_old=9),
    )
    attack(2, "generation 0", 15, "target generation is 0", kit=full(-1, documents=lambda kit: {}))
    attack(3, "the first bundle again, split otherwise", 14, done, volumes=(3,), files=earlier_files(3))
    attack(3, "the first bundle again", 14, done, volumes=(1,), files=lambda kit, files: first_media(kit))
    for site in ("later", "two"):
        attack(
            3,
            f"the first bundle again in site {site}",
            14,
            done,
            site,
            volumes=(1,),
            files=lambda kit, files: first_media(kit),
        )
    attack(
        3,
        "the first bundle again under the next one's name",
        14,
        done,
        volumes=(1,),
        files=lambda kit, files: {kit.file(0): next(iter(first_media(kit).values()))},
    )
    attack(
        3,
        "the first bundle's content under a new name",
        15,
        "bundle name",
        kit=full(0),
        **set_field("bundle", "name", "all_plant-1_g1-g2_delta"),
    )


def first_media(kit):
    """The very bytes that the site has imported."""
    folder = os.path.join(kit.world.folder, "first-" + kit.target.name)
    files = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    return files


def dates():
    order = "not in this order"
    attack(4, "valid until before created", 15, order, **set_field("freshness", "valid-until", "2001-01-01T00:00:00Z"))
    attack(
        4, "next expected before created", 15, order, **set_field("freshness", "next-expected", "2001-01-01T00:00:00Z")
    )
    attack(
        4,
        "next expected after valid until",
        15,
        order,
        **set_field("freshness", "next-expected", "2999-01-01T00:00:00Z"),
    )
    attack(4, "made in two days", 12, "one of the two clocks is wrong", kit=dated(days=2))
    attack(4, "made in two years", 12, "one of the two clocks is wrong", kit=dated(days=730))
    attack(4, "made in a hundred years", 11, "does not verify", kit=dated(days=36500))
    attack(4, "made before the last one of its feed", 12, "before the last one", kit=dated(days=-5))
    attack(4, "older than the site allows", 12, "refuses so old ones", "strict", **new_feed(40))
    honest("a bundle of a feed that is new here", **new_feed(1))
    attack(
        4,
        "made in 1970",
        11,
        "signature",
        tree=lambda kit, tree: set_dates(tree, "1970-01-01T00:00:00Z"),
        sign=lambda kit, text: kit.world.default_signatures("plain", text, datetime.datetime(1970, 1, 1)),
    )


def set_dates(tree, created):
    tree.find("bundle")["created"] = created


def new_feed(days_old):
    """A full bundle of a feed that the site has never seen."""

    def kit_hook(kit):
        kit.make_full(1, kit.world.now - days_old * DAY, kit.world.before)

    def tree_hook(kit, tree):
        tree.find("feed")["name"] = "other"
        tree.find("feed")["lineage"] = "cccccccc-0000-4000-8000-00000000000c"

    return {"kit": kit_hook, "tree": tree_hook}


def jumps():
    jump = "a jump of more than"
    attack(5, "10,001 generations on", 11, jump, kit=full(10_001))
    attack(5, "two to the 53 less one", 11, jump, kit=full(2**53 - 2))
    attack(5, "two to the 53", 15, "below 2^53", kit=full(2**53 - 1))
    attack(5, "two to the 63", 15, "below 2^53", kit=full(2**63 - 1))
    attack(5, "two to the 64", 15, "below 2^53", kit=full(2**64 - 1))
    attack(
        5,
        "a delta over 20,000 generations",
        11,
        jump,
        dear=True,
        kit=moved(base=20_000, generation=20_001),
        tree=many_bases,
    )
    attack(5, "a delta whose base lies far ahead", 11, jump, kit=moved(base=2**40, generation=2**40 + 1))
    attack(5, "an epoch that no trust file has", 11, "has epoch", **set_field("feed", "epoch", 1))
    attack(5, "an epoch far ahead", 11, "has epoch", "later", **set_field("feed", "epoch", 2**53 - 1))
    attack(5, "an epoch beyond all numbers", 15, "epoch of element feed", **set_field("feed", "epoch", 2**64))
    attack(
        5,
        "a full bundle of a higher epoch takes the site back",
        11,
        "has epoch",
        kit=full(-0, documents=fewer),
        **set_field("feed", "epoch", 1),
    )


def many_bases(kit, tree):
    state = kit.state(kit.before)
    tree.replace("base", [f.El("base", {"generation": i, "state": state}) for i in range(1, 20_001)])


def bases():
    missing, unknown = "missing is", "knows another"

    def set_bases(generations, state=None):
        return {
            "tree": lambda kit, tree: tree.replace(
                "base", [f.El("base", {"generation": i, "state": state or kit.state(kit.before)}) for i in generations]
            )
        }

    attack(
        8, "a delta from a later generation", 10, missing, kit=moved(base=5, generation=6), **set_bases([5], "1" * 64)
    )
    attack(8, "a delta that leaves out one", 10, missing, kit=moved(base=2, generation=3), **set_bases([2], "1" * 64))
    attack(8, "a base whose state is another", 10, unknown, **set_bases([1], "1" * 64))
    attack(8, "three bases whose states are others", 10, unknown, "later", **set_bases([1, 2, 3], "1" * 64))
    attack(
        8,
        "a base of generation 0, the state empty",
        10,
        unknown,
        kit=moved(base=1),
        tree=lambda kit, tree: tree.replace(
            "base", [f.El("base", {"generation": i, "state": kit.state({})}) for i in (0, 1)]
        ),
    )
    attack(8, "bases with a gap", 15, "not consecutive", "later", **set_bases([1, 3]))
    attack(8, "bases from high to low", 15, "not consecutive", "later", **set_bases([3, 2, 1]))
    attack(8, "a base twice", 15, "not consecutive", **set_bases([1, 1]))
    attack(8, "bases that do not reach the target", 15, "do not reach", kit=moved(generation=5))
    attack(8, "the target as base", 15, "do not reach", kit=moved(generation=1))
    attack(8, "a base beyond the target", 15, "do not reach", **set_bases([7]))
    attack(8, "a delta without bases", 15, "neither", **set_bases([]))
    attack(8, "a full bundle with a base", 15, "neither", **set_field("bundle", "kind", "full"))
    attack(
        8,
        "a delta of a feed that is new here",
        10,
        missing,
        **set_fields(("feed", "name", "other"), ("feed", "lineage", "cccccccc-0000-4000-8000-00000000000c")),
    )
    attack(
        8,
        "a delta that names the bundle before it",
        10,
        "all_plant-1_g1-g5_delta",
        kit=moved(base=5, generation=6),
        **set_fields(
            ("base", "state", "1" * 64),
            then=lambda tree: tree.add(
                "chain", f.earlier("all_plant-1_g1-g5_delta", 1, 5)
            ),
        ),
    )
    honest("a delta with several accepted bases", "later", **set_bases([1, 2, 3]))


def install():
    for part in (
        rollbacks,
        dates,
        jumps,
        bases,
    ):
        part()
