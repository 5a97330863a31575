# SPDX-License-Identifier: Apache-2.0
"""Attacks by names: of other sites, and such as mean something to a shell, a database or a terminal."""
import ferry_format as f
from attacks_manifest import on_tree, set_field, set_fields
from attacks_policy import full
from table import attack, honest


def recipients():
    other = "is for site"
    # Names that no site can have are refused before anybody asks whose they are.
    for name, sites in (
        ("another site", ["plant-2"]),
        ("two other sites", ["plant-2", "plant-3"]),
        ("the site in upper case", ["PLANT-1"]),
        ("the site and a space", ["plant-1 "]),
        ("a star", ["*"]),
        ("the beginning of the site", ["plant"]),
        ("more than the site", ["plant-12"]),
        ("an empty name", [""]),
        ("a regular expression", ["plant-."]),
        ("a list in one name", ["plant-1,plant-2"]),
        ("1,000 other sites", [f"s{i}" for i in range(1000)]),
        ("a site that looks the same", ["pl\u0430nt-1"]),
        ("the site with an invisible space", ["plant\u200b-1"]),
    ):
        is_name = all(site and site.strip("abcdefghijklmnopqrstuvwxyz0123456789.-") == "" for site in sites)
        attack(
            7,
            f"for {name}",
            13 if is_name else 15,
            other if is_name else "recipient ",
            tree=lambda kit, tree, sites=sites: tree.replace(
                "recipient", [f.El("recipient", {"site": site}) for site in sites]
            ),
        )
    attack(
        7,
        "for every site, which this one does not take",
        13,
        "names no site",
        "two",
        **on_tree(lambda tree: tree.replace("recipient", [])),
    )
    honest("for every site, where that is allowed", **on_tree(lambda tree: tree.replace("recipient", [])))
    honest("for this site and another", **on_tree(lambda tree: tree.add("recipient", f.El("recipient", {"site": "z"}))))
    attack(
        7,
        "another lineage under the feed's name",
        13,
        "another feed",
        **set_field("feed", "lineage", "cccccccc-0000-4000-8000-00000000000c"),
    )
    attack(
        7,
        "a full bundle of another lineage under the feed's name",
        13,
        "another feed",
        kit=full(4),
        **set_field("feed", "lineage", "cccccccc-0000-4000-8000-00000000000c"),
    )
    for name, site, says in (
        ("escapes", "\u009b2Jevil", "\\u{9b}"),
        ("text direction", "plant\u202e1-", "\\u{202e}"),
        ("DEL", "plant\u007f", "\\u{7f}"),
        ("a line end", "plant-1\nok", "\\u{a}"),
        ("a carriage return", "x\rapplied", "\\u{d}"),
        ("a tab", "x\tx", "\\u{9}"),
        ("isolates", "\u2066x", "\\u{2066}"),
        ("a line separator", "x\u2028x", "\\u{2028}"),
    ):
        attack(29, f"{name} in a recipient", 15, says, **set_field("recipient", "site", site))
    attack(
        29,
        "escapes in a required feature",
        19,
        "\\u{9b}",
        **on_tree(lambda tree: tree.add("feed", f.El("requires", {"feature": "\u009b31mevil"}))),
    )
    attack(
        29,
        "a line end in the bundle's name",
        15,
        "\\u{a}",
        **set_field("bundle", "name", "a\nb"),
    )
    attack(
        29,
        "64 KiB of escapes in the bundle's name",
        15,
        "\\u{9b}",
        **set_field("bundle", "name", "\u009b" * 32000),
    )
    attack(
        29,
        "escapes in the name of a missing bundle",
        10,
        "\\u{9b}",
        **set_fields(
            ("base", "state", "1" * 64),
            ("base", "generation", 5),
            ("target", "generation", 6),
            then=lambda tree: tree.add("chain", f.earlier("\u009b2J", 0, 5)),
        ),
    )
    sql = "x'; DROP TABLE revision; --"
    attack(28, "SQL as recipient", 15, "DROP TABLE", **set_field("recipient", "site", sql))
    attack(28, "SQL as feed name", 15, "feed name", **set_field("feed", "name", sql))
    attack(
        28,
        "SQL as feature",
        19,
        "DROP TABLE",
        **on_tree(lambda tree: tree.add("feed", f.El("requires", {"feature": sql}))),
    )
    attack(
        28,
        "SQL as names of publisher and tool, with a state that lies",
        15,
        "manifest promises",
        **set_fields(("publisher", "name", sql), ("bundle", "tool", sql), ("target", "state", "2" * 64)),
    )
    attack(28, "SQL as lineage", 15, "lineage", **set_field("feed", "lineage", sql))
    honest("SQL as name of the publisher", **set_field("publisher", "name", sql))
    attack(30, "a formula as recipient", 15, "=cmd", **set_field("recipient", "site", "=cmd|' /C calc'!A0"))
    attack(30, "HTML as recipient", 15, "<script>", **set_field("recipient", "site", "<script>alert(1)</script>"))
    attack(30, "a formula as feed name", 15, "feed name", **set_field("feed", "name", "=1+1"))
    attack(30, "HTML as feed name", 15, "feed name", **set_field("feed", "name", "<b>all</b>"))
    for name, bundle in (
        ("climbs", "../../evil"),
        ("is absolute", "/tmp/evil"),
        ("begins with a dot", ".evil"),
        ("begins with a dash", "-rf"),
        ("is empty", ""),
        ("has 301 bytes", "a" * 301),
        ("has a space", "all evil"),
    ):
        attack(12, f"a bundle's name that {name}", 15, "bundle name", **set_field("bundle", "name", bundle))
    for name, feed in (
        ("climbs", "../evil"),
        ("is absolute", "/etc/cron.d/evil"),
        ("has a backslash", "a\\b"),
        ("begins with a dot", ".evil"),
        ("begins with a dash", "-rf"),
        ("is empty", ""),
        ("has 101 bytes", "a" * 101),
        ("is in upper case", "ALL"),
        ("has a NUL's reference", "a\ufffd"),
    ):
        attack(12, f"a feed name that {name}", 15, "feed name", **set_field("feed", "name", feed))


def install():
    for part in (recipients,):
        part()
