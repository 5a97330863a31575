// SPDX-License-Identifier: Apache-2.0
// What an update server says of its languages, against those that feeds are for.
#pragma once

#include <string>
#include <vector>

#include "format/catalog/selection.h"
#include "format/wsus/messages.h"

namespace ferry::exporter {

// Languages of feeds that carry files and that the server has not enabled, so that it may lack their files; each once,
// sorted, in lower case. None where the server says nothing of languages, or has all of them.
[[nodiscard]] std::vector<std::string> languages_not_offered(const std::vector<format::FeedDefinition>& feeds,
                                                             const std::vector<format::wsus::LanguageData>& offered);

}  // namespace ferry::exporter
