// SPDX-License-Identifier: Apache-2.0
#include "importer/stage_tree.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/copy.h"
#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/content.h"
#include "format/catalog/references.h"
#include "format/change_page.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/limits.h"
#include "importer/gatekeeper.h"

namespace ferry::importer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view record_file = "staged.json";
constexpr std::string_view front_file = "front_v01of01.ferry";
constexpr std::string_view front_name = "front";
constexpr std::string_view report_file = "report.html";
constexpr std::uint64_t max_record_bytes = 64ULL * 1024 * 1024;  // two lines a file
constexpr std::uint64_t max_report_bytes = 64ULL * 1024 * 1024;
constexpr std::size_t max_content_name = 150;

fs::path document_path(const fs::path& tree, const format::RevisionId& id) {
  return tree / "documents" / fmt::format("{}_{}.xml", id.update.text(), id.number);
}

// A publisher's file name, when it is harmless everywhere.
bool is_safe_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";
  return !name.empty() && name.size() <= max_content_name && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

// Names for the files that the manifest carries: what the documents call them, where that is safe and not taken.
class ContentNames {
 public:
  ContentNames(format::Catalog& catalog, const format::Manifest& manifest) {
    for (const format::VolumeContents& contents : manifest.volumes) {
      for (const format::FilePart& part : contents.files) {
        if (!part.is_last()) continue;
        names_.emplace(part.file.hex(), "");
        if (const auto file = format::find_content(catalog, part.file))
          by_sha1_.emplace(std::pair{file->sha1, file->size}, part.file.hex());
      }
    }
  }

  void learn(const format::Update& update) {
    for (const format::FileFact& fact : update.files) {
      const auto known = by_sha1_.find({fact.sha1, fact.size});
      if (known == by_sha1_.end() || !is_safe_name(fact.name)) continue;
      std::string& name = names_[known->second];
      // Two file systems of this world take README and readme for one.
      if (name.empty() && taken_.insert(to_lower(fact.name)).second) name = fact.name;
    }
  }

  [[nodiscard]] std::map<std::string, std::string> take() {
    for (auto& [digest, name] : names_) {
      if (name.empty()) name = digest;
    }
    return std::move(names_);
  }

 private:
  std::map<std::string, std::string> names_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> by_sha1_;
  std::set<std::string> taken_;
};

void make_read_only(const fs::path& tree) {
  constexpr fs::perms file = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  constexpr fs::perms folder = file | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree)) {
    if (entry.is_regular_file()) fs::permissions(entry.path(), file);
  }
  for (const char* name : {"documents", "content"}) fs::permissions(tree / name, folder);
}

void keep_front(const format::FoundBundle& bundle, const fs::path& spool) {
  AtomicFile front(spool / front_file);
  format::write_volume(front, bundle.front(), {}, spool, format::ContentStore({}), {});
  front.publish();
  for (std::size_t i = 0; i < bundle.beside.size(); ++i)
    write_file(spool / format::signature_file_name(front_name, i + 1), bundle.beside[i]);
}

void keep_record(const StagedBundle& staged) {
  Json content = Json::object();
  for (const auto& [digest, name] : staged.content) content[digest] = name;
  const Json record{
      {"version", 1}, {"tree", staged.tree.native()}, {"report", staged.report.hex()}, {"content", content}};
  write_file(staged.spool / record_file, record.dump(1));
}

StagedBundle read_record(const fs::path& spool) {
  try {
    const Json record = Json::parse(read_file(spool / record_file, max_record_bytes));
    StagedBundle staged;
    staged.spool = spool;
    staged.tree = record.at("tree").get<std::string>();
    staged.report = Digest::from_hex(record.at("report").get<std::string>()).value_or(Digest());
    for (const auto& [digest, name] : record.at("content").items()) staged.content[digest] = name.get<std::string>();
    return staged;
  } catch (const Json::exception&) {
    throw FormatError(fmt::format("what the spool remembers of a staged bundle, {}, is damaged; stage the bundle again",
                                  quote((spool / record_file).native())));
  }
}

bool is_staged(const fs::path& spool) { return file_exists(spool / record_file) && file_exists(spool / front_file); }

[[noreturn]] void refuse(const fs::path& path, std::string_view found) {
  throw FormatError(
      fmt::format("staged file {} {}; expected what was verified: remove the tree and stage the bundle again, and find "
                  "out who changed it",
                  quote(path.native()), found));
}

// A plain file; a link could lead the comparison elsewhere than the scanner.
void require_plain(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::exists(status)) refuse(path, "is gone");
  if (!fs::is_regular_file(status)) refuse(path, "is no plain file");
}

void require_bytes(const fs::path& path, std::string_view expected) {
  require_plain(path);
  std::error_code error;
  if (fs::file_size(path, error) != expected.size() || error || read_file(path, expected.size()) != expected)
    refuse(path, "has other bytes");
}

std::uint64_t entries(const fs::path& directory) {
  std::error_code error;
  std::uint64_t count = 0;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    ++count;
  if (error) refuse(directory, "cannot be listed");
  return count;
}

void require_known_entries(const fs::path& tree) {
  for (const fs::directory_entry& entry : fs::directory_iterator(tree)) {
    const std::string name = entry.path().filename().native();
    const bool is_known = name == staged_manifest || name == report_file || name == "documents" || name == "content" ||
                          is_release_name(name);
    if (!is_known) refuse(entry.path(), "belongs to no bundle");
  }
}

}  // namespace

StagedBundle stage_tree(const format::Point& point, format::Catalog& catalog, const format::FoundBundle& bundle,
                        const format::VerifiedManifest& manifest, const fs::path& spool,
                        const format::ChangeReport& report, const fs::path& directory) {
  StagedBundle staged;
  staged.spool = spool;
  make_directories(directory);
  staged.tree = fs::canonical(directory) / manifest->bundle_name;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(staged.tree, ignored)))
    throw UsageError(
        fmt::format("{} is there already; apply it with --apply, or remove it first", quote(staged.tree.native())));
  require_space(directory, manifest->document_bytes + manifest->file_bytes, "the staged tree");
  const fs::path partial = staged.tree.parent_path() / ("." + manifest->bundle_name + ".partial");
  fs::remove_all(partial, ignored);  // of a run that was cut off
  for (const char* name : {"documents", "content"}) make_directories(partial / name);
  try {
    ContentNames names(catalog, manifest.get());
    const auto load = format::load_references(catalog, manifest.get());
    format::visit_spooled(manifest.get(), spool, load, [&](const format::Record& record) {
      if (record.kind != format::Record::Kind::put) return;
      names.learn(format::parse_document(record.document));
      PlainFile file(document_path(partial, record.id));
      file.write(record.document);
      file.close();
    });
    staged.content = names.take();
    for (const auto& [digest, name] : staged.content)
      duplicate_file(point.content().path_of(*Digest::from_hex(digest)), partial / "content" / name, false);
    const std::string page = format::change_page(report);
    staged.report = sha256(page);
    write_file(partial / report_file, page);
    write_file(partial / staged_manifest, bundle.front().manifest.bytes);
    make_read_only(partial);
    sync_filesystem(partial);
    keep_front(bundle, spool);
    keep_record(staged);
    fs::rename(partial, staged.tree);
    sync_directory(staged.tree.parent_path());
  } catch (const fs::filesystem_error& failure) {
    fs::remove_all(partial, ignored);
    throw io_error("write", failure.path1().native(), failure.code().value());
  } catch (...) {
    fs::remove_all(partial, ignored);
    throw;
  }
  return staged;
}

StagedBundle find_staged(const format::Point& point, const std::string& name_or_directory) {
  std::error_code error;
  const fs::path manifest = fs::path(name_or_directory) / staged_manifest;
  if (fs::is_directory(name_or_directory, error)) {
    const Digest digest = sha256(read_file(manifest, format::limits::max_manifest_bytes));
    const fs::path spool = point.directory() / "spool" / ("bundle-" + digest.hex());
    if (!is_staged(spool))
      throw NotFoundError(
          fmt::format("the bundle of {} is not staged here (any more), or its manifest was changed; "
                      "stage it with: import --stage",
                      quote(name_or_directory)));
    StagedBundle staged = read_record(spool);
    staged.tree = fs::canonical(name_or_directory);
    return staged;
  }
  std::string known;
  for (const fs::directory_entry& entry : fs::directory_iterator(point.directory() / "spool", error)) {
    if (!entry.path().filename().native().starts_with("bundle-") || !is_staged(entry.path())) continue;
    StagedBundle staged = read_record(entry.path());
    if (staged.tree.filename() == name_or_directory) return staged;
    known += (known.empty() ? "" : ", ") + quote(staged.tree.filename().native());
  }
  throw NotFoundError(fmt::format("no bundle {} is staged; {}", quote(name_or_directory),
                                  known.empty() ? "none is" : "staged are: " + known));
}

fs::path staged_front(const StagedBundle& staged) { return staged.spool / front_file; }

void check_tree(format::Catalog& catalog, const StagedBundle& staged, const format::VerifiedManifest& manifest,
                const std::string& manifest_bytes) {
  const fs::path& tree = staged.tree;
  require_bytes(tree / staged_manifest, manifest_bytes);
  require_known_entries(tree);
  require_plain(tree / report_file);
  if (sha256(read_file(tree / report_file, max_report_bytes)) != staged.report)
    refuse(tree / report_file, "has other bytes");
  std::uint64_t documents = 0;
  const auto load = format::load_references(catalog, manifest.get());
  format::visit_spooled(manifest.get(), staged.spool, load, [&](const format::Record& record) {
    if (record.kind != format::Record::Kind::put) return;
    require_bytes(document_path(tree, record.id), record.document);
    ++documents;
  });
  if (entries(tree / "documents") != documents) refuse(tree / "documents", "holds files that the bundle does not");
  for (const auto& [digest, name] : staged.content) {
    const fs::path file = tree / "content" / name;
    require_plain(file);
    if (format::hash_content(file).sha256.hex() != digest) refuse(file, "has other bytes");
  }
  if (entries(tree / "content") != staged.content.size())
    refuse(tree / "content", "holds files that the bundle does not");
}

}  // namespace ferry::importer
