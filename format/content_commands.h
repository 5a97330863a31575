// SPDX-License-Identifier: Apache-2.0
// The commands on payload files that both programs have, the same in both: content add, content check,
// content status.
#pragma once

#include <string>

#include "common/cli.h"
#include "format/catalog/content.h"
#include "format/point.h"

namespace ferry::format {

// Adds them. `point_option` is what --point said; it must outlive the program.
void add_content_commands(Program& program, const std::string& point_option);

// What a feed carries: as point.toml says for an own feed, as its publisher says for a followed one.
[[nodiscard]] ContentPolicy policy_of(Catalog& catalog, const PointConfig& config, const Feed& feed);

// [{"feed","policy","files","bytes","missing","missing_bytes"}], a row for each feed that carries files. A file
// that the catalog knows and the store has lost is missing.
struct FeedContent {
  Feed feed;
  ContentPolicy policy;
  std::uint64_t files = 0;  // wanted
  std::uint64_t bytes = 0;
  std::vector<WantedFile> missing;
  std::uint64_t missing_bytes = 0;
};
[[nodiscard]] std::vector<FeedContent> feed_contents(const Point& point, Catalog& catalog);
[[nodiscard]] Json to_json(const FeedContent& content);
// {"name","size","sha1","sha256","url","update"}
[[nodiscard]] Json to_json(const WantedFile& file);
// A line for people.
[[nodiscard]] std::string describe(const WantedFile& file);
// Lines for the first files, and one that counts the rest; --json has all of them.
[[nodiscard]] std::vector<std::string> describe_first(const std::vector<WantedFile>& files);

}  // namespace ferry::format
