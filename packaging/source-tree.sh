#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lays out the sources of this tree, as they are now, as DIRECTORY/ferry-VERSION, packs them as TARBALL, and prints
# VERSION. The same sources give the same bytes in any folder.
#
#   packaging/source-tree.sh DIRECTORY TARBALL     TARBALL: a name in DIRECTORY, where @VERSION@ stands for the version
set -euo pipefail
if [ $# -ne 2 ]; then
  sed -n '6s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
if [ -n "$(ls -A "$out")" ]; then
  echo "$out is not empty; name a new directory" >&2
  exit 64
fi
cd "$root"
version=$(sed -n "s/^  version : '\(.*\)',/\1/p" meson.build)
packaged=$(sed -n "1s/^ferry (\(.*\)-[^-]*) .*/\1/p" packaging/debian/changelog)
specified=$(sed -n 's/^Version: *//p' packaging/rpm/ferry.spec)
if [ "$packaged" != "$version" ] || [ "$specified" != "$version" ]; then
  echo "meson.build is at version $version, packaging/debian/changelog at $packaged, packaging/rpm/ferry.spec at" \
    "$specified; write an entry in both" >&2
  exit 1
fi

# The tree of a tarball knows no git; it holds nothing but its files and build directories.
files() {
  if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$root" ]; then
    git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
      [ ! -e "$file" ] || printf '%s\0' "$file"
    done
  else
    find . -mindepth 1 -path './build*' -prune -o -name __pycache__ -prune -o \( -type f -o -type l \) -printf '%P\0'
  fi
}
mkdir "$out/ferry-$version"
files | LC_ALL=C sort -z | tar --create --no-recursion --null --files-from=- | tar --extract --directory "$out/ferry-$version"
tar --create --directory "$out" --sort=name --mtime="@$(cd "$root" && head -n 40 packaging/debian/changelog |
  sed -n 's/^ -- .*>  //p' | head -n 1 | date -f - +%s)" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
  --use-compress-program='xz -T1 -6' --file "$out/${2//@VERSION@/$version}" "ferry-$version"
echo "$version"
