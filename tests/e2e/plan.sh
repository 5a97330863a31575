#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Only so many media are at hand: what is critical goes first, and what waits goes with the next bundle.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
digest_of() { awk -v name="$1" '$1 == name {print $3}' files; }
names_in() { for volume in "$1"/*.ferry; do tar tf "$volume"; done | sed -n 's,^content/\([0-9a-f]*\).*,\1,p' | sort -u; }
# digests NAME...: sorted, as names_in tells them.
digests() { for name in "$@"; do digest_of "$name"; done | sort; }

payload catalog plain:300000 moderate:300000:::Moderate critical:300000:::Critical important:300000:::Important \
  low:300000:::Low huge:900000:::Important small:9000 >files
new_exporter hq updates "$work/catalog/updates"
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >out
ferry_export --point hq content add catalog/content >out

exits 0 "preview says what fits" ferry_export --point hq preview plant-1 --media 700000 --count 1 --json
cp out plan.json
holds "the most severe first" plan.json "[f['title'] for f in d['plan']['sent']] == ['critical', 'important', 'small']"
holds "and what waits, in order" plan.json "[f['title'] for f in d['plan']['waiting']] == ['huge', 'moderate', 'low', 'plain']"
holds "with counts and sizes" plan.json \
  "d['plan']['files'] == 3 and d['plan']['file_bytes'] == 609000 and d['plan']['waiting_files'] == 4 and d['plan']['waiting_bytes'] == 1800000 and d['plan']['volumes'] == 1"
exits 0 "people read it, too" ferry_export --point hq preview plant-1 --media 700000 --count 1
says "would wait for a later bundle" "what waits"
says "huge" "by its title"
exits 64 "the number of media must be said" ferry_export --point hq preview plant-1 --media dvd
exits 64 "and the medium" ferry_export --point hq preview plant-1 --count 2
exits 64 "a count needs a size" ferry_export --point hq export --site plant-1 --count 2 -o no
exits 64 "and goes with no parity" ferry_export --point hq export --site plant-1 --volume-size 700000 --count 2 --parity 1 -o no

exits 0 "export packs just that" ferry_export --point hq export --site plant-1 --volume-size 700000 --count 1 --json -o one
equal "on one volume" "$(find one -name '*.ferry' | wc -l)" 1
equal "with these files" "$(names_in one)" "$(digests critical important small)"
holds "the answer says what waits" out "d['bundles'][0]['media']['waiting_files'] == 4 and d['bundles'][0]['files'] == 3"
new_site site hq
claim "a site takes it" ferry_import --point site import one
exits 0 "and knows what it lacks" ferry_import --point site need --json

exits 0 "what waited goes with the next bundle" ferry_export --point hq export --site plant-1 --volume-size 700000 --count 2 --json -o two
equal "on two volumes" "$(find two -name '*.ferry' | wc -l)" 2
equal "the most severe of the rest first, a large one in parts" "$(names_in two)" "$(digests huge moderate)"
claim "the site takes that" ferry_import --point site import two
exits 0 "and the rest with the one after" ferry_export --point hq export --site plant-1 -o three
equal "which carries what is left" "$(names_in three)" "$(digests low plain)"
claim "the site takes it" ferry_import --point site import three
exits 2 "then nothing waits" ferry_export --point hq export --site plant-1 -o four
exits 2 "and nothing is lacking" ferry_import --point site need

payload catalog more:300000:::Critical later:700000 >>files
ferry_export --point hq sync >out
ferry_export --point hq content add catalog/content >out
exits 0 "a delta that holds files back" ferry_export --point hq export --site plant-1 --volume-size 400000 --count 1 -o delta
says "found no room" "says so"
says "later" "by title"
equal "and carries the critical one" "$(names_in delta)" "$(digests more)"
exits 0 "they are not taken for sent" ferry_export --point hq export --site plant-1 -o rest
claim "and follow" bash -c "grep -q $(digest_of later) <<<'$(names_in rest)'"

# Documents come first, whatever the media.
python3 - <<'PYTHON'
import random, uuid
for number in range(100):
    noise = "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60000))
    with open(f"catalog/updates/bulk-{number}.xml", "w") as file:
        file.write(
            '<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update">'
            f'<UpdateIdentity UpdateID="{uuid.uuid5(uuid.NAMESPACE_DNS, str(number))}" RevisionNumber="1"/>'
            '<Properties UpdateType="Software"/><LocalizedPropertiesCollection><LocalizedProperties><Language>en</Language>'
            f'<Title>bulk {number}</Title><Description>{noise}</Description></LocalizedProperties>'
            '</LocalizedPropertiesCollection></Update>')
PYTHON
ferry_export --point hq sync >out
exits 64 "documents that do not fit are an error" ferry_export --point hq export --site plant-1 --full --volume-size 3MB --count 1 -o tight
says "the documents alone need 2 media" "that says how many media they need"
claim "and nothing is written" bash -c '! ls tight/*.ferry tight/*.html 2>/dev/null | grep -q .'
exits 64 "preview says so, too" ferry_export --point hq preview plant-1 --full --media 3MB --count 1
exits 0 "on as many they fit" ferry_export --point hq export --site plant-1 --full --volume-size 3MB --count 2 -o wide
equal "with files in what room is left" "$(find wide -name '*.ferry' | wc -l)" 2

finish
