// SPDX-License-Identifier: Apache-2.0
// A source: where an exporting point reads update documents from. A new kind is a new file here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "format/catalog/offers.h"
#include "format/point.h"
#include "format/update.h"

namespace ferry::exporter {

class UpdateSource {
 public:
  struct Visitor {
    // One document, with the name it has in the source (for messages, and to know it again).
    std::function<void(const std::string& path, std::string_view bytes)> document;
    // The same where the source says beside the document which revision it is; another document is a failure.
    // False when the bytes were refused; that is told already.
    std::function<bool(const std::string& path, const format::RevisionId& id, std::string_view bytes)> identified;
    // What came under this path in an earlier run is offered still, unchanged.
    std::function<void(const std::string& path)> unchanged;
    // One document that could not be read; the others still come.
    std::function<void(const std::string& path, const std::string& error)> failed;
    // Something about the source as a whole that a person should know.
    std::function<void(const std::string& text)> warning;
    // Something about it that is as it should be.
    std::function<void(const std::string& text)> note;
    // Where a file can be downloaded, by its SHA-1 (20 bytes); for those of documents that were given before.
    std::function<void(const std::string& sha1, const std::string& url)> location;
  };

  virtual ~UpdateSource() = default;
  // What read() told: all that the source offers now, or what changed since the last run that was committed. Asked
  // after it.
  [[nodiscard]] virtual format::Coverage coverage() const { return format::Coverage::everything; }
  // Reads what the source offers, in a fixed order. Throws Error when the source as a whole cannot be read; then
  // nothing can be said about what it offers.
  virtual void read(const Visitor& visitor) = 0;
  // The run is over and its changes are committed: what was kept in case it died may go.
  virtual void committed() {}
};

// How a source that tells only what changed is asked for all that it offers, so that what it no longer offers can go.
struct FullList {
  bool is_asked_for = false;                  // by a person; else as often as point.toml says
  std::optional<std::uint64_t> max_removals;  // percent of what the source offered; nothing: as point.toml says
};

// What sources may look at. All of it outlives the source.
struct SourceContext {
  const format::Point& point;
  const format::PointConfig& config;
  format::Catalog& catalog;
  Time now = {};
  FullList full_list = {};
};

// REQUIRES: the point's lock; and read() a transaction and an OfferRun of the source.
[[nodiscard]] std::unique_ptr<UpdateSource> make_source(const format::SourceConfig& config,
                                                        const SourceContext& context);

// The kinds. A SCUP catalog (WSUS-FORMATS e): V1, one SystemsManagementCatalog document, or V2/V3, a `.sdp`
// for each package; in a folder, a .zip, a .cab, or as the V1 document alone.
[[nodiscard]] std::unique_ptr<UpdateSource> make_scup_source(const std::filesystem::path& path);
// A folder, with folders in it, of `upd:Update` documents (*.xml), one a file.
[[nodiscard]] std::unique_ptr<UpdateSource> make_updates_source(const std::filesystem::path& path);
// An update server, a WSUS or Microsoft's, asked as a downstream server asks (MS-WSUSSS).
[[nodiscard]] std::unique_ptr<UpdateSource> make_wsus_source(const format::SourceConfig& config,
                                                             const SourceContext& context);
// A package that `wsusutil export` wrote: .cab or .xml.gz (WSUS-FORMATS a). One that is cut short gives nothing.
[[nodiscard]] std::unique_ptr<UpdateSource> make_wsus_package_source(const std::filesystem::path& path);

// All regular files below a folder, relative and sorted, hidden ones left out. Links are not followed.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

}  // namespace ferry::exporter
