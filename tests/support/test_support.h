// SPDX-License-Identifier: Apache-2.0
// What the C++ tests share: a directory of their own, a clock they own, points, documents.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/file.h"
#include "format/bundle.h"
#include "format/point.h"
#include "format/update.h"
#include "format/volume.h"

namespace ferry::tests {

// Stands still unless moved.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::string_view text = "2026-11-23T12:00:00Z") : time_(*Time::parse(text)) {}
  [[nodiscard]] Time now() const override { return time_; }
  void set(std::string_view text) { time_ = *Time::parse(text); }

 private:
  Time time_;
};

// A directory that goes with the test.
class Scratch {
 public:
  Scratch() : dir_(std::filesystem::temp_directory_path(), "ferry-test-") {}
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return dir_.path() / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  TempDir dir_;
};

// A well-formed GUID from a small number: id(7) is 00000007-0000-4000-8000-000000000007.
[[nodiscard]] Guid id(unsigned number);

// A small upd:Update document. Relations are given as finished XML for inside <upd:Relationships>.
struct DocumentSpec {
  unsigned number = 1;
  unsigned revision = 1;
  std::string type = "Software";
  std::string category_type;  // for categories
  std::string title = "Update";
  std::string state = "Published";
  std::string relations;
  std::string extra;  // more text in the description, to make bytes differ
};
[[nodiscard]] std::string update_document(const DocumentSpec& spec);
// A small SDP.
[[nodiscard]] std::string sdp_document(unsigned number, std::string_view title, std::string_view vendor = "Northwind",
                                       std::string_view product = "Firmware",
                                       std::string_view classification = "Updates");

// <upd:Prerequisites> with one direct clause each.
[[nodiscard]] std::string needs(const std::vector<unsigned>& numbers);
// <upd:BundledUpdates> with one group of exact revisions.
[[nodiscard]] std::string bundles(const std::vector<std::pair<unsigned, unsigned>>& revisions);

void write(const std::filesystem::path& path, std::string_view bytes);  // parents are made
[[nodiscard]] std::string read(const std::filesystem::path& path);

// Keys root-1 and exporter-1 … of a point, and the first trust file that names them.
[[nodiscard]] format::TrustFile make_trust(const format::Point& point, const Clock& clock, std::uint64_t exporters = 1,
                                           std::uint64_t threshold = 1);
// An exporting point with keys, one source of update documents in SOURCE, a feed "all" and site "plant-1".
[[nodiscard]] format::Point make_exporter(const std::filesystem::path& directory, const std::filesystem::path& source,
                                          const Clock& clock);
// A disconnected point that trusts it.
[[nodiscard]] format::Point make_site(const std::filesystem::path& directory, const format::Point& exporter,
                                      const Clock& clock, std::string_view site = "plant-1");
void sync(const format::Point& exporter, const Clock& clock);
// Exports for plant-1 into `directory`, split at `volume_size` (0 = one volume); gives the volumes.
[[nodiscard]] std::vector<std::filesystem::path> export_bundle(const format::Point& exporter,
                                                               const std::filesystem::path& directory,
                                                               const Clock& clock, std::uint64_t base,
                                                               std::uint64_t volume_size = 0);
// Imports the volumes; throws what import_bundle() throws. Gives the feed's state afterwards.
Digest import_volumes(const format::Point& site, const std::vector<std::filesystem::path>& volumes, const Clock& clock);
// The state and generation of feed "all"; empty state and 0 where there is none.
[[nodiscard]] format::GenerationState state(const format::Point& point, bool imported);
// All rows of all tables as text, for "nothing changed".
[[nodiscard]] std::string logical_dump(const format::Point& point);

// Hands the chunks of a volume to a function.
class ChunkTaker final : public format::MemberTaker {
 public:
  using Take = std::function<void(const format::ChunkInfo&, std::string_view)>;
  explicit ChunkTaker(Take take = [](const format::ChunkInfo&, std::string_view) {}) : take_(std::move(take)) {}
  void chunk(const format::ChunkInfo& chunk, std::string_view stored) override { take_(chunk, stored); }

 private:
  Take take_;
};

}  // namespace ferry::tests
