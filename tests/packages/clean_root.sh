#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two machines with nothing of ours: the packages are installed with apt, each program does its part of the tour as the
# account that the packages made, timers are enabled, and a purge leaves nothing behind but data.
#
# Usage: tests/packages/clean_root.sh PACKAGES DIRECTORY; DIRECTORY keeps the root that it begins with, for the next time.
export FERRY_SOURCE_ROOT
FERRY_SOURCE_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
packages=$(realpath "$1")
mkdir -p "$2"
place=$(realpath "$2")
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap >/dev/null || ! unshare --mount --pid --fork true 2>/dev/null; then
  skip "packages in a clean root" "needs root, mmdebstrap and namespaces"
  finish
  exit
fi

# in_root ROOT COMMAND...: as root of that machine.
in_root() {
  local root=$1
  shift
  unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
# as_ferry ROOT COMMAND...: as the account of the packages, which cannot become anybody else.
as_ferry() {
  local root=$1
  shift
  in_root "$root" setpriv --reuid=ferry --regid=ferry --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
}
# started_by ROOT UNIT: executes what the unit would.
started_by() {
  local words
  read -ra words < <(sed -n 's/^ExecStart=//p' "$1/lib/systemd/system/$2")
  [ "$(sed -n 's/^User=//p' "$1/lib/systemd/system/$2")" = ferry ] || return 99
  as_ferry "$1" "${words[@]}"
}
# listing ROOT: what is on that machine, but for what apt and dpkg know of all packages.
listing() {
  (cd "$1" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./run \
    -o -path ./debs \) -prune -o -printf '%p\n' | LC_ALL=C sort)
}

if [ ! -f "$place/base.tar" ]; then
  mmdebstrap --quiet --variant=apt --include=systemd bookworm "$place/unfinished.tar" && mv "$place/unfinished.tar" "$place/base.tar"
fi
claim "there is a clean root" test -f "$place/base.tar"
# Roots hold device files, which a file system in memory may refuse.
for machine in hq plant; do rm -rf "${place:?}/$machine"; done
trap 'rm -rf "$work" "$place/hq" "$place/plant"' EXIT
mkdir "$place/hq" && tar -xf "$place/base.tar" -C "$place/hq"
cp --dereference /etc/resolv.conf "$place/hq/etc/resolv.conf"
mkdir "$place/hq/debs" && cp "$packages"/*.deb "$place/hq/debs"
exits 0 "what they depend on is in Debian" in_root "$place/hq" sh -c \
  'apt-get update -qq && apt-get install -qq -y --no-install-recommends --download-only /debs/ferry-[ceis]*.deb'
cp -a "$place/hq" "$place/plant"
hq=$place/hq plant=$place/plant
listing "$plant" >before

install_on() {
  local root=$1
  shift
  exits 0 "apt installs $*" in_root "$root" sh -c "cd /debs && apt-get install -qq -y --no-install-recommends $(printf './%s_*.deb ' "$@")"
}
install_on "$hq" ferry-common ferry-export
install_on "$plant" ferry-common ferry-import ferry-import-static

for root in "$hq" "$plant"; do
  machine=$(basename "$root")
  equal "$machine: the account can log in nowhere" "$(sed -n 's/^ferry:.*:\(.*:.*\)$/\1/p' "$root/etc/passwd")" "/var/lib/ferry:/usr/sbin/nologin"
  equal "$machine: the point's place is its own" "$(in_root "$root" stat -c '%U %G %a' /var/lib/ferry)" "ferry ferry 750"
  equal "$machine: no unit was enabled" "$(find "$root/etc/systemd" -name 'ferry*')" ""
  exits 0 "$machine: systemd takes the units" in_root "$root" sh -c 'systemd-analyze verify --man=no /lib/systemd/system/ferry-*'
  equal "$machine: without a warning" "$(grep -F ferry err)" ""
done
claim "manuals, completion, samples and the specification are there" test -s "$hq/usr/share/man/man1/ferry-export.1.gz" \
  -a -s "$hq/usr/share/man/man7/ferry.7.gz" -a -s "$hq/usr/share/bash-completion/completions/ferry-export.bash" \
  -a -s "$hq/usr/share/zsh/vendor-completions/_ferry-export" -a -d "$hq/usr/share/doc/ferry/format"

echo "# the tour, without root, at the usual point"
install -d -o "$(in_root "$hq" id -u ferry)" -g "$(in_root "$hq" id -g ferry)" -m 0750 "$hq/srv/ferry/drop" "$hq/srv/vendor"
cp -r "$hq/usr/share/doc/ferry-common/examples/metadata/start/." "$hq/srv/vendor"
chmod -R a+rX "$hq/srv/vendor"
exits 0 "the connected side makes a point" as_ferry "$hq" ferry-export init --name headquarters
cat >"$hq/var/lib/ferry/point.toml" <<'TOML'
[point]
name = "headquarters"
[[source]]
name = "scup"
kind = "scup"
path = "/srv/vendor/scup"
[[source]]
name = "documents"
kind = "updates"
path = "/srv/vendor/updates"
[[feed]]
name = "all"
products = ["*"]
classifications = ["*"]
languages = ["*"]
content = "none"
[[site]]
name = "plant-1"
feed = "all"
[schedule]
calendar = "Mon *-*-* 03:00"
drop-folder = "/srv/ferry/drop"
TOML
exits 0 "and keys" as_ferry "$hq" ferry-export trust init
exits 0 "the unit's command writes a bundle" started_by "$hq" ferry-export.service
exits 2 "and then has nothing to do" started_by "$hq" ferry-export.service

install -d -o "$(in_root "$plant" id -u ferry)" -g "$(in_root "$plant" id -g ferry)" -m 0750 "$plant/srv/ferry/drop"
carry() { rm -f "$plant"/srv/ferry/drop/* && cp "$hq"/srv/ferry/drop/plant-1/* "$plant/srv/ferry/drop" && chmod a+r "$plant"/srv/ferry/drop/*; }
carry
cp "$hq/var/lib/ferry/trust/trust-0001.xml" "$plant/srv"
chmod a+r "$plant/srv/trust-0001.xml"
exits 0 "the carry-along program verifies what arrived" as_ferry "$plant" ferry-import-static verify --trust /srv/trust-0001.xml /srv/ferry/drop
exits 0 "the site makes a point" as_ferry "$plant" ferry-import init --trust /srv/trust-0001.xml --site plant-1
printf '[schedule]\ncalendar = "daily"\ndrop-folder = "/srv/ferry/drop"\n' >>"$plant/var/lib/ferry/point.toml"
exits 0 "the unit's command imports" started_by "$plant" ferry-import.service
says "1 bundle applied" "all of it"

cp -r "$hq/usr/share/doc/ferry-common/examples/metadata/next/scup" "$hq/usr/share/doc/ferry-common/examples/metadata/next/updates" "$hq/srv/vendor"
chmod -R a+rX "$hq/srv/vendor"
exits 0 "a month later the difference is written" started_by "$hq" ferry-export.service
carry
exits 0 "and imported" started_by "$plant" ferry-import.service
state() { sed -n 's/.*"state": "\([0-9a-f]*\)".*/\1/p' | head -n 1; }
equal "both sides hold the same catalog" "$(as_ferry "$plant" ferry-import status --json | state)" "$(as_ferry "$hq" ferry-export status --json | state)"
claim "which is one" grep -Eq '^[0-9a-f]{64}$' <(as_ferry "$hq" ferry-export status --json | state)

echo "# both programs on one machine"
install_on "$hq" ferry-import
exits 0 "the quickstart runs with what is installed" as_ferry "$hq" env FERRY_EXPORT=/usr/bin/ferry-export FERRY_IMPORT=/usr/bin/ferry-import \
  /usr/share/doc/ferry-common/examples/quickstart.sh /tmp/quickstart
says "equal: " "to its end"
rm -rf "$hq/tmp/quickstart"

echo "# timers"
exits 0 "the exporting timer is enabled" systemctl --root="$hq" enable ferry-export.timer
exits 0 "and those of the site" systemctl --root="$plant" enable ferry-import.timer ferry-import.path ferry-import-serve.service
for unit in timers.target.wants/ferry-import.timer paths.target.wants/ferry-import.path multi-user.target.wants/ferry-import-serve.service; do
  claim "$unit would start with the machine" test -L "$plant/etc/systemd/system/$unit"
done

echo "# what goes and what stays"
(cd "$hq/var/lib/ferry" && find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2) >data.before
purge() { in_root "$1" apt-get purge -qq -y --autoremove 'ferry-*'; }
exits 0 "the connected side is purged" purge "$hq"
(cd "$hq/var/lib/ferry" && find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2) >data.after
claim "its data stay, byte for byte" cmp data.before data.after
claim "and are not few" test "$(wc -l <data.after)" -ge 5
equal "with the account that owns them" "$(in_root "$hq" stat -c %U /var/lib/ferry/keys)" ferry
equal "nothing else is left of Ferry" "$(cd "$hq" && find . -xdev \( -path ./proc -o -path ./debs -o -path ./var/lib/ferry -o -path ./srv \
  -o -path ./var/cache/apt \) -prune -o -iname '*ferry*' -print)" ""

rm -rf "$plant"/var/lib/ferry/* "$plant/srv/ferry" "$plant/srv/trust-0001.xml"
exits 0 "a site without data is purged" purge "$plant"
equal "the account goes, too" "$(grep ferry "$plant/etc/passwd" "$plant/etc/group" "$plant/etc/shadow")" ""
listing "$plant" >after
equal "the machine is as it was" "$(comm -13 before after)" ""
finish
