# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The HP catalog, month by month. Sourced after e2e.sh; tests skip where there is no such file.
# shellcheck disable=SC2154  # e2e.sh says where
v2=$data_root/hp-scup/HpCatalogForSms.latest_V2.zip

# as_of DAY DIR: the packages that were last modified before that day.
as_of() {
  python3 - "$v2" "$1" "$2" <<'PYTHON'
import json, os, sys, zipfile
catalog, day, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2], sys.argv[3]
os.makedirs(folder, exist_ok=True)
times = json.loads(catalog.read("update_manifest.json").decode("utf-8-sig"))
for one, time in times.items():
    if time < day and not os.path.exists(f"{folder}/{one}.sdp"): catalog.extract(one + ".sdp", folder)
PYTHON
}
