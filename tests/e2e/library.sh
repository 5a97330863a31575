#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other programs read bundles: one built against the installed libferry, one that follows FORMAT.md alone. Both find in
# real bundles what the programs find.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# Installed elsewhere, as a package is made.
exits 0 "the library is installed" \
  meson install -C "$FERRY_BUILD_ROOT" --no-rebuild --tags devel --destdir "$work/root"
config=$(find root -name ferry.pc)
prefix=$work/root$(sed -n 's/^prefix=//p' "$config")
sed -i "s|^prefix=.*|prefix=$prefix|" "$config"
export PKG_CONFIG_PATH=$work/${config%/*}
equal "only the archive, headers and the pkg-config file are" \
  "$(find root -type f | sed -E 's/.*\.(a|h|pc)$/\1/' | sort -u | xargs)" "a h pc"
claim "pkg-config finds all that the library needs" pkg-config --exists --print-errors ferry
version=$("$FERRY_EXPORT" --version | cut -d ' ' -f 2)
equal "its version is that of the programs" "$(pkg-config --modversion ferry)" "$version"

# Every installed header, with nothing of the source tree in reach.
(cd "$prefix/include/ferry" && find . -name '*.h' -printf '#include "%P"\n' | sort) >all.cc
cat >>all.cc <<CPP
#define TEXT(x) #x
#define VALUE(x) TEXT(x)
static_assert(std::string_view(FERRY_VERSION) == "$version");
static_assert(std::string_view(VALUE(FERRY_VERSION_MAJOR) "." VALUE(FERRY_VERSION_MINOR) "." VALUE(FERRY_VERSION_PATCH)) ==
              "$version");
CPP
# shellcheck disable=SC2046  # options
claim "the $(grep -c include all.cc) headers need none that is not installed, and state the version" \
  c++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror $(pkg-config --cflags ferry) all.cc

cp -r "$FERRY_SOURCE_ROOT/samples/list-bundle" sample
exits 0 "the sample builds against it" make -C sample CXXFLAGS="-O0 -Wall -Wextra -Werror"
list_bundle=$work/sample/list-bundle
read_bundle=$FERRY_SOURCE_ROOT/samples/read-bundle.py

# Two months of a catalog; the first comes as one volume, the second as a delta.
sample_catalog catalog
sample_exporter hq catalog
sed -i "s|path = \"catalog|path = \"$work/catalog|" hq/point.toml
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o first >out
new_site plant hq
ferry_import --point plant import first >out
ferry_import --point plant list --json >list.json
listed() { json list.json '"\n".join(sorted(" ".join(['"$1"']) for u in d["updates"]))'; }

exits 0 "the sample lists a bundle" "$list_bundle" hq/trust/trust-0001.xml first
equal "all 32 documents" "$(wc -l <out)" 32
equal "which are those that ferry-import lists" "$(LC_ALL=C sort out)" "$(listed 'u["id"], "r" + str(u["revision"]), u["title"]')"

# The reader that knows FORMAT.md only.
exits 0 "the reader of FORMAT.md alone lists the bundle" python3 "$read_bundle" first/*.ferry
equal "and finds the same revisions" "$(awk '$1 == "put" {print $2, $3}' out | LC_ALL=C sort)" "$(listed 'u["id"], str(u["revision"])')"
says "openssl cms -verify" "and says how to check the signature"
exits 0 "and extracts it" python3 "$read_bundle" -o extracted first/*.ferry
for id in 2ed4808d 4651d4cc; do
  source=$(echo catalog/*/$id*)
  claim "document $id is what its publisher wrote" cmp "$source" "$(echo extracted/documents/$id*)"
done
equal "and nothing else but the documents" "$(find extracted -type f | wc -l)" "$(json list.json 'len(d["updates"])')"

# A month later: a delta in several volumes, with files of which one is cut.
next_month catalog
payload=$FERRY_SOURCE_ROOT/tests/support/payload.py
python3 "$payload" catalog small:5000 large:300000 >files
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >out
ferry_export --point hq content add catalog/content >out
exits 4 "a delta with what payload there is" ferry_export --point hq export --site plant-1 --volume-size 120KiB -o second
claim "has several volumes" test "$(find second -name '*.ferry' | wc -l)" -ge 3
exits 3 "alone it cannot be read" "$list_bundle" hq/trust/trust-0001.xml second
says "needs the bundles before it" "and the sample says why"
exits 0 "the sample reads both" "$list_bundle" hq/trust/trust-0001.xml second first
tail -n +33 out >sample.out
# In an order that is not theirs.
mapfile -t volumes < <(find second -name '*.ferry' | sort -r)
exits 1 "so does the reader, and not alone" python3 "$read_bundle" "${volumes[@]}"
says "name the folder with it: -b FOLDER" "as it says"
exits 0 "with the first bundle at hand it does" python3 "$read_bundle" -b extracted -o delta "${volumes[@]}"
cmp_new() { cmp "$(echo catalog/*/"$1"*"$2")" "$(echo delta/documents/"$1"*)"; }
claim "a document that changed is what its publisher wrote" cmp_new 78513033 r201.xml
says "on top of the documents of generation 1" "which names the base"
equal "both list the same revisions" "$(awk '$1 == "put" {print $2, "r" $3}' out | LC_ALL=C sort)" \
  "$(cut -d ' ' -f 1,2 sample.out | LC_ALL=C sort)"
equal "and drops are listed" "$(grep -c '^drop ' out)" "$(ferry_import --point plant inspect second --json | json /dev/stdin 'd["bundles"][0]["drops"]')"
for file in small large; do
  claim "the file '$file' is whole again" cmp "$(awk -v n=$file '$1 == n {print $4}' files)" \
    "delta/content/$(awk -v n=$file '$1 == n {print $3}' files)"
done
exits 1 "a folder that is there is not written into" python3 "$read_bundle" -b extracted -o delta "${volumes[@]}"

# Damage and lies.
exits 1 "the reader misses a volume" python3 "$read_bundle" -b extracted "${volumes[@]:1}"
says "is missing" "and says so"
mkdir bad && cp second/*.ferry bad/
printf 'X' | dd of="$(find bad -name '*v02of*')" bs=1 seek=60000 conv=notrunc status=none
exits 1 "it finds a changed byte" python3 "$read_bundle" -b extracted bad/*.ferry
says "copy the volume again" "and says what to do"
exits 15 "so does the library" "$list_bundle" hq/trust/trust-0001.xml first bad
exits 1 "volumes of two bundles are not mixed" python3 "$read_bundle" first/*.ferry second/*.ferry
new_exporter other updates "$work/catalog/updates"
exits 11 "the library believes no other trust file" "$list_bundle" other/trust/trust-0001.xml first
equal "and then lists nothing" "$(cat out)" ""

# The openssl command that the reader prints is one that works.
mkdir unpacked && tar xf first/*.ferry -C unpacked && cp hq/trust/exporters.pem unpacked/
python3 "$read_bundle" first/*.ferry 2>&1 >/dev/null | sed -n '/^openssl/,$p' >command.sh
exits 0 "the printed openssl command accepts the signature" bash -c 'cd unpacked && . ../command.sh'
sed -i 's/plant-1/plant-2/' unpacked/manifest.xml
exits 4 "and of no changed manifest" bash -c 'cd unpacked && . ../command.sh'
finish
