#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What people decide about updates: for groups, with deadlines, declined, hidden, noted; what publishers suggest; and that
# no bundle, undo or prune touches any of it.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
own_decisions() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM decision ORDER BY update_id, action, target"): print(row)' "$1/catalog.db"; }
set_import() { sed -i '/^\[import\]/,$d' "$1/point.toml" && printf '[import]\nmax-removals = 100\napprovals = "%s"\n' "$2" >>"$1/point.toml"; }
# decision_of POINT ID: as the list and as show tell it.
decision_of() { ferry_import --point "$1" list --hidden --json >list.json && json list.json "[u['decision'] for u in d['updates'] if u['id'] == '$2']"; }
shown() { ferry_import --point "$1" show "$2" --json >show.json && json show.json "d['local']['decision']"; }

firmware=4651d4cc-381c-4efb-a6b8-8aa30ce8b406   # superseded next month
withdrawn=df311b65-e0ac-4655-888d-d1c8af152f87  # gone next month
expiring=fe811d9b-119c-461c-a388-afc72a858132   # expired next month
tool=2fbb1ed0-ed3c-41e9-81bf-3a517ef8389c
other=1a715734-6352-4ef7-bde3-f69506bf97c0
sample_catalog catalog
sample_exporter hq "$work/catalog"
sed -i 's/^content = .*/&\napprovals = true/' hq/point.toml
ferry_export --point hq sync >/dev/null
exits 0 "the exporting point decides too" ferry_export --point hq approve "$tool" "$other"
ferry_export --point hq export --site plant-1 -o first >/dev/null
new_site site hq
set_import site suggest
claim "a site takes the bundle" ferry_import --point site import first

echo "# approvals, declines, notes"
exits 0 "an approval" ferry_import --point site approve "$firmware" --json
holds "is for all computers, without a deadline" out "d['group'] == 'all computers' and d['deadline'] is None"
exits 0 "for a group, with a deadline and a note" \
  ferry_import --point site approve "$firmware" --group pilot --deadline 2026-12-24T18:00:00Z --note "tested on line 2"
exits 0 "decisions" ferry_import --point site decisions
says "approved for pilot, deadline 2026-12-24T18:00:00Z" "tell groups and deadlines"
says "note: tested on line 2" "and notes"
exits 0 "in JSON" ferry_import --point site decisions --json
holds "both approvals" out "[(a['group'], a['deadline']) for e in d['decisions'] if e['id'] == '$firmware' for a in e['approvals']] == \
[('all computers', None), ('pilot', '2026-12-24T18:00:00Z')]"
equal "the list knows" "$(decision_of site "$firmware")" "['approved']"
exits 0 "show" ferry_import --point site show "$firmware"
says "approved for pilot" "tells it too"
exits 0 "one group is taken back" ferry_import --point site undecide "$firmware" --group pilot
exits 2 "once" ferry_import --point site undecide "$firmware" --group pilot
equal "the other stays" "$(decision_of site "$firmware")" "['approved']"
exits 0 "a decline" ferry_import --point site decline "$firmware"
equal "takes the approvals away" "$(own_decisions site | grep -c "'approve'")" 0
exits 0 "an approval" ferry_import --point site approve "$firmware" --deadline 2026-12-24
equal "takes the decline away" "$(own_decisions site | grep -c "'decline'")" 0
equal "the note stayed with the update" "$(own_decisions site | grep -c "tested on line 2")" 1
exits 0 "a note" ferry_import --point site note "$withdrawn" "spare part"
exits 0 "is taken away by an empty one" ferry_import --point site note "$withdrawn" ""
equal "with nothing left" "$(own_decisions site | grep -c "spare part")" 0
exits 0 "one more is approved" ferry_import --point site approve "$withdrawn" "$expiring"
refused 3 "an unknown update" site ferry_import --point site approve "$tool" 00000000-0000-4000-8000-000000000000
refused 64 "no id" site ferry_import --point site decline nonsense
refused 64 "a deadline that is none" site ferry_import --point site approve "$tool" --deadline tomorrow
refused 64 "a group with a control character" site ferry_import --point site approve "$tool" --group $'a\e[31mb'
refused 64 "a group that is not UTF-8" site ferry_import --point site approve "$tool" --group $'\xff'
refused 64 "a group without a name" site ferry_import --point site approve "$tool" --group ""
refused 64 "a note of many bytes" site ferry_import --point site note "$tool" "$(printf 'x%.0s' {1..2001})"
refused 64 "a note over lines" site ferry_import --point site note "$tool" $'a\nb'
refused 64 "neither updates nor suggestions" site ferry_import --point site approve

echo "# hiding"
exits 0 "hidden" ferry_import --point site hide "$expiring"
ferry_import --point site list --json >list.json
holds "is not in the list" list.json "'$expiring' not in [u['id'] for u in d['updates']]"
equal "but with --hidden, and is still approved" "$(decision_of site "$expiring")" "['approved']"
exits 0 "only hidden ones" ferry_import --point site list --decision hidden --json
holds "one" out "[u['id'] for u in d['updates']] == ['$expiring']"
exits 0 "shown again" ferry_import --point site unhide "$expiring"
exits 3 "none is hidden" ferry_import --point site list --decision hidden
ferry_import --point site hide "$expiring" >/dev/null

echo "# what the publisher approved"
equal "is a suggestion" "$(decision_of site "$tool") $(shown site "$tool")" "['suggested'] suggested"
exits 0 "filtered" ferry_import --point site list --decision suggested --json
holds "two" out "sorted(u['id'] for u in d['updates']) == sorted(['$tool', '$other'])"
set_import site ignore
equal "ignored" "$(decision_of site "$tool") $(shown site "$tool")" "['undecided'] undecided"
exits 0 "not shown" ferry_import --point site decisions --json
holds "nowhere" out "not [e for e in d['decisions'] if e['id'] == '$tool']"
set_import site apply
equal "applied" "$(decision_of site "$tool") $(shown site "$tool")" "['approved'] approved"
ferry_import --point site decline "$tool" >/dev/null
equal "unless it is declined here" "$(decision_of site "$tool")" "['declined']"
set_import site suggest
exits 0 "suggestions are taken over" ferry_import --point site approve --suggested --feed all --group pilot --json
holds "but for the one that is declined" out "d['updates'] == ['$other']"
exits 2 "once" ferry_import --point site approve --suggested
exits 3 "of a feed that is not followed" ferry_import --point site approve --suggested --feed nothing

echo "# no merge touches them"
own_decisions site >own
next_month catalog
ferry_export --point hq sync >/dev/null
ferry_export --point hq decline "$other" >/dev/null
ferry_export --point hq export --site plant-1 -o second >/dev/null
exits 0 "the next bundle" ferry_import --point site import second --json
holds "three decisions are worth a look" out "d['attention'] == 3"
equal "what was decided is as it was" "$(own_decisions site)" "$(cat own)"
exits 0 "decisions --attention" ferry_import --point site decisions --attention --json
holds "says why" out "{e['id']: e['attention'] for e in d['decisions']} == {'$firmware': 'superseded', '$withdrawn': 'removed', '$expiring': 'expired'}"
exits 0 "status" ferry_import --point site status
says "3 decisions are about updates that are superseded, expired or no longer held" "counts them"
ferry_import --point site status --json >status.json
holds "in JSON too" status.json "d['attention'] == 3"
exits 0 "undo" ferry_import --point site undo
equal "leaves them as they were" "$(own_decisions site)" "$(cat own)"
exits 0 "and nothing is worth a look" ferry_import --point site decisions --attention --json
holds "nothing" out "d['decisions'] == []"
exits 0 "again, for people" ferry_import --point site import second
says "3 decisions are about updates" "one line counts them"
ferry_export --point hq export --site plant-1 --full -o full >/dev/null
exits 14 "a full bundle of the same" ferry_import --point site import full
rm catalog/scup/"$tool".sdp
ferry_export --point hq sync >/dev/null
ferry_export --point hq export --site plant-1 --full -o full2 >/dev/null
exits 0 "a full bundle of more" ferry_import --point site import full2 --json
holds "the declined one is gone: one more" out "d['attention'] == 1"
printf '[retain]\ngenerations = 1\n' >>site/point.toml
exits 0 "prune" ferry_import --point site prune
equal "leaves them as they were" "$(own_decisions site)" "$(cat own)"
exits 3 "of the withdrawn one nothing is known" ferry_import --point site show "$withdrawn"
exits 0 "yet its decision can be taken back" ferry_import --point site undecide "$withdrawn"
exits 0 "and is looked at no more" ferry_import --point site decisions --attention --json
holds "only the others" out "sorted(e['id'] for e in d['decisions']) == sorted(['$firmware', '$tool', '$expiring'])"

echo "# a relay"
cat >>site/point.toml <<'TOML'
[[feed]]
name = "cell"
approvals = true
[[site]]
name = "cell-1"
feed = "cell"
TOML
# The files that the site was made with make room for those of an exporting point; what it trusts is in its catalog.
claim "a relay has keys" ferry_export --point site trust init
exits 0 "it passes on" ferry_export --point site export --site cell-1 -o cell --json
new_site child site cell-1
claim "to a site of its own" ferry_import --point child import cell
exits 0 "what it approved itself" ferry_import --point child list --decision suggested --json
holds "of what it holds" out "sorted(u['id'] for u in d['updates']) == sorted(['$firmware', '$expiring', '$other'])"
finish
