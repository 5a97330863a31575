// SPDX-License-Identifier: Apache-2.0
// A change report as text and as JSON, the same in both programs.
#pragma once

#include "common/cli.h"
#include "format/change_report.h"

namespace ferry::format {

// A few short tables, their first rows, and how much more there is.
void say_report(const Console& console, const ChangeReport& report);

// All of it: {"counts","parts","supporting","products","classifications","severities","kb_articles","cves","changes",
// "unlisted_changes","removals","unlisted_removals","removal_reasons"}.
[[nodiscard]] Json report_json(const ChangeReport& report);

}  // namespace ferry::format
