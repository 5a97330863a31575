# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Pages in a browser. Sourced after e2e.sh. What people look at stays in $reports, build/reports/ under Meson.
reports=${FERRY_REPORTS:-$work/reports}
mkdir -p "$reports"

browser() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/chromium" \
    --hide-scrollbars "$@" 2>/dev/null
}
# screenshot PAGE NAME: light and dark, wide and narrow, in the directory of reports.
screenshot() {
  local scheme width number
  for scheme in light dark; do
    if [ $scheme = dark ]; then number=0; else number=1; fi
    for width in 1280 400; do
      rm -f "$reports/$2-$scheme-$width.png"
      browser --screenshot="$reports/$2-$scheme-$width.png" --window-size=$width,1900 \
        --blink-settings=preferredColorScheme=$number "file://$1"
      claim "$2 is drawn, $scheme, $width wide" test -s "$reports/$2-$scheme-$width.png"
    done
  done
}
