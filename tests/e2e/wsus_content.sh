#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A WsusContent tree: written, completed, and looked at file by file.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 -B "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
names() { (cd "$1" && find . -type f -printf '%P\n' | sort); }

payload catalog one:100000 two:3000000 three:70000::en four:1000::de >files
new_exporter hq updates "$work/catalog/updates"
exits 3 "before anything was synchronized there is no feed" ferry_export --point hq write content tree
ferry_export --point hq sync >/dev/null
exits 2 "a feed without files has nothing to write" ferry_export --point hq write content tree
claim "and nothing is written" test ! -e tree
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >/dev/null
exits 4 "files that are not here are named" ferry_export --point hq write content tree
says "6 files (3.0 MiB) are missing at this point" "with their size"
ferry_export --point hq content add --copy catalog/content >/dev/null

exits 0 "the tree is written" ferry_export --point hq write content tree --json
holds "all files" out 'd["files"] == 6 and d["added"] == 6 and d["missing"] == []'
equal "under the names that a WSUS gives them" "$(names tree | sed 's/\.txt$/.bin/')" "$(names catalog/content)"
# shellcheck disable=SC2016 # for the inner shell
claim "with their bytes" bash -c 'for file in $(cd tree && find . -type f); do cmp "tree/$file" "catalog/content/${file%.*}.bin" || exit 1; done'
exits 2 "a second time there is nothing to do" ferry_export --point hq write content tree --json
holds "all are there" out 'd["there"] == 6 and d["added"] == 0'
if [ "$(stat -f -c %T .)" != btrfs ] && [ "$(stat -f -c %T .)" != xfs ]; then
  equal "without a reflink they are links" "$(find tree -type f -links 2 | wc -l)" 6
  exits 0 "or copies, when asked to" ferry_export --point hq write content copied --copy
  equal "those are no links" "$(find copied -type f -links 1 | wc -l)" 6
else
  skip "without a reflink they are links" "this file system has reflinks"
  ferry_export --point hq write content copied --copy >/dev/null
fi
exits 0 "the tree is sound" ferry_export --point hq check --content tree
says "6 sound, 0 missing (0 B), 0 wrong, 0 orphaned (0 B)" "it says what was looked at"

echo "# what is not as it should be"
first=$(names copied | head -n 1)
second=$(names copied | sed -n 2p)
third=$(names copied | sed -n 3p)
rm "copied/$first"
python3 - "copied/$second" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(500)
    file.write(b"another byte")
PYTHON
truncate -s 17 "copied/$third"
mkdir -p copied/AB && echo stranger >copied/AB/notes.txt
echo old >old && digits=$(sha1sum old | cut -c 1-40 | tr a-f A-F) && mkdir -p "copied/${digits:38}" && mv old "copied/${digits:38}/$digits.cab"
before=$(dump_digest hq)
exits 1 "the check finds it" ferry_export --point hq check --content copied --json
holds "the missing one" out "[f['sha1'].upper() for f in d['missing']] == ['$(basename "${first%.*}")']"
holds "the wrong ones, with what is wrong" out "sorted(f['path'] for f in d['wrong']) == sorted(['$second', '$third']) and all('SHA-1' in f['problem'] for f in d['wrong'])"
holds "the orphaned ones, with their sizes" out "sorted((f['path'], f['size']) for f in d['orphaned']) == sorted([('AB/notes.txt', 9), ('${digits:38}/$digits.cab', 4)])"
holds "and the rest is sound" out 'd["sound"] == 3'
exits 1 "the same for people" ferry_export --point hq check --content copied
says "missing" "the missing ones are listed"
says "wrong" "the wrong ones"
says "orphaned" "and the orphaned ones"
equal "a check changes nothing" "$(dump_digest hq)" "$before"
exits 0 "write completes the tree" ferry_export --point hq write content copied --copy --json
holds "what was missing comes, what has another size is replaced" out 'd["added"] == 2 and d["replaced"] == 1 and d["there"] == 4'
exits 1 "a wrong one of the right size stays wrong" ferry_export --point hq check --content copied --json
rm "copied/$second"
ferry_export --point hq write content copied --copy >/dev/null
exits 0 "until it is removed: orphaned files alone are only told" ferry_export --point hq check --content copied --json
holds "both of them" out 'len(d["orphaned"]) == 2 and d["missing"] == [] and d["wrong"] == []'

echo "# at a site"
ferry_export --point hq export --site plant-1 -o stick >/dev/null
new_site site hq
ferry_import --point site import stick >/dev/null
exits 0 "a site writes its tree" ferry_import --point site write content site-tree
exits 0 "and checks it" ferry_import --point site check --content site-tree
equal "the same tree" "$(cd site-tree && find . -type f -exec sha1sum {} + | sort)" "$(cd tree && find . -type f -exec sha1sum {} + | sort)"
sed -i 's/^content = .*/content = "none"/' hq/point.toml
ferry_export --point hq sync >/dev/null
exits 0 "a feed without files finds none missing" ferry_export --point hq check --content tree
# shellcheck disable=SC2016 # for the inner shell
exits 1 "unless all that updates name is asked for" bash -c 'rm "tree/$1" && "$FERRY_EXPORT" --point hq check --content tree --all-files' - "$first"
exits 3 "a tree that is not there" ferry_export --point hq check --content nowhere
exits 64 "--all-files is about a tree" ferry_export --point hq check --all-files

finish
