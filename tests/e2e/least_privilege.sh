#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A site's import runs as a user of its own, without network, from a medium that it may only read; what both
# programs leave behind is nobody else's to write, and keys and spool nobody else's to read.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
  skip "import as a user without privileges" "needs root and setpriv"
  finish
  exit
fi

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o stick >out
cp hq/trust/trust-0001.xml .
next_month catalog
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o stick >out

# The programs where anybody may run them; a home for the user; a medium of root's.
chmod 711 "$work"
install -m 755 "$FERRY_EXPORT" "$FERRY_IMPORT" .
FERRY_IMPORT=$work/$(basename "$FERRY_IMPORT")
FERRY_EXPORT=$work/$(basename "$FERRY_EXPORT")
mkdir home && chown 65534:65534 home
chmod -R a-w,a+rX stick trust-0001.xml
# Nobody in particular: no groups, no capabilities, no way to get more.
nobody() {
  setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
}
exits 1 "the user may really not write on the medium" nobody touch stick/x
exits 1 "nor read the exporting point's keys" nobody cat hq/keys/exporter-1.pem

# listing DIR: everything in it, with times and digests.
listing() { find "$1" -printf '%p %y %m %u %g %s %T@ %C@\n' | sort && find "$1" -type f -exec sha256sum {} + | sort; }
listing stick >stick.before
# foreign: what this user owns outside of his home.
foreign() { find "$work" -path "$work/home" -prune -o -uid 65534 -print; }

site=home/site
exits 0 "the user makes a site" nobody "$FERRY_IMPORT" --point $site init --trust trust-0001.xml --site plant-1
exits 0 "looks at the medium" nobody "$FERRY_IMPORT" --point $site inspect stick
exits 0 "verifies it" nobody "$FERRY_IMPORT" --point $site verify stick
exits 0 "tries it" nobody "$FERRY_IMPORT" --point $site import --dry-run stick/*_g0-g1_full_*
exits 0 "and imports it" nobody "$FERRY_IMPORT" --point $site import stick
equal "the site has the publisher's state" "$(state_of "$FERRY_IMPORT" $site all)" "$(state_of "$FERRY_EXPORT" hq all)"
for command in status history list check; do
  exits 0 "the user looks at his site: $command" nobody "$FERRY_IMPORT" --point $site $command
done
listing stick >stick.after
claim "the medium is as it was, to the last time stamp" cmp stick.before stick.after
equal "nothing was written outside of the user's home" "$(foreign)" ""

# The same from a file system that nobody can write, in a network that has no interface.
mkdir medium
if mount -t tmpfs -o size=4m ferry-test medium 2>/dev/null; then
  trap 'umount medium 2>/dev/null; rm -rf "$work"' EXIT
  cp stick/* medium/
  mount -o remount,ro medium
  listing medium >medium.before
  isolated() { unshare -n "$@"; }
  if unshare -n true 2>/dev/null; then
    equal "there is no network but the machine itself" "$(unshare -n grep -o '^ *[a-z0-9]*:' /proc/self/net/dev | xargs)" "lo:"
  else
    isolated() { "$@"; }
    skip "import without a network" "unshare -n is not allowed here"
  fi
  exits 0 "a second site, without network" isolated setpriv --reuid=65534 --regid=65534 --clear-groups "$FERRY_IMPORT" \
    --point home/second init --trust trust-0001.xml --site plant-1
  exits 0 "imports from a read-only file system" isolated setpriv --reuid=65534 --regid=65534 --clear-groups "$FERRY_IMPORT" \
    --point home/second import medium
  equal "and has the publisher's state" "$(state_of "$FERRY_IMPORT" home/second all)" "$(state_of "$FERRY_EXPORT" hq all)"
  listing medium >medium.after
  claim "that medium is as it was too" cmp medium.before medium.after
else
  skip "import from a read-only file system" "a file system can only be mounted by root"
fi

# A site on which the user may not write says so and is left alone.
cp -r $site foreign-site
chown -R 0:0 foreign-site && chmod -R go-w,go+rX foreign-site
refused 1 "somebody else's site" foreign-site nobody "$FERRY_IMPORT" --point foreign-site import stick
says "ermission denied" "somebody else's site: the reason is named"
exits 0 "somebody else's site can be looked at where he allows it" nobody "$FERRY_IMPORT" --point foreign-site status
chmod 0 medium.before
exits 1 "a trust file that the user may not read" nobody "$FERRY_IMPORT" --point home/third init --trust medium.before --site plant-1

# What is left behind, under the usual umask and under one that allows everything.
modes() { find "$1" ! -type l -perm "$2" | sort; }
for mask in 022 000; do
  for user in root nobody; do
    as() { if [ "$user" = nobody ]; then nobody "$@"; else "$@"; fi; }
    point=home/$user-$mask
    exits 0 "umask $mask, $user: a site is made" as sh -c "umask $mask; exec \"\$@\"" sh "$FERRY_IMPORT" --point $point init --trust trust-0001.xml --site plant-1
    exits 0 "umask $mask, $user: and imports" as sh -c "umask $mask; exec \"\$@\"" sh "$FERRY_IMPORT" --point $point import stick
    equal "umask $mask, $user: keys and spool are the owner's alone" "$(stat -c %a $point/keys $point/spool | xargs)" "700 700"
    equal "umask $mask, $user: others may write nothing" "$(modes $point /o+w)" ""
  done
  chmod a+rx catalog
  umask $mask
  sample_exporter home/hq-$mask "$work/catalog"
  ferry_export --point home/hq-$mask sync >out
  ferry_export --point home/hq-$mask export --site plant-1 -o home/out-$mask >out
  umask 022
  equal "umask $mask, an exporting point: keys and spool are the owner's alone" \
    "$(stat -c %a home/hq-$mask/keys home/hq-$mask/spool | xargs)" "700 700"
  equal "umask $mask, an exporting point: so is each private key" "$(stat -c %a home/hq-$mask/keys/*.pem | xargs)" "600 600"
  equal "umask $mask, an exporting point: others may write nothing" "$(modes home/hq-$mask /o+w)" ""
  equal "umask $mask: nor on what goes to a medium" "$(find home/out-$mask -name '*.ferry' -perm /o+w)" ""
done

finish
