# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of trust share. Sourced after e2e.sh.
work=${work:?source e2e.sh first}

volume_tool() { python3 "$FERRY_SOURCE_ROOT/tests/support/volume_tool.py" "$@"; }

# key_of POINT NAME: the id of a key, whole.
key_of() { volume_tool key-id "$1/keys/$2"; }

# trust_of POINT: the number of the newest trust file that a site has installed.
trust_of() { python3 -c 'import sqlite3,sys; print(sqlite3.connect(f"file:{sys.argv[1]}/catalog.db?mode=ro", uri=True).execute("SELECT max(version) FROM trust_file").fetchone()[0])' "$1"; }

# generation_of POINT: where a site stands with the feed "all"; 0 when it never had it.
generation_of() {
  ferry_import --point "$1" status --json >"$work/generation.json" &&
    json "$work/generation.json" "max([f['generation'] for f in d['feeds'] if f['name']=='all'], default=0)"
}

# takes NAME SITE ARGUMENTS...: a copy of the site imports, so that the site stays as it is.
takes() {
  local name=$1 site=$2
  shift 2
  rm -rf "$work/naive"
  cp -r "$site" "$work/naive"
  exits 0 "$name" ferry_import --point "$work/naive" import "$@"
}

# refuses CODE NAME SITE ARGUMENTS...: the site does not take it. Its catalog is the same to the last byte, and
# nothing is left in the spool. (Dearer, and for bundles that may write: `refused` compares rows.)
refuses() {
  local code=$1 name=$2 site=$3
  shift 3
  cp "$site/catalog.db" "$work/refuses.db"
  exits "$code" "$name" ferry_import --point "$site" import "$@"
  claim "$name: the catalog is the same, byte for byte" cmp "$work/refuses.db" "$site/catalog.db"
  equal "$name: nothing is left of it" "$(find "$site" -name 'catalog.db-*' ! -name 'catalog.db-sound' -size +0 -print -o -path '*/spool/*' ! -path "*/spool/${keeps:-}" ! -path "*/spool/${keeps:-}/*" -print)" ""
}

# one_more CATALOG NUMBER: one more document, so that the next sync makes a generation.
one_more() {
  local id=aaaaaaaa-0000-4000-8000-00000000000$2
  sed "s/ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0/$id/" "$1"/updates/ebfc1fc5-*.xml >"$1/updates/$id-r1.xml"
}

# trust_exporter POINT CATALOG OPTIONS...: an exporting point, synchronized, whose first trust file is made with
# these options of `trust init`.
trust_exporter() {
  sample_exporter "$1" "$work/$2" && rm -r "$1/trust" "$1/keys" && mkdir "$1/trust" "$1/keys" &&
    ferry_export --point "$1" trust init "${@:3}" >/dev/null && ferry_export --point "$1" sync >/dev/null
}
