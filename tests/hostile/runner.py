# SPDX-License-Identifier: Apache-2.0
"""Runs one import after the other and measures it. A program of its own, because the peak memory of a process
counts what the one that started it had: this one stays small.

Reads JSON lines {"program", "site", "media"}, answers with JSON lines.
"""
import hashlib
import json
import os
import signal
import sqlite3
import sys

# Meson sets MALLOC_PERTURB_, which writes to every block that is asked for: then pages that the program never uses
# count as its memory.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}
TIMEOUT = 60.0  # seconds, so that a slow run is told from one that hangs


def dump(site):
    """Every row of every table, in an order that does not depend on how they came: what "unchanged" means. The
    trust files on their own."""
    catalog, trust = hashlib.sha256(), hashlib.sha256()
    database = sqlite3.connect(f"file:{site}/catalog.db?mode=ro", uri=True)
    try:
        for (name,) in sorted(database.execute("SELECT name FROM sqlite_master WHERE type='table'")):
            for row in sorted(map(repr, database.execute(f"SELECT * FROM {name}"))):
                (trust if name in ("trust_file", "trust_signature") else catalog).update(f"{name} {row}\n".encode())
    finally:
        database.close()
    return [catalog.hexdigest(), trust.hexdigest()]


def run(program, site, media):
    output = os.path.join(site, "..", "output-" + os.path.basename(site))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        program,
        [program, "--point", site, "import", media],
        ENVIRONMENT,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    with open(output, "rb") as file:
        text = file.read(100_000)
    try:
        state = dump(site)
    except sqlite3.Error as error:
        state = [f"cannot be read: {error}", ""]
    return {
        "code": os.waitstatus_to_exitcode(status),
        "text": text.decode("latin-1"),
        # Of processors: that others use them is not its fault. One that only waits is killed.
        "seconds": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024,
        "dump": state,
        "spool": os.listdir(os.path.join(site, "spool")),
    }


def main():
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"dump": dump(request["site"])} if "media" not in request else run(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
