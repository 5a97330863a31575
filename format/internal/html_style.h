// SPDX-License-Identifier: Apache-2.0
// The style of the page of html_report.cc. Colours keep a contrast of 4.5 to 1 against their ground, in both schemes.
#pragma once

#include <string_view>

namespace ferry::format {

inline constexpr std::string_view html_style = R"css(
:root {
  color-scheme: light dark;
  --ground: #ffffff; --ink: #1c2126; --quiet: #59636e; --rule: #d5dae0; --look: #fdf3e7;
  --good: #1a7234; --warn: #8a5a00; --bad: #b3261e; --bar: #4a6b8a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --ink: #e4e8ec; --quiet: #9aa5b0; --rule: #343c44; --look: #2c2416;
    --good: #5fc27e; --warn: #e0a84a; --bad: #ff8f85; --bar: #7fa3c4;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 3rem) 3rem; max-width: 90rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums;
}
header { padding-bottom: 1rem; border-bottom: 1px solid var(--rule); }
.place { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
h1 { margin: 0 0 .9rem; font-size: clamp(1.7rem, 4vw, 2.7rem); line-height: 1.15; font-weight: 600; }
h1.good { color: var(--good); } h1.warn { color: var(--warn); } h1.bad { color: var(--bad); }
h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: .6rem 2.5rem; margin: 0; }
.figures dt { color: var(--quiet); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.35rem; }
.findings { margin: 0; padding: 0; list-style: none; }
.findings li { display: flex; gap: .8rem; padding: .35rem 0 .35rem .7rem; border-left: .25rem solid var(--rule); margin-bottom: .3rem; }
.findings strong { flex: 0 0 4.5rem; font-weight: 600; }
.findings span { overflow-wrap: anywhere; min-width: 0; }
.findings .error { border-color: var(--bad); } .findings .error strong { color: var(--bad); }
.findings .warning { border-color: var(--warn); } .findings .warning strong { color: var(--warn); }
.findings .notice strong { color: var(--quiet); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { position: sticky; left: 0; max-width: calc(100vw - 2.5rem); text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .35rem; }
th, td { padding: .38rem 1rem .38rem 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-weight: 500; font-size: .85rem; white-space: nowrap; }
tbody th { font-weight: 600; }
tr.look { background: var(--look); }
.number { text-align: right; white-space: nowrap; }
.number + :not(.number) { padding-left: 1rem; }
tbody th { min-width: 6rem; } tbody th .quiet { font-size: .9em; }
time, .state { white-space: nowrap; }
.state.current { color: var(--good); } .state.overdue, .state.never { color: var(--warn); }
.state.stale { color: var(--bad); font-weight: 600; }
.quiet, footer { color: var(--quiet); font-weight: 400; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; font-weight: 400; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; }
figcaption { color: var(--quiet); font-size: .85rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; max-width: 34rem; }
svg text { fill: var(--quiet); font-size: 11px; }
svg .rule, svg .mark { stroke: var(--rule); fill: none; } svg .mark { stroke: var(--ink); }
svg .line { stroke: var(--bar); stroke-width: 1.5; fill: none; } svg circle { fill: var(--bar); }
svg .bar { fill: var(--bar); } svg .overdue { fill: var(--warn); } svg .stale { fill: var(--bad); }
footer { margin-top: 2.5rem; border-top: 1px solid var(--rule); font-size: .85rem; overflow-wrap: anywhere; }
@media print {
  :root { --ground: #fff; --ink: #000; --quiet: #444; --rule: #999; --look: #fff; }
  body { padding: 0; font-size: 9pt; } section { break-inside: avoid; } .wide { overflow: visible; }
}
)css";

}  // namespace ferry::format
