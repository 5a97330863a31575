// SPDX-License-Identifier: Apache-2.0
#include "format/write_wsus.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/error.h"
#include "common/text.h"
#include "format/content_commands.h"
#include "format/wsus/languages.h"
#include "format/wsus/package_writer.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t left_out_shown = 20;

struct LeftOutDocument {
  RevisionId id;
  std::string title;  // untrusted
  std::string_view reason;
};

constexpr std::string_view sdp_reason =
    "an SDP document: packages of wsusutil carry none; use 'write scup' for third-party updates";
constexpr std::string_view encoding_reason = "not in UTF-8: it could only travel changed";

std::vector<LeftOutDocument> left_out_packages(Catalog& catalog) {
  std::vector<LeftOutDocument> left_out;
  for (OutgoingPackage& package : outgoing_packages(catalog))
    left_out.push_back({package.id, std::move(package.title), sdp_reason});
  return left_out;
}

// Which languages the feeds are for; empty: all.
std::set<std::string> chosen_languages(Catalog& catalog, const PointConfig& config,
                                       const std::vector<ServedFeed>& feeds) {
  std::set<std::string> chosen;
  for (const ServedFeed& served : feeds) {
    const ContentPolicy policy = policy_of(catalog, config, served.feed);
    if (policy.languages.empty()) return {};
    for (const std::string& language : policy.languages) {
      if (language == "*") return {};
      chosen.insert(to_lower(language));
    }
  }
  return chosen;
}

wsus::PackageHeader package_header(Catalog& catalog, const std::set<std::string>& languages) {
  wsus::PackageHeader header{catalog.point_id().text(), SystemClock().now().text(), "1.0", "1.20", {}};
  for (const wsus::KnownLanguage& language : wsus::known_languages()) {
    const std::string name(language.short_name);
    const bool is_enabled = languages.empty() || language.id == wsus::all_languages || languages.count(name) > 0;
    header.languages.push_back({fmt::format("{}", language.id), name, std::string(language.long_name), is_enabled});
  }
  return header;
}

struct TargetNeeds {
  std::string languages;
  std::uint64_t express_files = 0;
  std::uint64_t files = 0;
  std::uint64_t missing_files = 0;
};

TargetNeeds target_needs(const Point& point, Catalog& catalog, const std::set<std::string>& languages,
                         const std::vector<ServedFeed>& feeds) {
  TargetNeeds needs;
  needs.languages = languages.empty() ? "all" : fmt::format("{}", fmt::join(languages, ", "));
  needs.express_files = count_express_files(catalog);
  for (const FeedContent& content : feed_contents(point, catalog)) {
    if (std::none_of(feeds.begin(), feeds.end(),
                     [&content](const ServedFeed& served) { return served.feed.id == content.feed.id; }))
      continue;
    needs.files += content.files;
    needs.missing_files += content.missing.size();
  }
  return needs;
}

void say_needs(const Console& console, const std::string& program, const TargetNeeds& needs) {
  console.say("before the import, on the server that takes the package:");
  console.say("  - it is autonomous and has no WSUS above it: a replica cannot import, and another loses its anchor");
  console.say(fmt::format("  - update languages, as here: {}", for_terminal(needs.languages)));
  console.say(needs.express_files == 0 ? "  - express installation files: none are named here, either setting fits"
                                       : fmt::format("  - express installation files: on, {} named here",
                                                     counted(needs.express_files, ".psf file is", ".psf files are")));
  console.say(
      fmt::format("  - content comes first: '{} write content DIR', then copy DIR to WsusContent; the feeds carry {}{}",
                  program, counted(needs.files, "file", "files"),
                  needs.missing_files == 0 ? "" : fmt::format(", {} missing here", format_count(needs.missing_files))));
  console.say("afterwards: approve there; approvals, groups and third-party SDP data are in no package of wsusutil");
}

std::string_view untested(wsus::PackageForm form) {
  return form == wsus::PackageForm::gzip
             ? "the .xml.gz form has no published schema: this one is inferred from error messages, and whether a "
               "real wsusutil takes it was never tested; try it on a test server first"
             : "the .cab form follows Microsoft's open-source writer; whether a real wsusutil takes it was never "
               "tested; try it on a test server first";
}

Json left_out_json(const std::vector<LeftOutDocument>& left_out) {
  Json list = Json::array();
  for (const LeftOutDocument& document : left_out)
    list.push_back(Json{{"id", document.id.update.text()},
                        {"revision", document.id.number},
                        {"title", document.title},
                        {"reason", document.reason}});
  return list;
}

void warn_left_out(const Console& console, const std::vector<LeftOutDocument>& left_out) {
  if (left_out.empty()) return;
  console.warn(fmt::format("{} left out", counted(left_out.size(), "document was", "documents were")));
  for (std::size_t i = 0; i < left_out.size() && i < left_out_shown; ++i)
    console.warn(fmt::format("left out: {} revision {}  {}: {}", left_out[i].id.update.text(), left_out[i].id.number,
                             for_terminal(left_out[i].title, 60), left_out[i].reason));
  if (left_out.size() > left_out_shown)
    console.warn(
        fmt::format("left out: … and {} more (--json lists all)", format_count(left_out.size() - left_out_shown)));
}

}  // namespace

std::vector<ServedFeed> feeds_to_write(Catalog& catalog, const PointConfig& config, const std::string& name) {
  std::vector<std::string> own;
  for (const FeedDefinition& definition : config.feeds) own.push_back(definition.name);
  std::vector<ServedFeed> feeds = served_feeds(catalog, own);
  if (!name.empty()) std::erase_if(feeds, [&name](const ServedFeed& served) { return served.feed.name != name; });
  if (feeds.empty())
    throw NotFoundError(name.empty() ? "there is no feed here yet: synchronize or import first"
                                     : fmt::format("there is no feed {} here (see: status)", quote(name)));
  return feeds;
}

void require_target(const fs::path& target, bool force) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status))
    throw UsageError(fmt::format("{} is not a regular file; name the file to write", quote(target.native())));
  if (!force)
    throw UsageError(
        fmt::format("{} is there already; name another file, or replace it with --force", quote(target.native())));
}

ExitCode write_wsus(const Console& console, const Point& point, const fs::path& file, const std::string& feed,
                    bool force) {
  const wsus::PackageForm form = wsus::package_form(file);
  require_target(file, force);
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const PointConfig config = point.config();
  const Snapshot snapshot(catalog.database());
  const std::vector<ServedFeed> feeds = feeds_to_write(catalog, config, feed);
  Serving serving(catalog, feeds);
  const std::set<std::string> languages = chosen_languages(catalog, config, feeds);
  const wsus::PackageContents contents{package_header(catalog, languages), outgoing_updates(catalog, serving)};
  std::vector<LeftOutDocument> left_out = left_out_packages(catalog);
  if (contents.revisions.empty()) {
    warn_left_out(console, left_out);
    console.emit(Json{{"version", 1}, {"file", nullptr}, {"documents", 0}, {"left_out", left_out_json(left_out)}});
    console.say("there are no update documents to write");
    return ExitCode::nothing_to_do;
  }
  std::uint64_t total = 0;
  for (const OutgoingRevision& revision : contents.revisions) total += revision.document_bytes;
  wsus::WrittenPackage written;
  {
    Progress progress(console, "writing", total, "B");
    written =
        wsus::write_package(catalog, contents, file, [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  for (const RevisionId& id : written.left_out)
    left_out.push_back({id, title_of(catalog, id.update).value_or(""), encoding_reason});
  const TargetNeeds needs = target_needs(point, catalog, languages, feeds);
  console.emit(Json{{"version", 1},
                    {"file", file.native()},
                    {"form", form == wsus::PackageForm::gzip ? "xml.gz" : "cab"},
                    {"bytes", written.bytes},
                    {"documents", written.documents},
                    {"document_bytes", written.document_bytes},
                    {"located_files", written.files},
                    {"left_out", left_out_json(left_out)},
                    {"target", Json{{"languages", languages},
                                    {"all_languages", languages.empty()},
                                    {"express_files", needs.express_files},
                                    {"files", needs.files},
                                    {"missing_files", needs.missing_files}}}});
  warn_left_out(console, left_out);
  console.warn(untested(form));
  console.say(fmt::format("wrote {}: {} ({}) in {}", quote(file.native()),
                          counted(written.documents, "document", "documents"), format_size(written.document_bytes),
                          format_size(written.bytes)));
  say_needs(console, feeds.front().feed.imported ? "ferry-import" : "ferry-export", needs);
  return left_out.empty() ? ExitCode::done : ExitCode::incomplete;
}

}  // namespace ferry::format
