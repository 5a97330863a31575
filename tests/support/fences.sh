# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the code blocks of a page print. Sourced behind e2e.sh.
# shellcheck disable=SC2154  # work is set by e2e.sh

# program_path: the programs under the names that pages use.
program_path() {
  mkdir "$work/bin"
  ln -s "$FERRY_EXPORT" "$work/bin/ferry-export"
  ln -s "$FERRY_IMPORT" "$work/bin/ferry-import"
  PATH=$work/bin:$PATH
}

# fences FILE DIR: every code block of a page as DIR/01.sh, DIR/02.text and so on, by its language. In those of sh, a
# line that ends in "# ends with 10" begins with ends_with 10 instead.
fences() {
  mkdir -p "$2"
  python3 - "$1" "$2" <<'PYTHON'
import re, sys
blocks = re.findall(r"^```(\w+)\n(.*?)^```$", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S)
for number, (language, text) in enumerate(blocks, 1):
    text = re.sub(r"^(\S.*?) +# ends with (\d+)$", r"ends_with \2 \1", text, flags=re.M)
    with open(f"{sys.argv[2]}/{number:02}.{language}", "w", encoding="utf-8") as file:
        file.write(text)
PYTHON
}

# block_of FILE START: the block of sh or toml that holds a line beginning with this text.
block_of() {
  rm -rf "$work/blocks"
  fences "$1" "$work/blocks"
  local found
  found=$(grep -lF -- "$2" "$work"/blocks/*.{sh,toml} | while read -r file; do
    if awk -v start="$2" 'index($0, start) == 1 {found = 1} END {exit !found}' "$file"; then echo "$file"; break; fi
  done)
  cat "$found"
}

# shows FILE NAME: the last `exits` printed every line of FILE, in this order; … stands for anything, a line of it for
# any lines.
shows() {
  local missing
  if missing=$(python3 - "$1" "$work/out" "$work/err" <<'PYTHON'
import re, sys
wanted = open(sys.argv[1], encoding="utf-8").read().split("\n")
found = [line for path in sys.argv[2:] for line in open(path, encoding="utf-8").read().split("\n")]
at = 0
for line in filter(None, wanted):
    pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
    hits = [i for i in range(at, len(found)) if re.fullmatch(r"\s*" + re.sub(r"(\\ )+", r"\\s+", pattern) + r"\s*", found[i])]
    if line.strip() != "…" and not hits:
        print(f"not printed: {line}", *found, sep="\n")
        sys.exit(1)
    at = hits[0] + 1 if line.strip() != "…" else at
PYTHON
  ); then pass "$2"; else fail "$2" "$missing"; fi
}
