// SPDX-License-Identifier: Apache-2.0
#include "format/unchosen_report.h"

namespace ferry::format {

Json unchosen_json(const std::vector<UnchosenCategory>& categories) {
  Json list = Json::array();
  for (const UnchosenCategory& category : categories)
    list.push_back(Json{{"id", category.id.text()},
                        {"kind", name_of(category.type)},
                        {"name", category.name},
                        {"updates", category.updates},
                        {"first_seen", category.first_seen}});
  return list;
}

Json ignored_json(const std::vector<IgnoredCategory>& categories) {
  Json list = Json::array();
  for (const IgnoredCategory& category : categories)
    list.push_back(Json{{"id", category.id.text()},
                        {"kind", name_of(category.type)},
                        {"name", category.name},
                        {"by", category.by},
                        {"at", category.at.text()}});
  return list;
}

}  // namespace ferry::format
