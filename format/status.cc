// SPDX-License-Identifier: Apache-2.0
#include "format/status.h"

#include "common/text.h"
#include "format/catalog/feeds.h"
#include "format/trust.h"

namespace ferry::format {

Json feeds_json(Catalog& catalog) {
  Json list = Json::array();
  for (const Feed& feed : list_feeds(catalog)) {
    const auto current = generation(catalog, feed.id, feed.generation);
    list.push_back(Json{{"name", feed.name},
                        {"generation", feed.generation},
                        {"state", feed.state.hex()},
                        {"updates", current ? current->updates : 0},
                        {"revisions", current ? current->revisions : 0},
                        {"made", current ? current->made.text() : ""},
                        {"publisher", feed.publisher},
                        {"followed", feed.imported}});
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

void say_fingerprint(const Console& console, std::string_view trust_bytes) {
  console.say("  fingerprint, to compare by voice, as digits or as words:");
  const std::string digits = fingerprint(trust_bytes);
  const std::string words = fingerprint_words(trust_bytes);
  const std::size_t half = words.size() / 2;  // 16 words, so a dash stands there
  for (const std::string& line : {digits.substr(0, 39), digits.substr(40), words.substr(0, half), words.substr(half + 1)})
    console.say("    " + line);
}

}  // namespace ferry::format
