// SPDX-License-Identifier: Apache-2.0
#include "format/scup_writer.h"

#include <fmt/format.h>

#include "common/archive.h"
#include "common/cabinet.h"
#include "common/error.h"
#include "common/fault.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "format/scup_v1.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view package_list_name = "update_manifest.json";

std::string sdp_name(const OutgoingPackage& package) { return package.id.update.text() + ".sdp"; }

// The list by which readers of a V2 catalog see what changed.
std::string package_list(const std::vector<OutgoingPackage>& packages) {
  Json list = Json::object();
  for (const OutgoingPackage& package : packages) list[package.id.update.text()] = package.time;
  return list.dump();
}

// Files of the catalog in a folder of our own, in the order in which they are packed.
class Laid {
 public:
  Laid(Catalog& catalog, const fs::path& folder, const std::function<void(std::uint64_t)>& progress)
      : documents_(catalog), folder_(folder), progress_(progress) {}

  void v1(const std::vector<OutgoingPackage>& packages, const std::string& name) {
    AtomicFile file(folder_ / name);
    V1CatalogWriter writer(file);
    for (const OutgoingPackage& package : packages) {
      const std::string document = load(package);
      try {
        writer.package(document);
      } catch (const FormatError&) {  // it was read once, so all that can be is another encoding
        written_.left_out.push_back(package.id);
        continue;
      }
      count(document);
    }
    writer.finish();
    file.publish_unflushed();
    names_.push_back(name);
  }

  void v2(const std::vector<OutgoingPackage>& packages) {
    for (const OutgoingPackage& package : packages) {
      const std::string document = load(package);
      PlainFile file(folder_ / sdp_name(package));
      file.write(document);
      file.close();
      names_.push_back(sdp_name(package));
      count(document);
    }
    PlainFile list(folder_ / package_list_name);
    list.write(package_list(packages));
    list.close();
    names_.emplace_back(package_list_name);
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const WrittenScup& written() const { return written_; }

 private:
  std::string load(const OutgoingPackage& package) {
    std::string document = documents_.load(package.row);
    progress_(document.size());
    return document;
  }
  void count(const std::string& document) {
    ++written_.packages;
    written_.document_bytes += document.size();
  }

  Documents documents_;
  const fs::path& folder_;
  const std::function<void(std::uint64_t)>& progress_;
  std::vector<std::string> names_;
  WrittenScup written_;
};

void pack_zip(const Laid& laid, const fs::path& folder, const fs::path& out) {
  const fs::path partial = AtomicFile::partial_of(out);
  try {
    ZipWriter zip(partial);
    for (const std::string& name : laid.names()) zip.add(name, read_file(folder / name, max_cabinet_bytes));
    zip.finish();
  } catch (...) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw;
  }
  AtomicFile::adopt(out).publish();
}

void pack_cabinet(const Laid& laid, const fs::path& folder, const fs::path& out) {
  std::vector<CabinetMember> members;
  for (const std::string& name : laid.names()) members.push_back({name, folder / name, {}});
  const fs::path partial = AtomicFile::partial_of(out);
  std::error_code ignored;
  fs::remove(partial, ignored);  // of a run that died
  write_cabinet(partial, members, CabinetCompression::mszip);
  AtomicFile::adopt(out).publish();
}

// A folder replaces nothing: who serves it would see it half old and half new.
void publish(const fs::path& laid, const fs::path& out) {
  sync_filesystem(laid.parent_path());
  std::error_code error;
  fs::rename(laid, out, error);
  if (error) throw io_error("rename", out.native(), error.value());
  sync_directory(out.parent_path());
}

}  // namespace

WrittenScup write_scup_catalog(Catalog& catalog, const std::vector<OutgoingPackage>& packages, const fs::path& out,
                               ScupForm form, const std::function<void(std::uint64_t)>& progress) {
  const std::string extension = to_lower(out.extension().native());
  const bool is_archive = extension == ".cab" || extension == ".zip";
  const bool is_xml = extension == ".xml";
  if (is_xml && form == ScupForm::v2)
    throw UsageError(fmt::format("{}: a V2 catalog is many files; name a .cab, a .zip or a folder, or use --form v1",
                                 quote(out.native())));
  std::uint64_t raw = 0;
  for (const OutgoingPackage& package : packages) raw += package.document_bytes;
  require_space(out.parent_path(), is_archive ? raw + raw / 2 : raw, "writing catalog " + quote(out.native()));
  const TempDir scratch(out.parent_path(), ".ferry-catalog-");
  const fs::path folder = scratch.path() / "catalog";
  make_directories(folder);
  Laid laid(catalog, folder, progress);
  const std::string name = out.stem().native() + ".xml";
  if (form == ScupForm::v1) {
    laid.v1(packages, name);
  } else {
    laid.v2(packages);
  }
  fault_point("write scup: catalog laid out");
  if (extension == ".zip") {
    pack_zip(laid, folder, out);
  } else if (extension == ".cab") {
    pack_cabinet(laid, folder, out);
  } else if (is_xml) {
    publish(folder / name, out);
  } else {
    fs::permissions(folder, fs::perms(0755));
    publish(folder, out);
  }
  return laid.written();
}

}  // namespace ferry::format
