#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The packages: built from the tree, clean for lintian, and at work in clean roots. With FERRY_COMPLETE=1 also: two builds
# give equal bytes, rpmbuild takes the spec, and what `meson dist` packs builds and passes its unit tests.
#
# Usage: tests/packages/packages.sh DIRECTORY, which keeps what was built. Prints "N passed, N failed, N skipped".
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$1"
place=$(cd "$1" && pwd)

# Built for trying, not for speed: half of the time.
export DEB_BUILD_OPTIONS="noautodbgsym parallel=2"
[ -n "${FERRY_COMPLETE:-}" ] || export DEB_CXXFLAGS_APPEND="-g0 -O0 -U_FORTIFY_SOURCE" DEB_CPPFLAGS_APPEND="-U_FORTIFY_SOURCE"

passed=0 failed=0 skipped=0
# logged NAME COMMAND...: its output only if it fails.
logged() {
  local name=$1 log
  shift
  log=$place/$(tr -cs 'a-z0-9\n' - <<<"$name").log
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1)) && echo "ok - $name (${SECONDS} s so far)"
  else
    failed=$((failed + 1)) && echo "not ok - $name" && tail -n 60 "$log" | sed 's/^/#   /'
  fi
}
# Of the library's package lintian reads every symbol, which takes minutes.
lint_deb() {
  local found=("$place"/deb/ferry-*.deb "$place"/deb/*.dsc)
  [ -z "${FERRY_COMPLETE:-}" ] || found=("$place"/deb/*.changes)
  lintian --fail-on error,warning -i "${found[@]}"
}
build_deb() { rm -rf "${place:?}/$1" && "$root/packaging/build-deb.sh" "$place/$1" "${@:2}"; }
# claims SCRIPT ARGUMENTS...: a script of its own claims.
claims() {
  local out=$place/claims.log
  bash "$@" >"$out" 2>&1 || true
  cat "$out"
  passed=$((passed + $(grep -c '^ok .*' "$out") - $(grep -c '^ok .*# SKIP' "$out")))
  skipped=$((skipped + $(grep -c '^ok .*# SKIP' "$out")))
  failed=$((failed + $(grep -c '^not ok' "$out")))
  grep -Eq '^1\.\.[0-9]+$' "$out" || { failed=$((failed + 1)) && echo "not ok - $(basename "$1") came to its end"; }
}

logged "dpkg-buildpackage builds the packages" build_deb deb
logged "lintian finds nothing in them" lint_deb
claims "$here/clean_root.sh" "$place/deb" "$place/roots"
if [ -n "${FERRY_COMPLETE:-}" ]; then
  logged "a second build in another folder gives the same bytes" "$root/packaging/check-reproducible.sh" "$place/deb" "$place/again"
  rm -rf "${place:?}/rpm"
  logged "rpmbuild builds the packages" "$root/packaging/build-rpm.sh" "$place/rpm" -ba --nodeps
  logged "rpmlint finds no error in the spec" rpmlint -c "$root/packaging/rpm/rpmlint.toml" "$root/packaging/rpm/ferry.spec"
  logged "what meson dist packs builds and passes" "$here/dist.sh" "$place/dist"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
