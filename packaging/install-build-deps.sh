#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what a build and its tests need on Debian 12, as root or through sudo. Does nothing when all is
# there. Usage: packaging/install-build-deps.sh [build] [test] [clang] [bench] [packaging]; default: build.
set -euo pipefail

build=(g++ meson ninja-build pkg-config libarchive-dev libgcab-dev zlib1g-dev libzstd-dev libexpat1-dev libsqlite3-dev
  libssl-dev libseccomp-dev libisal-dev libmicrohttpd-dev libcurl4-openssl-dev libfmt-dev libcli11-dev libtomlplusplus-dev
  nlohmann-json3-dev scdoc)
test=(catch2 python3 zstd openssl tar zip unzip cabextract gcab util-linux file make strace faketime softhsm2
  libengine-pkcs11-openssl opensc xxd e2fsprogs exfat-fuse exfatprogs fusefat dosfstools nginx-light python3-zeep systemd
  chromium libxml2-utils prometheus man-db zsh fish libbz2-dev liblzma-dev nettle-dev)
bench=(git ostree sqlite3 sqlite3-tools xdelta3 zstd openssl valgrind)
packaging=(build-essential debhelper libbz2-dev liblzma-dev nettle-dev fakeroot lintian mmdebstrap rpm rpmlint xz-utils)
clang=(git clang lld clang-tidy clang-format libclang-rt-14-dev shellcheck cppcheck libbenchmark-dev)

wanted=()
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    clang) wanted+=("${clang[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    packaging) wanted+=("${packaging[@]}") ;;
    *) echo "unknown group '$group'; expected build, test, clang, bench or packaging" >&2; exit 64 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "these packages are missing and there is no sudo: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
