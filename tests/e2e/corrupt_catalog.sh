#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A catalog that the disk damaged: every command ends with an error or does its work, never with a crash, and no
# success builds on damage that 'check' would not find.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync --quiet
ferry_export --point hq export --site plant-1 -o one >out
cp -r hq hq.before
next_month catalog
ferry_export --point hq sync --quiet
ferry_export --point hq export --site plant-1 -o two >out
new_site site hq
ferry_import --point site import one >out
exits 0 "a backup" ferry_import --point site backup saved.db

# What a command ends in: documents, members and digests; not titles and other words of the index. Bodies are left to
# 'check', since a frame may have a bit that changes nothing.
cat >damage.py <<'PYTHON'
import os, random, shutil, sqlite3, subprocess, sys
program, point, command = sys.argv[1], sys.argv[2], sys.argv[3:]
rounds = int(os.environ.get("FERRY_FLIPS", "60"))
good = open(point + "/catalog.db", "rb").read()
page = int.from_bytes(good[16:18], "big")
def meaning(path):
    db = sqlite3.connect("file:" + path + "/catalog.db?mode=ro", uri=True)
    return [sorted(map(repr, db.execute(q))) for q in (
        "SELECT r.update_id, r.number, d.digest FROM member m JOIN revision r ON r.id = m.revision JOIN document d ON d.id = r.document WHERE m.until IS NULL",
        "SELECT generation, state FROM feed", "SELECT digest, size FROM document")]
def run(*args):
    return subprocess.run([program, "--point", "copy", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
def fresh():
    shutil.rmtree("copy", ignore_errors=True)
    shutil.copytree(point, "copy")
fresh()
assert run(*command).returncode == 0
wanted = meaning("copy")
rng = random.Random(5)
crashes, silent, refused, worked, hints = [], [], 0, 0, 0
for n in range(rounds):
    bad = bytearray(good)
    if n % 10 == 9:
        bad = bad[: rng.randrange(len(bad))]          # cut off
        where = f"cut at {len(bad)}"
    elif n % 10 == 8:
        at = rng.randrange(len(bad) // page) * page   # a page of zeros
        bad[at : at + page] = bytes(page)
        where = f"page {at // page + 1} zeroed"
    else:
        # Half of them where pages have their headers and cell pointers.
        at = rng.randrange(len(bad) // page) * page + rng.randrange(64) if n % 2 else rng.randrange(len(bad))
        bad[at] ^= 1 << rng.randrange(8)
        where = f"bit at {at}"
    fresh()
    open("copy/catalog.db", "wb").write(bad)
    done = run(*command)
    if done.returncode < 0 or done.returncode >= 128 or b"fault of the program" in done.stdout:
        crashes.append((where, done.returncode, done.stdout[-300:]))
    elif done.returncode == 0:
        worked += 1
        check = run("check")
        if check.returncode not in (0, 1, 3): crashes.append((where, "check", check.returncode, check.stdout[-300:]))
        if check.returncode == 0 and meaning("copy") != wanted: silent.append(where)
    else:
        refused += 1
        hints += b"Backup and restore" in done.stdout
        if done.returncode == 1:
            for look in (["list"], ["check"], ["status"]):
                code = run(*look)
                if code.returncode < 0 or code.returncode >= 128 or b"fault of the program" in code.stdout:
                    crashes.append((where, look, code.returncode, code.stdout[-300:]))
print(f"# {rounds} damaged catalogs: {worked} did not matter or are found by check, {refused} refused, {hints} with the way to a backup")
print("crashes", crashes)
print("silent", silent)
PYTHON
for side in import export sync; do
  case $side in
    import) python3 damage.py "$FERRY_IMPORT" site import two >damage.out 2>&1 ;;
    export) python3 damage.py "$FERRY_EXPORT" hq export --site plant-1 --full -o copy/out >damage.out 2>&1 ;;
    sync) python3 damage.py "$FERRY_EXPORT" hq.before sync >damage.out 2>&1 ;;
  esac
  grep '^#' damage.out
  equal "$side: no damage ends in a crash" "$(grep '^crashes' damage.out)" "crashes []"
  equal "$side: no success is wrong where check finds nothing" "$(grep '^silent' damage.out)" "silent []"
done

# By hand: the way out is named.
damaged() { rm -rf copy && cp -r site copy && "$@"; }
damaged truncate -s 20000 copy/catalog.db
exits 1 "a catalog that was cut" ferry_import --point copy import two
says 'see README, "Backup and restore"' "the way to a backup is named"
damaged dd if=/dev/urandom of=copy/catalog.db bs=4096 count=1 conv=notrunc status=none
exits 1 "a catalog without its first page" ferry_import --point copy import two
says 'see README, "Backup and restore"' "the way to a backup is named"
damaged sh -c 'echo "this is no catalog, only a text file" >copy/catalog.db'
exits 1 "a file that is no catalog" ferry_import --point copy status
says 'see README, "Backup and restore"' "the way to a backup is named"
rm -rf copy && cp -r site copy
cp saved.db copy/catalog.db && rm -f copy/catalog.db-wal copy/catalog.db-shm
exits 0 "restored it works" ferry_import --point copy import two
claim "and is sound" ferry_import --point copy check
damaged truncate -s 20000 copy/catalog.db
exits 1 "no backup is made of a damaged catalog" ferry_import --point copy backup bad.db
claim "and no file is left" test ! -e bad.db -a ! -e .bad.db.partial

# Killed after the commit, while the log holds it, and the log deleted by hand: the old catalog, or damage that is found.
rm -rf copy && cp -r site copy
state=$(state_of "$FERRY_IMPORT" site all)
for n in $(seq 1 30); do
  { FERRY_CRASH_AT=$n "$FERRY_IMPORT" --point copy import two >out 2>err; } 2>/dev/null
  if grep -q "import: committed" err; then break; fi
  rm -rf copy && cp -r site copy
done
claim "killed after the commit" grep -q "import: committed" err
claim "the log has something" test -s copy/catalog.db-wal
rm -f copy/catalog.db-wal copy/catalog.db-shm
exits 0 "without its log the catalog is sound" ferry_import --point copy check
equal "and the old one" "$(state_of "$FERRY_IMPORT" copy all)" "$state"
exits 0 "the import is repeated" ferry_import --point copy import two

finish
