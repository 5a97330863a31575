// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/error.h"
#include "common/text.h"
#include "exporter/source.h"
#include "format/wsus/package_reader.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

// A catalog of the Microsoft updates of ten years names 100,000 files.
constexpr std::uint64_t max_location_bytes = 64ULL * 1024 * 1024;

std::string record_name(const std::optional<format::RevisionId>& id) {
  return id ? fmt::format("{}/{}", id->update.text(), id->number) : "an update without id";
}

class WsusPackageSource final : public UpdateSource {
 public:
  explicit WsusPackageSource(fs::path path) : path_(std::move(path)) {}

  void read(const Visitor& visitor) override {
    const format::wsus::PackageReader package(path_);
    const format::wsus::PackageSummary summary = look(package);
    tell(summary, visitor);
    std::vector<std::pair<std::string, std::string>> locations;  // SHA-1, URL; for after the documents
    std::uint64_t location_bytes = 0;
    format::wsus::PackageVisitor taken;
    taken.document = [&visitor](const std::optional<format::RevisionId>& id, std::string_view document) {
      if (id) {
        visitor.identified(record_name(id), *id, document);
      } else {
        visitor.document("sha256:" + sha256(document).hex(), document);
      }
    };
    taken.failed = [&visitor](const std::optional<format::RevisionId>& id, const std::string& error) {
      visitor.failed(record_name(id), error);
    };
    taken.file = [&locations, &location_bytes](const format::wsus::PackageFile& file) {
      location_bytes += file.sha1.size() + file.url.size();
      if (location_bytes <= max_location_bytes) locations.emplace_back(file.sha1, file.url);
    };
    static_cast<void>(package.read(taken));
    if (location_bytes > max_location_bytes)
      visitor.warning(fmt::format("the places of {} were taken over; those of the others have more than {} of text",
                                  counted(locations.size(), "file", "files"), format_size(max_location_bytes)));
    for (const auto& [sha1, url] : locations) visitor.location(sha1, url);
  }

 private:
  // A package that is cut short must not be taken over in part, and says so only at its end.
  static format::wsus::PackageSummary look(const format::wsus::PackageReader& package) {
    format::wsus::PackageVisitor nothing;
    nothing.document = [](const std::optional<format::RevisionId>&, std::string_view) {};
    nothing.failed = [](const std::optional<format::RevisionId>&, const std::string&) {};
    nothing.file = [](const format::wsus::PackageFile&) {};
    try {
      return package.read(nothing);
    } catch (Error& error) {
      error.add_context("nothing was taken over");
      throw;
    }
  }

  static void tell(const format::wsus::PackageSummary& summary, const Visitor& visitor) {
    if (summary.documents == 0) throw FormatError("the package holds no update documents", ExitCode::failed);
    if (summary.missing > 0)
      visitor.warning(fmt::format("the package lists {} without a document, such as {} revision {}: is it complete?",
                                  counted(summary.missing, "update", "updates"), summary.first_missing.update.text(),
                                  summary.first_missing.number));
    std::vector<std::string> languages;
    for (const format::wsus::PackageLanguage& language : summary.header.languages) {
      if (language.is_enabled) languages.push_back(for_terminal(language.short_name, 20));
    }
    visitor.note(fmt::format(
        "{} of {}, made {}, protocol {}, {}{}", summary.is_cabinet ? "cabinet" : "gzip package",
        counted(summary.documents, "document", "documents"),
        summary.header.created.empty() ? "at an unknown time" : for_terminal(summary.header.created, 40),
        summary.header.protocol_version.empty() ? "unknown" : for_terminal(summary.header.protocol_version, 20),
        languages.empty() ? "no languages said" : "languages ",
        for_terminal(fmt::format("{}", fmt::join(languages, " ")))));
  }

  fs::path path_;
};

}  // namespace

std::unique_ptr<UpdateSource> make_wsus_package_source(const fs::path& path) {
  return std::make_unique<WsusPackageSource>(path);
}

}  // namespace ferry::exporter
