#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An update server as a source: first sync, month by month with anchors, killed and gone on with, and every way in which
# a server may answer wrongly. The server is wsus_upstream.py, which shares nothing with the product.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh" || exit 1
# shellcheck source-path=SCRIPTDIR source=../support/wsus_upstream.sh
. "$FERRY_SOURCE_ROOT/tests/support/wsus_upstream.sh"

keeps='fetched-*'
start_server
month 0
point hq

forget
exits 0 "a first sync takes everything" ferry_export --point hq sync
claim "categories are asked for first" test "$(asked '[e["config"] for e in l if e["op"]=="GetRevisionIdList"]')" = "[True, False]"
equal "what is asked for the first time is asked for whole, without an anchor" \
  "$(asked '[(e["anchor"], any(e["Categories"].values()), any(e["Classifications"].values())) for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]')" "[(None, False, False)]"
claim "no request is for more updates than the server takes" test "$(asked 'max(e.get("ids", 0) for e in l)')" = 20
equal "the account is the point's name and id" "$(asked '[e["account"][0] for e in l if "account" in e]')" "['hq']"

mkdir folder && cp -r up/docs/0/. folder
ferry_export --point direct init --name hq >/dev/null
printf '[point]\nname = "hq"\n[[source]]\nname = "docs"\nkind = "updates"\npath = "%s"\n[[feed]]\nname = "all"\n' "$work/folder" >direct/point.toml
ferry_export --point direct sync >/dev/null 2>&1
equal "every document is the same, byte for byte, as read from a folder" "$(holds_what hq | sha256sum)" "$(holds_what direct | sha256sum)"
equal "and so is the feed's state" "$(state_of ferry_export hq all)" "$(state_of ferry_export direct all)"

forget
exits 2 "nothing new is nothing to do" ferry_export --point hq sync
equal "nothing is fetched then" "$(asked 'sum(e.get("ids", 0) for e in l)')" 0
equal "known ids are asked for by anchor" \
  "$(asked '[(e["anchor"], all(e["Categories"].values()), all(e["Classifications"].values())) for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]')" "[('7,2026-01-01 00:00:00.000', True, True)]"

month 1
before=$(find up/docs/1 -name '*.xml' | wc -l)
forget
exits 0 "a month later what changed is taken" ferry_export --point hq --json sync
equal "of which no more than that is fetched" "$(asked 'sum(e.get("ids", 0) for e in l) <= '"$before")" True
claim "and it is something" test "$(asked 'sum(e.get("ids", 0) for e in l)')" -gt 0
mkdir -p folder/1 && cp -r up/docs/1/. folder/1
ferry_export --point direct sync >/dev/null 2>&1
equal "and all is held that was published up to then" "$(holds_what hq | sha256sum)" "$(holds_what direct | sha256sum)"

# Only what is chosen is asked for; what is chosen later is asked for whole, the rest by anchor.
read -r p1 p2 c1 <<<"$(python3 - <<'PYTHON'
import sqlite3, uuid
db = sqlite3.connect("file:hq/catalog.db?mode=ro", uri=True)
most = lambda kind, n: [str(uuid.UUID(bytes=row[0])) for row in db.execute(
    "SELECT c.id FROM category c JOIN revision_category x ON x.category = c.id WHERE c.type = ? "
    "GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT ?", (kind, n))]
print(*most(3, 2), *most(4, 1))
PYTHON
)"
chosen() { asked '[(sorted(e["Categories"].items()), sorted(e["Classifications"].items())) for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]'; }
point narrow "" "products = [\"$p1\"]
classifications = [\"$c1\"]"
forget
exits 0 "a point with one product and one classification" ferry_export --point narrow --json sync
equal "asks for these two only" "$(chosen)" "[([('$p1', False)], [('$c1', False)])]"
holds "the other products are told as chosen by no feed" out "'$p2' in [c['id'] for c in d['unchosen']]"
sed -i "s/products = .*/products = [\"$p1\", \"$p2\"]/" narrow/point.toml
forget
exits 0 "another product is chosen" ferry_export --point narrow sync
equal "it is asked for whole, the known ones by anchor" "$(asked '[e["Categories"] == {"'"$p1"'": True, "'"$p2"'": False} and e["Classifications"] == {"'"$c1"'": True} for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]')" "[True]"

# Files are where the server says; a revision that expired is told as that.
head -c 5000 /dev/urandom >payload
one_update() { python3 - "$1" "$2" "$p1" "$c1" <<'PYTHON'
import base64, hashlib, sys
number, state, product, classification = sys.argv[1:]
data = open("payload", "rb").read()
b64 = lambda digest: base64.b64encode(digest).decode()
print(f"""<upd:Update xmlns:upd="http://schemas.microsoft.com/msus/2002/12/Update"><upd:UpdateIdentity
 UpdateID="5A5A5A5A-0000-4000-8000-00000000000A" RevisionNumber="{number}" /><upd:Properties UpdateType="Software"
 DefaultPropertiesLanguage="en" PublicationState="{state}" ExplicitlyDeployable="true"
 CreationDate="2026-01-01T00:00:00.000Z" /><upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Language>en
</upd:Language><upd:Title>With a payload</upd:Title></upd:LocalizedProperties></upd:LocalizedPropertiesCollection>
<upd:Relationships><upd:Prerequisites><upd:AtLeastOne IsCategory="true"><upd:UpdateIdentity UpdateID="{product}" />
</upd:AtLeastOne><upd:AtLeastOne IsCategory="true"><upd:UpdateIdentity UpdateID="{classification}" /></upd:AtLeastOne>
</upd:Prerequisites></upd:Relationships><upd:Files><upd:File Digest="{b64(hashlib.sha1(data).digest())}"
 DigestAlgorithm="SHA1" FileName="payload.cab" Size="{len(data)}" Modified="2026-01-01T00:00:00Z"><upd:AdditionalDigest
 Algorithm="SHA256">{b64(hashlib.sha256(data).digest())}</upd:AdditionalDigest></upd:File></upd:Files></upd:Update>""", end="")
PYTHON
}
sha1=$(sha1sum <payload | cut -d ' ' -f 1)
cp payload "up/files/$sha1"
mkdir up/docs/2 && one_update 1 Published >up/docs/2/one.xml
for place in publisher server; do
  point "from-$place" "content = \"$place\"" "products = [\"$p1\"]
classifications = [\"$c1\"]
content = \"all\""
  ferry_export --point "from-$place" sync >/dev/null 2>&1
  forget
  ferry_export --point "from-$place" fetch >/dev/null 2>&1
  claim "the payload is fetched from its $place" test -n "$(find "from-$place/content" -name "$(sha256sum <payload | cut -d ' ' -f 1)")"
done
upper=${sha1^^}
equal "the server has it by its SHA-1" "$(asked '{"get": "/Content/'"${upper:38}/$upper"'.cab"} in l')" True
ferry_export --point hq sync >/dev/null 2>&1
mkdir up/docs/3 && one_update 2 Expired >up/docs/3/one.xml
exits 0 "the update is withdrawn" ferry_export --point hq --json sync
holds "which is told as expired" out "d['sources'][0]['ids']['expired'] == ['5a5a5a5a-0000-4000-8000-00000000000a'] and d['sources'][0]['removed'] == 0"

# What was approved there is suggested here.
deployments() {
  cat >up/deployments.xml <<XML
<Anchor>1</Anchor><Groups><ServerSyncTargetGroup><TargetGroupID>00000000-0000-4000-8000-0000000000aa</TargetGroupID>
<ParentGroupId>00000000-0000-0000-0000-000000000000</ParentGroupId><Name>Pilot</Name><IsBuiltin>false</IsBuiltin>
</ServerSyncTargetGroup></Groups><Deployments>$1</Deployments><DeadDeployments /><HiddenUpdates /><AcceptedEulas />
XML
}
deployment() { printf '<ServerSyncDeployment><UpdateId>%s</UpdateId><RevisionNumber>1</RevisionNumber><Action>%s</Action><AdminName>WSUS\\admin</AdminName><Deadline>%s</Deadline><IsAssigned>true</IsAssigned><GoLiveTime>2026-01-01T00:00:00</GoLiveTime><DeploymentGuid>00000000-0000-4000-8000-00000000000b</DeploymentGuid><TargetGroupId>%s</TargetGroupId><DownloadPriority>2</DownloadPriority></ServerSyncDeployment>' "$@"; }
approvals_of() { python3 - "$1/catalog.db" <<'PYTHON'
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT hex(update_id), target, deadline, approved_by FROM source_approval ORDER BY 2"): print(*row)
PYTHON
}
none=9999-12-31T23:59:59.9999999
deployments "$(deployment 5a5a5a5a-0000-4000-8000-00000000000a 0 $none a0a08746-4dbe-4a37-9adf-9e7652c0b421; deployment 5a5a5a5a-0000-4000-8000-00000000000a 0 2026-12-24T00:00:00 00000000-0000-4000-8000-0000000000aa; deployment 00000000-0000-4000-8000-0000000000cc 3 $none a0a08746-4dbe-4a37-9adf-9e7652c0b421)"
point replica "approvals = true" "products = [\"$p1\"]
classifications = [\"$c1\"]"
exits 0 "a point takes over the approvals of its server" ferry_export --point replica sync
equal "with groups and deadlines, and no blocks" "$(approvals_of replica)" \
  "5A5A5A5A00004000800000000000000A Pilot 2026-12-24T00:00:00Z WSUS\\admin
5A5A5A5A00004000800000000000000A all computers None WSUS\\admin"
ferry_export --point replica list --decision suggested >out
says "With a payload" "they are suggestions"
deployments ""
ferry_export --point replica sync >/dev/null 2>&1
equal "what is approved there no more is suggested no more" "$(approvals_of replica)" ""

# A run that is killed is gone on with: what it fetched is not fetched again, and the catalog knew nothing of it.
point killed
empty=$(dump_digest killed)
forget
FERRY_CRASH_AT=5 ferry_export --point killed sync >/dev/null 2>crash
claim "a run is killed after its fifth batch" grep -q "crash at wsus source: batch kept" crash
equal "the catalog knows nothing of what it fetched" "$(dump_digest killed)" "$empty"
equal "it had fetched five batches" "$(asked 'sum("ids" in e for e in l)')" 5
control '{"die_after": 3}'
exits 1 "the server dies in the middle of the next run" ferry_export --point killed sync
equal "of which the catalog knows nothing either" "$(dump_digest killed)" "$empty"
control '{}'
kill "$server" 2>/dev/null; wait "$server" 2>/dev/null
start_server
exits 0 "the run after that takes the rest" ferry_export --point killed sync
all=$(holds_what hq | wc -l)
equal "no document was sent twice" "$(asked 'sum(e.get("ids", 0) for e in l)')" "$all"
equal "and all is held" "$(holds_what killed | sha256sum)" "$(holds_what hq | sha256sum)"
equal "nothing of it is left beside the catalog" "$(ls killed/spool)" ""

# What a server may ask for, or may have forgotten.
point patient
control '{"faults": {"GetUpdateData": ["ServerBusy", "InvalidCookie"], "GetCookie": ["ServerBusy"], "GetRevisionIdList": ["InvalidAuthorizationCookie"]}}'
exits 0 "a busy server is asked again, and cookies it refuses are made anew" ferry_export --point patient sync
equal "nothing is lost by it" "$(holds_what patient | sha256sum)" "$(holds_what hq | sha256sum)"
rm -rf patient && point patient
forget
control '{"cookie_uses": 3}'
exits 0 "cookies that serve three times only are enough" ferry_export --point patient sync
claim "there were many of them" test "$(asked 'sum(e["op"] == "GetCookie" for e in l)')" -gt 3
forget
control '{"cookie_seconds": -3600}'
exits 2 "a server whose clock is an hour slow is no trouble" ferry_export --point patient sync
equal "its cookie is used until it is refused" "$(asked 'sum(e["op"] == "GetCookie" for e in l)')" 1
control '{"cookie_uses": 0}'
refused 1 "a server that refuses every cookie it makes" patient ferry_export --point patient sync
says "InvalidCookie" "it is said what the server answers"
forget
control '{"changed": true}'
exits 2 "a server that was set up anew is asked for all" ferry_export --point patient sync
says "no longer knows where the last list ended" "a person is told"
equal "known documents are not fetched again" "$(asked 'sum(e.get("ids", 0) for e in l)')" 0
control '{"forgotten": ["10,2026-01-01 00:00:03.000"]}'
exits 2 "so is one that refuses its own anchor" ferry_export --point patient sync
control '{"protocol": "2.0"}'
refused 1 "another version of the protocol" patient ferry_export --point patient sync
says "expected 1.x" "the version is named"
control '{}'

# One update that cannot be had does not hold up the others, and is asked for again.
victim=$(python3 - <<'PYTHON'
import glob, os, re
for path in sorted(glob.glob("up/docs/0/**/*.xml", recursive=True)):
    text = open(path, encoding="utf-8").read()
    if 'UpdateType="Software"' in text: print(re.search('UpdateID="([^"]*)"', text).group(1).lower()); break
PYTHON
)
for trouble in '"bad": ["ID"]' '"silent": ["ID"]' '"spoilt": {"ID": "odd"}' '"spoilt": {"ID": "surrogate"}' \
  '"spoilt": {"ID": "cabinet"}' '"spoilt": {"ID": "xml"}' '"spoilt": {"ID": "other"}'; do
  rm -rf single && point single
  control "{${trouble//ID/$victim}}"
  exits 4 "$trouble: the others are taken" ferry_export --point single sync
  says "$victim" "$trouble: the update is named"
  control '{}'
  forget
  exits 0 "$trouble: mended, it is taken" ferry_export --point single sync
  equal "$trouble: and only it is fetched then" "$(asked 'sum(e.get("ids", 0) for e in l)')" 1
  equal "$trouble: all is held in the end" "$(holds_what single | sha256sum)" "$(holds_what hq | sha256sum)"
done

# Answers that are none. Each ends in an error and leaves the catalog as it was.
point wary
for operation in GetAuthConfig GetAuthorizationCookie GetCookie GetConfigData GetRevisionIdList GetUpdateData; do
  for mode in html garbage page500 short long entities redirect; do
    control "{\"mode\": {\"$operation\": \"$mode\"}}"
    refused 1 "$operation, $mode" wary ferry_export --point wary sync
  done
done
limit=2 point hasty
for operation in GetRevisionIdList GetUpdateData; do
  control "{\"mode\": {\"$operation\": \"drip\"}}"
  refused 1 "$operation, a byte now and then" hasty ferry_export --point hasty sync
done
control '{"mode": {"GetRevisionIdList": "endless"}}'
refused 1 "a list without an end" wary ferry_export --point wary sync
says "answers with more than 67108864 bytes" "the limit is named"
control '{"auth_url": "http://127.0.0.1:1/steal"}'
refused 1 "authorization on another host" wary ferry_export --point wary sync
says "expected a path on the same server" "it is said what was expected"
phantoms=$(python3 -c 'print([[f"00000000-0000-4000-8000-{i:012d}", 1] for i in range(200)])' | tr "'" '"')
control "{\"phantoms\": $phantoms}"
refused 1 "a list of updates that are not there" wary ferry_export --point wary sync
says "updates in a row cannot be had" "the server as a whole is blamed"
control '{}'
exits 0 "after all that the same point synchronizes" ferry_export --point wary sync
equal "and holds everything" "$(holds_what wary | sha256sum)" "$(holds_what hq | sha256sum)"
finish
