// SPDX-License-Identifier: Apache-2.0
#include "format/receipt_report.h"

#include <algorithm>

namespace ferry::format {

Json to_json(const ReceiptChild& child) {
  return Json{{"path", child.path},
              {"feed", child.feed},
              {"acknowledged", child.made ? Json(child.generation) : Json(nullptr)},
              {"generation", child.current},
              {"behind", child.made ? Json(child.current - std::min(child.current, child.generation)) : Json(nullptr)},
              {"made", child.made ? Json(child.made->text()) : Json(nullptr)},
              {"missing_files", child.missing_files},
              {"missing_bytes", child.missing_bytes}};
}

Json to_json(const Receipt& receipt) {
  Json feeds = Json::array();
  for (const ReceiptFeed& feed : receipt.feeds)
    feeds.push_back(Json{{"name", feed.name},
                         {"lineage", feed.lineage.text()},
                         {"epoch", feed.epoch},
                         {"generation", feed.generation},
                         {"state", feed.state.hex()},
                         {"sequence", feed.sequence},
                         {"manifest", feed.manifest.hex()},
                         {"missing_files", feed.missing_files},
                         {"missing_bytes", feed.missing_bytes},
                         {"spoken", spoken_lines(receipt.site, feed)}});
  Json children = Json::array();
  for (const ReceiptChild& child : receipt.children) children.push_back(to_json(child));
  return Json{{"version", 1},
              {"site", receipt.site},
              {"point", receipt.point.text()},
              {"serial", receipt.serial},
              {"made", receipt.made.text()},
              {"clock", receipt.clock.text()},
              {"tool", receipt.tool},
              {"trust_version", receipt.trust_version},
              {"feeds", feeds},
              {"children", children}};
}

}  // namespace ferry::format
