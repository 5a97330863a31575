#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the catalog of a point means, times of day aside: documents, members, offers, feeds, what was sent and taken.

Two runs of the same job leave the same meaning, whatever became of them on the way. As a program: meaning.py POINT.
"""
import os
import sqlite3
import sys

QUERIES = {
    "document": "SELECT hex(digest), size FROM document",
    "revision": "SELECT hex(r.update_id), r.number, r.state, hex(d.digest) FROM revision r"
    " JOIN document d ON d.id = r.document",
    "feed": "SELECT name, imported, generation, hex(state), epoch FROM feed",
    "member": "SELECT f.name, hex(r.update_id), r.number, m.since, ifnull(m.until, 0) FROM member m"
    " JOIN feed f ON f.id = m.feed JOIN revision r ON r.id = m.revision",
    "offer": "SELECT s.name, hex(o.update_id), r.number, o.path FROM offer o"
    " JOIN source s ON s.id = o.source JOIN revision r ON r.id = o.revision",
    "generation": "SELECT f.name, g.number, g.added, g.removed, hex(g.state) FROM generation g"
    " JOIN feed f ON f.id = g.feed",
    "sent": "SELECT site, name, kind, base, target, volumes FROM export_log",
    "taken": "SELECT name, kind, previous, target, added, removed FROM import_log WHERE undone IS NULL",
    "content": "SELECT hex(sha256), hex(sha1), size FROM content",
    "promised": "SELECT site, hex(sha256), ifnull(until, 0) > 0 FROM site_file",
    "trust": "SELECT version FROM trust_file",
}


def meaning(point):
    """The lines, as one text. Raises sqlite3.Error where the catalog cannot be read."""
    database = sqlite3.connect("file:" + os.path.join(point, "catalog.db") + "?mode=ro", uri=True)
    try:
        return "".join(
            f"{name} {row}\n" for name, query in QUERIES.items() for row in sorted(database.execute(query))
        )
    finally:
        database.close()


if __name__ == "__main__":
    sys.stdout.write(meaning(sys.argv[1]))
