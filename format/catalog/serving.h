// SPDX-License-Identifier: Apache-2.0
// What a point gives to the servers below it: the update documents that are members of its feeds now, by what a
// downstream server chose and has already.
//
// SDP documents are none of it: they are not what those servers read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"

namespace ferry::format {

// A feed of which the downstream server has what was a member at generation `base`; 0: nothing.
struct ServedFeed {
  Feed feed;
  std::uint64_t base = 0;
};

// `own` are the names of the point's own feeds that count; followed feeds always do.
[[nodiscard]] std::vector<ServedFeed> served_feeds(Catalog& catalog, const std::vector<std::string>& own);

// A category of which only what is newer than the base is wanted, or all of it.
struct CategoryChoice {
  UpdateId id;
  bool only_newer = false;
};
struct ServingChoice {
  bool categories_only = false;  // categories and detectoids; the lists below do not matter then
  std::vector<CategoryChoice> products;
  std::vector<CategoryChoice> classifications;
};

// One view of what is served, for the time of one answer. REQUIRES: a Snapshot around it, and no other of the catalog.
class Serving {
 public:
  Serving(Catalog& catalog, std::vector<ServedFeed> feeds);

  // With both lists empty everything; with one of them empty nothing, as update servers do. A product stands for what
  // is below it in the category tree, too. To the chosen updates come those that they bundle or need, over all levels.
  // Bundled updates and prerequisites stand before what refers to them.
  [[nodiscard]] std::vector<RevisionId> list(const ServingChoice& choice);

  [[nodiscard]] std::optional<RevisionRow> find(const RevisionId& id);
  // The highest revision of an update.
  [[nodiscard]] std::optional<RevisionId> newest(const UpdateId& update);

  // Payload and EULA files that a revision names, each digest once.
  struct File {
    std::string sha1;  // 20 bytes
    std::string name;  // untrusted
  };
  [[nodiscard]] std::vector<File> files(RevisionRow revision);

  [[nodiscard]] const std::vector<ServedFeed>& feeds() const noexcept { return feeds_; }
  // Members that are not served, because they are SDP documents.
  [[nodiscard]] std::uint64_t left_out();

 private:
  void choose(const std::vector<CategoryChoice>& chosen, bool are_classifications);
  void close_downwards();
  [[nodiscard]] std::vector<RevisionRow> newer_rows(bool categories_only);
  [[nodiscard]] std::vector<RevisionRow> chosen_rows();
  [[nodiscard]] std::vector<RevisionId> in_order(const std::vector<RevisionRow>& rows);

  Catalog& catalog_;
  Database& database_;
  std::vector<ServedFeed> feeds_;
};

}  // namespace ferry::format
