#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Documents of tens of megabytes, as real servers have them, and hostile ones of the same size. Memory is
# limited, so that a step that needs a multiple of it fails instead of passing on a large machine.
# shellcheck source=tests/support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# The promise is 256 MiB of memory in use; address space is what can be limited, and needs some more.
limited() { (ulimit -v 524288 && "$@"); }

"$GENERATE_CATALOG" --seed 2 --revisions 1000 --month 0 --max-document 50000000 --quiet docs
large=$(find docs -name '*.xml' -size +40M | head -n 1)
claim "there is a document of more than 40 MiB" test -n "$large"
id=$(basename "$large" | cut -c 1-36)
new_exporter hq updates "$work/docs" plant-1
exits 0 "it is synchronized" limited "$FERRY_EXPORT" --point hq sync
exits 0 "it is exported" limited "$FERRY_EXPORT" --point hq export --site plant-1 -o stick
new_site site hq
exits 0 "it is imported" limited "$FERRY_IMPORT" --point site import stick
"$FERRY_IMPORT" --point site show "$id" --document >shown
claim "and comes out byte for byte" cmp shown "$large"
equal "the state digest is the same on both sides" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# hostile NAME PATTERN MESSAGE: a source with one document of 40 MB of a pattern inside a root element.
hostile() {
  mkdir -p "$1-docs"
  python3 - "$1-docs/x.xml" "$2" <<'PYTHON'
import sys
pattern = sys.argv[2].encode()
with open(sys.argv[1], "wb") as f:
    f.write(b'<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update">')
    f.write(pattern * (40_000_000 // len(pattern)))
PYTHON
  new_exporter "$1" updates "$work/$1-docs"
  # A document that cannot be read is named and the rest goes on: done, but incomplete.
  exits 4 "$1: is refused" limited "$FERRY_EXPORT" --point "$1" sync
  says "$3" "$1: with the reason"
}
hostile "nested-elements" "<a>" "nested deeper than"
hostile "endless-elements" "<a/>" "not well-formed"
hostile "endless-text" "text " "not well-formed"
hostile "endless-comment" "<!-- -->" "not well-formed"
hostile "binary" $'\001' "not well-formed"
mkdir entity-docs
cat >entity-docs/x.xml <<'XML'
<!DOCTYPE Update [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update">&b;</Update>
XML
new_exporter entity updates "$work/entity-docs"
exits 4 "entities: are refused" limited "$FERRY_EXPORT" --point entity sync
says "document type declaration" "entities: with the reason"
mkdir huge-docs
head -c 70000000 /dev/zero | tr '\0' ' ' >huge-docs/x.xml
new_exporter huge updates "$work/huge-docs"
exits 4 "a document beyond the limit: is refused" limited "$FERRY_EXPORT" --point huge sync
says "at most 67108864" "a document beyond the limit: with the limit"
finish
