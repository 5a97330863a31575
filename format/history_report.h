// SPDX-License-Identifier: Apache-2.0
// What both programs say of changes of a feed, the same in both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/catalog/feeds.h"

namespace ferry::format {

// `diff --feed F --from G --to G`: two generations that are both known here.
struct GenerationsOptions {
  std::string feed;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;  // nothing: the current one
};

// Adds the three options to a command `diff`.
void add_generations_options(CLI::App& command, GenerationsOptions& options);

// Tells what changed. Throws UsageError unless feed and `from` are given and `from` is not after `to`;
// NotFoundError for a feed or a generation that is not known.
ExitCode diff_generations(const Console& console, Catalog& catalog, const GenerationsOptions& options,
                          bool prefer_followed);

// A list of changes, at most so many lines for people.
void say_changes(const Console& console, const std::vector<UpdateChange>& changes, std::size_t max_lines);
// {"new": [ids], "changed": …, "expired": …, "removed": …}
[[nodiscard]] Json changes_json(const std::vector<UpdateChange>& changes);

}  // namespace ferry::format
