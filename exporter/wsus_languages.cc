// SPDX-License-Identifier: Apache-2.0
#include "exporter/wsus_languages.h"

#include <set>

#include "common/text.h"
#include "format/wsus/languages.h"

namespace ferry::exporter {

std::vector<std::string> languages_not_offered(const std::vector<format::FeedDefinition>& feeds,
                                               const std::vector<format::wsus::LanguageData>& offered) {
  std::set<std::string> enabled;
  for (const format::wsus::LanguageData& language : offered) {
    if (!language.is_enabled) continue;
    if (language.id == format::wsus::all_languages) return {};
    enabled.insert(to_lower(language.short_name));
  }
  if (enabled.empty()) return {};
  std::set<std::string> missing;
  for (const format::FeedDefinition& feed : feeds) {
    if (feed.content == "none") continue;
    for (const std::string& language : feed.languages) {
      std::string wanted = to_lower(language);
      if (wanted != "*" && !enabled.contains(wanted)) missing.insert(std::move(wanted));
    }
  }
  return {missing.begin(), missing.end()};
}

}  // namespace ferry::exporter
