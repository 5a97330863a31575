#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules of the layout (DESIGN.md 11, STYLE.md part 2): who may include whom, which library has which wrapper, where
# SQL may stand, what a file begins with. The rules are tried on a tree that breaks each of them first.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

cat >lint.py <<'PYTHON'
import os, re, sys
root = sys.argv[1]
layers = {"common": {"common"}, "format": {"common", "format"}, "exporter": {"common", "format", "exporter"},
          "importer": {"common", "format", "importer"}, "tests": {"common", "format", "exporter", "importer", "tests"}, "samples": {"common", "format"}}
wrappers = [(r"archive(_entry)?\.h", {"common/archive.cc"}), (r"(libgcab|gio/.*|glib.*)(\.h)?", {"common/cabinet.cc"}), (r"zlib\.h", {"common/gzip.cc"}), (r"zstd\.h", {"common/zstd_frame.cc"}),
            (r"expat\.h", {"common/xml.cc"}), (r"sqlite3\.h", {"common/sqlite.cc"}),
            (r"openssl/.*", {"common/hash.cc", "common/guid.cc", "common/encoding.cc", "common/cms.cc", "common/key.cc", "common/token.cc",
                               "common/internal/openssl.h"}),
            (r"isa-l(\.h|/.*)", {"common/erasure.cc"}), (r"seccomp\.h", {"common/confine.cc"}), (r"microhttpd\.h", {"common/http_server.cc"}), (r"curl/.*", {"exporter/internal/curl.h"}),
            (r"toml\+\+/.*", {"format/config.cc", "format/carry_along/toml.cc"}), (r"CLI/.*", {"common/cli.h"}),
            (r"nlohmann/.*", {"common/json.h"})]
# A string literal with an SQL statement that a piece of the program's own is put into: by + or fmt::format.
sql = r'(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TEMP\s+)?TABLE\s|DROP\s+TABLE\s)'
built = re.compile(r'fmt::format\(\s*R?"[^"]*' + sql + r'|"[^"\n]*' + sql + r'[^"\n]*"\s*\+|\+\s*"[^"\n]*' + sql)
sql_rooms = ("format/catalog/", "common/sqlite.")
sources = (".cc", ".h", ".in", ".sql", ".py", ".sh", "meson.build", "meson_options.txt")
findings = {"layer": [], "internal": [], "wrapper": [], "sql": [], "spdx": []}
files = ["meson.build", "meson_options.txt"]
for top in layers:
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders.sort()
        files += [os.path.relpath(os.path.join(folder, n), root) for n in sorted(names)]
read = 0
for path in files:
    if not path.endswith(sources) or not os.path.exists(os.path.join(root, path)): continue
    text = open(os.path.join(root, path), encoding="utf-8").read()
    read += 1
    head = text.split("\n")[:2] if text.startswith("#!") else text.split("\n")[:1]
    # A folder's meson.build of nothing but the line, and one that begins with it, are both fine.
    if not any(re.fullmatch(r"(//|#|--) SPDX-License-Identifier: Apache-2\.0", line) for line in head):
        findings["spdx"].append(path)
    if not path.endswith((".cc", ".h", ".in")): continue
    top = path.split("/")[0]
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not found: continue
        header, place = found.group(1), f"{path}:{number}: {found.group(1)}"
        quoted = '"' in line
        owner = header.split("/")[0]
        if owner in layers and owner not in layers[top]: findings["layer"].append(place)
        if quoted and ("/" not in header or ".." in header): findings["layer"].append(place + " (path is not the one on disk)")
        if "/internal/" in header and os.path.dirname(path).split("/internal")[0] != header.split("/internal/")[0]:
            findings["internal"].append(place)
        for pattern, allowed in wrappers:
            if re.fullmatch(pattern, header) and path not in allowed: findings["wrapper"].append(place)
    if top in ("common", "format", "exporter", "importer") and not path.startswith(sql_rooms):
        for found in built.finditer(text):
            findings["sql"].append(f"{path}:{text.count(chr(10), 0, found.start()) + 1}")
print("files", read)
for rule, list in findings.items():
    for finding in list: print(rule, finding)
PYTHON

# breaks RULE PATH TEXT: a tree with this one file is found to break this rule, there.
breaks() {
  rm -rf tree && mkdir -p "tree/$(dirname "$2")" && printf '%b' "$3" >"tree/$2"
  python3 lint.py tree >found || return 1
  if grep -q "^$1 $2" found; then pass "the lint finds: $1, $4"; else fail "the lint finds: $1, $4" "$(cat found)"; fi
}
line='// SPDX-License-Identifier: Apache-2.0\n'
breaks layer common/a.h "$line#include \"format/chunk.h\"\n" "common includes format"
breaks layer format/a.cc "$line#include \"exporter/keys.h\"\n" "format includes exporter"
breaks layer exporter/a.cc "$line#include \"importer/merge.h\"\n" "exporter includes importer"
breaks layer importer/a.cc "$line#include \"exporter/keys.h\"\n" "importer includes exporter"
breaks layer importer/a.cc "$line#include <tests/support/test_support.h>\n" "a program includes tests"
breaks layer samples/a.cc "$line#include \"importer/merge.h\"\n" "a sample includes what libferry does not have"
breaks layer format/a.cc "$line#include \"chunk.h\"\n" "a path that is not the one on disk"
breaks internal exporter/a.cc "$line#include \"format/internal/xml_fields.h\"\n" "a private header of another folder"
breaks internal format/catalog/a.cc "$line#include \"format/internal/xml_fields.h\"\n" "a private header of the folder above"
for header in archive.h archive_entry.h libgcab.h zlib.h zstd.h expat.h sqlite3.h openssl/evp.h isa-l.h isa-l/crc.h seccomp.h microhttpd.h curl/curl.h toml++/toml.h CLI/CLI.hpp nlohmann/json.hpp; do
  breaks wrapper format/a.cc "$line#include <$header>\n" "<$header> outside its wrapper"
done
breaks sql exporter/a.cc "${line}auto s = fmt::format(\"SELECT id FROM feed WHERE name = '{}'\", name);\n" "SQL made with fmt"
breaks sql importer/a.cc "${line}auto s = \"DELETE FROM feed WHERE name = \" + name;\n" "SQL made with +"
breaks spdx common/a.cc "#include <string>\n" "a source without the licence line"
breaks spdx tests/e2e/a.sh "#!/bin/bash\necho\n" "a script without the licence line"

python3 lint.py "$FERRY_SOURCE_ROOT" >found || fail "the lint runs over the project"
claim "the lint read the project's $(sed -n 's/^files //p' found) sources" test "$(sed -n 's/^files //p' found)" -ge 100
rule() { equal "$2" "$(grep "^$1 " found)" ""; }
rule layer "every include goes down: common, format, exporter and importer, tests"
rule internal "private headers stay in their folder"
rule wrapper "every library is included by its wrapper only"
rule sql "no SQL is put together outside format/catalog and common/sqlite"
rule spdx "every source begins with the licence line"

finish
