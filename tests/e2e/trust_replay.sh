#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a courier can do with bundles that were validly signed at some time (TUF's conformance cases): rollback,
# fast-forward, freeze, mix-and-match. Hostile volumes are made without Ferry. Chains of trust files that lie
# are in trust_chain.sh.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"

export_to() { ferry_export --point "$1" export --site plant-1 -o "$2" "${@:3}"; }
# another_state POINT NUMBER: its source offers one more document.
another_state() { one_more catalog "$2" && ferry_export --point "$1" sync >out; }

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
export_to hq g1 >out
next_month catalog
ferry_export --point hq sync >out
export_to hq g2 >out
export_to hq g2-full --full >out
new_site site hq
ferry_import --point site import g1 >out

# The tool that makes the hostile volumes makes honest ones too.
volume_tool unpack g2-full/*.ferry honest
volume_tool pack honest repacked.ferry
claim "the volume tool makes the same volume of its members, byte for byte" cmp repacked.ferry g2-full/*.ferry
cp -r honest resigned
signer=hq/keys/exporter-1
volume_tool seal resigned "$signer"
claim "sealed again with the same trust files, the manifest is the same" cmp honest/manifest.xml resigned/manifest.xml
differs "but the signature is another" "$(sha256sum <honest/signatures/01.p7s)" "$(sha256sum <resigned/signatures/01.p7s)"
volume_tool pack resigned resigned.ferry
takes "a bundle that openssl signed is taken as one that Ferry signed" site resigned.ferry

echo "# rollback"
ferry_import --point site import g2 >out
refuses 14 "rollback: an older bundle" site g1
refuses 14 "rollback: an older state as a full bundle" site g2-full
cp -r honest lower
volume_tool set lower/manifest.xml target generation 1
volume_tool seal lower "$signer"
volume_tool pack lower lower.ferry
refuses 13 "rollback: another state under a lower generation, validly signed" site lower.ferry

echo "# fast-forward"
# leads_to GENERATION: the full bundle, validly signed, for this generation, in GENERATION.ferry.
leads_to() {
  rm -rf jump
  cp -r honest jump
  volume_tool set jump/manifest.xml target generation "$1"
  volume_tool seal jump "$signer"
  volume_tool pack jump "$1.ferry"
}
leads_to 10002
takes "a jump of 10,000 generations is taken" site 10002.ferry
leads_to 10003
refuses 11 "fast-forward: a jump of 10,001 is not" site 10003.ferry
says "--accept-jump" "and the way to take it is named"
leads_to 9007199254740991
refuses 11 "fast-forward: the highest generation there is" site 9007199254740991.ferry
cp -r honest future-epoch
volume_tool set future-epoch/manifest.xml feed epoch 1
volume_tool seal future-epoch "$signer"
volume_tool pack future-epoch future-epoch.ferry
refuses 11 "fast-forward: an epoch that no trust file has" site future-epoch.ferry
new_site fresh hq
takes "a site without anything has nothing to jump from" fresh 9007199254740991.ferry

exits 0 "the thief's bundle is taken with --accept-jump" ferry_import --point site import --accept-jump 9007199254740991.ferry
equal "and leads there" "$(generation_of site)" 9007199254740991
another_state hq 1
export_to hq g3 >out
refuses 14 "locked out: the publisher's next bundle looks old" site g3
exits 0 "the publisher gives the stolen key up and begins an epoch" ferry_export --point hq trust revoke "$(key_of hq exporter-1)" --stolen --new-key --new-epoch
exits 0 "and exports" export_to hq recovery
equal "the bundle after a new epoch is full by itself" "$(echo recovery/*)" \
  "recovery/all_plant-1_g0-g3_full.html recovery/all_plant-1_g0-g3_full_v01of01.ferry"
exits 0 "recovery: the bundle of the new epoch brings the site back" ferry_import --point site import recovery
equal "to the publisher's generation" "$(generation_of site)" 3
equal "and state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"
refuses 11 "the thief's bundle is refused now" site 9007199254740991.ferry
refuses 11 "with --accept-jump too" site --accept-jump 9007199254740991.ferry
another_state hq 2
export_to hq g4 >out
exits 0 "the next bundle is a delta again" test -e g4/all_plant-1_g2-g4_delta_v01of01.ferry
exits 0 "and is taken" ferry_import --point site import g4

echo "# freeze"
day=86400
now=$(date +%s)
at_day() { SOURCE_DATE_EPOCH=$((now + $1 * day)) "${@:2}"; }
at_day -200 sample_exporter old "$work/catalog"
at_day -200 ferry_export --point old sync >out
at_day -100 export_to old frozen >out
at_day -2 export_to old recent --full >out
new_site frozen-site old
cp -r frozen-site strict
printf '[time]\nmax-age-days = 30\n' >>strict/point.toml
exits 0 "freeze: a bundle past its valid-until is taken" ferry_import --point frozen-site import frozen
says "was valid until" "and warned of"
takes "a bundle of two days ago is taken" strict recent
equal "and not warned of" "$(cat err)" ""
refuses 12 "freeze: point.toml refuses bundles older than 30 days" strict frozen
says "30 days" "and says so"
exits 0 "--accept-dates takes it" ferry_import --point strict import --accept-dates frozen
says "30 days" "and warns"

echo "# mix-and-match"
"$GENERATE_CATALOG" --seed 5 --revisions 1000 --month 0 --quiet generated
new_exporter many updates "$work/generated"
ferry_export --point many sync >out
at_day 0 export_to many one --volume-size 512KiB >out
at_day -1 export_to many two --volume-size 512KiB --full >out
new_site many-site many
count=$(find one -name '*.ferry' | wc -l)
claim "both exports have the same number of volumes, more than one" test "$count" -gt 1 -a "$count" = "$(find two -name '*.ferry' | wc -l)"
mkdir mixed
cp one/*_v01of*.ferry mixed
cp two/*_v0[2-9]of*.ferry mixed
keeps="bundle-*" refuses 15 "mix-and-match: volumes of two exports do not make a bundle" many-site mixed
takes "the volumes of one export do" many-site one
takes "and both exports, complete, are told apart" many-site one two

echo "# trust files of another chain"
sample_exporter stranger "$work/catalog"
volume_tool unpack g1/*.ferry plain
rm -rf foreign && cp -r plain foreign
cp stranger/trust/trust-0001.xml foreign/trust/
volume_tool pack foreign foreign.ferry
refuses 11 "another publisher's trust file in a bundle" fresh foreign.ferry
volume_tool seal foreign "$signer"
volume_tool pack foreign foreign.ferry
refuses 11 "the same, listed and signed by a key that the site trusts" fresh foreign.ferry
rm -rf bare && cp -r plain bare
rm -r bare/trust
volume_tool pack bare bare.ferry
refuses 15 "a bundle without the trust files that it lists" fresh bare.ferry
volume_tool unpack g4/*.ferry stripped
rm stripped/trust/*.p7s
volume_tool pack stripped stripped.ferry
refuses 11 "a later trust file without its signatures" fresh stripped.ferry
takes "the bundles as they were are taken" fresh g1

finish
