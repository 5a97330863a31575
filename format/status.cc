// SPDX-License-Identifier: Apache-2.0
#include "format/status.h"

#include "common/text.h"
#include "format/catalog/chain.h"
#include "format/catalog/feeds.h"

namespace ferry::format {

Json feeds_json(Catalog& catalog) {
  Json list = Json::array();
  for (const Feed& feed : list_feeds(catalog)) {
    const auto current = generation(catalog, feed.id, feed.generation);
    const ChainHead head = feed.imported ? taken_head(catalog, feed) : issued_head(catalog, feed);
    list.push_back(Json{{"name", feed.name},
                        {"generation", feed.generation},
                        {"state", feed.state.hex()},
                        {"updates", current ? current->updates : 0},
                        {"revisions", current ? current->revisions : 0},
                        {"made", current ? current->made.text() : ""},
                        {"publisher", feed.publisher},
                        {"followed", feed.imported},
                        {"sequence", head.sequence},
                        {"fingerprint", head.sequence == 0 ? Json(nullptr) : Json(chain_fingerprint(head.manifest))}});
  }
  return list;
}

void say_feeds(const Console& console, Catalog& catalog) {
  Table table({"feed", "generation", "updates", "revisions", "since", "state"});
  for (const std::size_t column : {1U, 2U, 3U}) table.right_align(column);
  for (const Feed& feed : list_feeds(catalog)) {
    const auto current = generation(catalog, feed.id, feed.generation);
    table.row({feed.name + (feed.imported ? " (from " + for_terminal(feed.publisher) + ")" : ""),
               format_count(feed.generation), format_count(current ? current->updates : 0),
               format_count(current ? current->revisions : 0), current ? current->made.text() : "never",
               feed.state.hex().substr(0, 16)});
  }
  if (table.empty()) {
    console.say("no feeds yet");
  } else {
    table.print(console);
  }
}

}  // namespace ferry::format
