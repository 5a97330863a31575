#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages from this tree, as it is now: ferry_VERSION.orig.tar.xz of it, packaging/debian on top,
# then dpkg-buildpackage. The same tree gives the same bytes in any folder.
#
#   packaging/build-deb.sh DIRECTORY [OPTIONS OF dpkg-buildpackage...]     default options: -us -uc
#
# DIRECTORY is made, and must be empty. DEB_BUILD_OPTIONS is as usual: nocheck leaves the tests out.
set -euo pipefail
if [ $# -lt 1 ]; then
  sed -n '6,8s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- -us -uc
if [ -n "$(ls -A "$out")" ]; then
  echo "$out is not empty; name a new directory" >&2
  exit 64
fi
cd "$root"
version=$(sed -n "1s/^ferry (\(.*\)-[^-]*) .*/\1/p" packaging/debian/changelog)
declared=$(sed -n "s/^  version : '\(.*\)',/\1/p" meson.build)
if [ "$version" != "$declared" ]; then
  echo "packaging/debian/changelog is at version $version, meson.build at $declared; write an entry for it" >&2
  exit 1
fi

# A tree from a tarball knows no git; then it holds nothing but its files and build directories.
files() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
      [ ! -e "$file" ] || printf '%s\0' "$file"
    done
  else
    find . -mindepth 1 -path './build*' -prune -o \( -type f -o -type l \) -printf '%P\0'
  fi
}
source=$out/ferry-$version
mkdir "$source"
files | LC_ALL=C sort -z | tar --create --no-recursion --null --files-from=- | tar --extract --directory "$source"
epoch=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)
tar --create --directory "$out" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
  --use-compress-program='xz -T1 -6' --file "$out/ferry_$version.orig.tar.xz" "ferry-$version"
cp -r "$source/packaging/debian" "$source/debian"
cd "$source"
dpkg-buildpackage "$@"
