#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The drill: an exporter key is stolen. What the thief can do before the rotation, and that he can do nothing after it,
# whatever the site's clock says and whatever his bundle claims.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"

export_to() { ferry_export --point "$1" export --site plant-1 -o "$2" "${@:3}"; }

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
export_to hq g1 >out
new_site site hq
ferry_import --point site import g1 >out
next_month catalog
cp -r hq before
cp -r site site-before

echo "# the theft: catalog and exporter key, but not the root key"
cp -r hq thief
rm thief/keys/root-1.*
cp -r catalog thief-catalog
one_more thief-catalog 9
sed -i "s#$work/catalog#$work/thief-catalog#" thief/point.toml
ferry_export --point thief sync >out
exits 0 "the thief packs a bundle of his own" export_to thief forged
planted=aaaaaaaa-0000-4000-8000-000000000009
takes "before the rotation a site takes it" site forged
claim "and holds what he planted" ferry_import --point naive show "$planted"
exits 4 "he cannot make a trust file: the root key is missing" ferry_export --point thief trust rotate
says "NOT in force" "and his draft is not in force"
rm -r thief/trust/draft
volume_tool unpack forged/*.ferry usurped
ferry_export --point before trust add --new-key >out
cp before/trust/trust-0002.xml usurped/trust/
volume_tool sign-file usurped/trust/trust-0002.xml thief/keys/exporter-1 usurped/trust/trust-0002.01.p7s
volume_tool seal usurped thief/keys/exporter-1
volume_tool pack usurped usurped.ferry
refuses 11 "a trust file that only the stolen key signed" site usurped.ferry

echo "# the rotation"
ferry_export --point hq sync >out
export_to hq on-its-way >out
stolen=$(key_of hq exporter-1)
cp -r hq retiring
exits 64 "revoke wants to know: stolen or retired" ferry_export --point hq trust revoke "$stolen"
exits 64 "and not both" ferry_export --point hq trust revoke "$stolen" --stolen --retired
exits 11 "no key may be given up without another in its place" ferry_export --point hq trust revoke "$stolen" --stolen
exits 0 "the stolen key is given up" ferry_export --point hq trust revoke "${stolen:0:12}" --stolen --new-key
says "revoked: ${stolen:0:16}" "and listed as revoked"
exits 0 "the rotation bundle is made" export_to hq rotation
takes "a site that has the bundle before it" site on-its-way
exits 0 "imports the rotation bundle" ferry_import --point site import rotation
equal "which brings the trust file" "$(trust_of site)" 2
equal "and the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

echo "# after the rotation"
# Variants of what he signed, in folders of their own.
volume_tool unpack forged/*.ferry template
# forge NAME ELEMENT ATTRIBUTE VALUE: his bundle with one claim changed, signed with the stolen key.
forge() {
  rm -rf "$1.members" && cp -r template "$1.members" && mkdir "$1"
  volume_tool set "$1.members/manifest.xml" "$2" "$3" "$4"
  volume_tool seal "$1.members" thief/keys/exporter-1
  volume_tool pack "$1.members" "$1/$1.ferry"
}
ferry_export --point thief export --site plant-1 --full -o forged-full >out
one_more thief-catalog 8
ferry_export --point thief sync >out
export_to thief forged-next --full >out
forge forged-lower target generation 1
forge forged-higher target generation 9000
forge forged-jump target generation 9007199254740991
forge forged-old bundle created 2020-01-01T00:00:00Z
forge forged-epoch feed epoch 7
# With the newest trust files, which he can copy from any stick.
cp -r template current.members
volume_tool unpack rotation/*.ferry rotation.members
cp rotation.members/trust/* current.members/trust/
mkdir forged-current
volume_tool seal current.members thief/keys/exporter-1
volume_tool pack current.members forged-current/current.ferry
for name in forged forged-full forged-next forged-lower forged-higher forged-jump forged-old forged-epoch forged-current; do
  refuses 11 "after the rotation: $name" site "$name"
  says "is revoked" "$name: because the key is revoked"
done
refuses 11 "the overrides change nothing" site --accept-jump --accept-dates forged-next
exits 11 "verify says so too" ferry_import --point site verify forged-next
if command -v faketime >/dev/null; then
  for clock in "2001-01-01 00:00:00" "2099-01-01 00:00:00"; do
    refuses_at() { refused 11 "$1" site faketime -f "$clock" "$FERRY_IMPORT" --point site import "$2"; }
    refuses_at "the site's clock says $clock: the forged bundle" forged-next
    refuses_at "the site's clock says $clock: the forged older bundle" forged-old
    equal "the site's clock says $clock: the faketime is at work" "$(faketime -f "$clock" date +%Y)" "${clock%%-*}"
  done
else
  skip "the forged bundle under wrong clocks" "faketime is not installed"
fi

echo "# the rotation bundle could not be applied, its trust file counts all the same"
# trust_alone CODE NAME SITE PATH: refused with this code, but the site refuses the thief from now on.
trust_alone() {
  local code=$1 name=$2 site=$3 path=$4
  takes "$name: before it the site takes the forged bundle" "$site" forged-next
  state=$(state_of "$FERRY_IMPORT" "$site" all)
  refuses "$code" "$name: a dry run installs nothing" "$site" --dry-run "$path"
  exits "$code" "$name: the rotation bundle is refused" ferry_import --point "$site" import "$path"
  says "trust file 2 was installed; the bundle was not" "$name: and what happened is said"
  equal "$name: the trust file is installed" "$(trust_of "$site")" 2
  equal "$name: the catalog has the state of before" "$(state_of "$FERRY_IMPORT" "$site" all)" "$state"
  refuses 11 "$name: the forged bundle is refused now" "$site" forged-next
}
cp -r site-before up-to-date
ferry_import --point up-to-date import on-its-way >out
trust_alone 14 "already applied" up-to-date rotation
cp -r hq later
one_more catalog 1
ferry_export --point later sync >out
exits 0 "a delta whose base the site lacks is made" ferry_export --point later export --site plant-1 --since 2 -o no-base
trust_alone 10 "base missing" site-before no-base
exits 0 "the bundle that was missing brings this site on" ferry_import --point site-before import rotation
exits 0 "and the next after it" ferry_import --point site-before import no-base

echo "# retired, not stolen"
new_site patient hq
cp -r patient hasty
exits 0 "the key is retired" ferry_export --point retiring trust revoke "$stolen" --retired --new-key
says "retired: only for what is on its way" "and listed so"
one_more catalog 2
ferry_export --point retiring sync >out
export_to retiring retired-next --full >out
exits 0 "a site that gets the next bundle first" ferry_import --point hasty import retired-next
equal "has the trust file" "$(trust_of hasty)" 2
exits 0 "another imports the first bundle of the retired key" ferry_import --point patient import g1
volume_tool unpack on-its-way/*.ferry on-its-way.members
cp retiring/trust/trust-0002* on-its-way.members/trust/
volume_tool seal on-its-way.members retiring/keys/exporter-1
volume_tool pack on-its-way.members up-to-then.ferry
exits 0 "retired: what leads up to the generation of then is taken" ferry_import --point patient import up-to-then.ferry
equal "under the new trust file" "$(trust_of patient)" 2
exits 0 "the next bundle has the new key's signature" ferry_import --point patient import retired-next
rm -rf retired-next.members
volume_tool unpack retired-next/*.ferry retired-next.members
volume_tool seal retired-next.members retiring/keys/exporter-1
volume_tool pack retired-next.members by-retired.ferry
new_site third hq
refuses 11 "retired: what leads further is refused" third by-retired.ferry
says "is revoked" "because the key is revoked from there on"
refuses 11 "stolen: what was on its way is refused too, under the rotation's trust file" site on-its-way

finish
