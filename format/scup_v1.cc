// SPDX-License-Identifier: Apache-2.0
#include "format/scup_v1.h"

#include <optional>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr std::string_view catalog_namespace =
    "http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd";
constexpr std::string_view package_element = "SoftwareDistributionPackage";
constexpr std::string_view document_instruction = "ferry-document";

// The document that stands whole in an instruction, but for what is between its root's tags.
struct WholeDocument {
  Digest digest;
  std::string head;
  std::string tail;
};

// The value of NAME="…" in an instruction's text.
std::optional<std::string_view> pseudo_attribute(std::string_view data, std::string_view name) {
  const std::string begin = fmt::format("{}=\"", name);
  const auto at = data.find(begin);
  if (at == std::string_view::npos) return {};
  const auto from = at + begin.size();
  const auto to = data.find('"', from);
  if (to == std::string_view::npos) return {};
  return data.substr(from, to - from);
}

std::optional<WholeDocument> parse_instruction(std::string_view data) {
  const auto digest = Digest::from_hex(pseudo_attribute(data, "sha256").value_or(""));
  auto head = from_base64(pseudo_attribute(data, "head").value_or(""));
  auto tail = from_base64(pseudo_attribute(data, "tail").value_or(""));
  if (!digest || !head || !tail) return {};
  return WholeDocument{*digest, std::move(*head), std::move(*tail)};
}

class CatalogVisitor final : public XmlVisitor {
 public:
  CatalogVisitor(std::string_view bytes, const std::function<void(std::string_view, std::string_view)>& visit)
      : bytes_(bytes), visit_(visit) {}

  void declare_namespace(std::string_view prefix, std::string_view uri) override { pending_.emplace_back(prefix, uri); }

  void instruction(std::string_view target, std::string_view data) override {
    if (depth_ == 1 && target == document_instruction) whole_ = parse_instruction(data);
  }

  void start(const XmlElement& element) override {
    ++depth_;
    if (depth_ == 1) {
      if (element.name != "SystemsManagementCatalog" || element.name_space != catalog_namespace)
        throw FormatError(fmt::format("root element is {} in namespace {}; expected SystemsManagementCatalog",
                                      quote(element.name), quote(element.name_space)));
      in_scope_ = pending_;
    } else if (depth_ == 2 && element.name == package_element) {
      in_package_ = true;
      start_ = element.offset;
      inner_ = 0;
      own_ = pending_;
      package_id_.clear();
    } else if (depth_ == 3 && in_package_ && element.name == "Properties") {
      package_id_ = element.attribute("PackageID").value_or("");
    }
    pending_.clear();
  }

  void raw(std::string_view part) override {
    if (depth_ != 2 || !in_package_) return;
    if (inner_ == 0) inner_ = start_ + part.size();  // the start tag comes first
    last_ = part.size();
  }

  void end(std::uint64_t end_offset) override {
    if (depth_ == 2 && in_package_) {
      const auto whole = whole_document(end_offset - last_);
      visit_(package_id_, whole ? *whole : cut(end_offset));
      in_package_ = false;
      whole_.reset();
    }
    --depth_;
  }

 private:
  [[nodiscard]] std::string cut(std::uint64_t end) const {
    return with_declarations(bytes_.substr(start_, end - start_), in_scope_, own_);
  }

  // Nothing where no instruction says it, and where somebody changed the element since.
  [[nodiscard]] std::optional<std::string> whole_document(std::uint64_t inner_end) const {
    if (!whole_ || inner_end < inner_) return {};
    std::string document = whole_->head;
    document.append(bytes_.substr(inner_, inner_end - inner_)).append(whole_->tail);
    if (sha256(document) != whole_->digest) return {};
    return document;
  }

  std::string_view bytes_;
  const std::function<void(std::string_view, std::string_view)>& visit_;
  XmlDeclarations pending_;   // of the element that starts next
  XmlDeclarations in_scope_;  // of the root
  XmlDeclarations own_;       // of the package
  std::optional<WholeDocument> whole_;
  std::string package_id_;
  std::uint64_t start_ = 0;
  std::uint64_t inner_ = 0;  // behind the package's start tag
  std::uint64_t last_ = 0;   // length of what was read last: of the end tag, at the end
  std::size_t depth_ = 0;
  bool in_package_ = false;
};

XmlLimits v1_limits() {
  XmlLimits limits;
  limits.max_depth = limits::max_document_depth;
  limits.utf8_only = true;  // the pieces are cut from the bytes and carry no declaration of an encoding
  limits.raw = true;
  return limits;
}

// Where a document's root element begins and ends, and its tags.
class RootVisitor final : public XmlVisitor {
 public:
  void declare_namespace(std::string_view prefix, std::string_view uri) override {
    if (depth_ == 0 && prefix == "smc") declares_smc_ = uri == catalog_namespace ? Smc::catalog : Smc::other;
  }
  void start(const XmlElement& element) override {
    if (++depth_ > 1) return;
    start_ = element.offset;
    is_catalog_element_ = element.name == package_element && element.name_space == catalog_namespace;
  }
  void raw(std::string_view part) override {
    if (depth_ == 1 && start_tag_.empty()) start_tag_ = part;
    if (depth_ == 1) last_ = part.size();
  }
  void end(std::uint64_t end_offset) override {
    if (--depth_ > 0) return;
    end_ = end_offset;
    end_tag_ = last_;
  }

  enum class Smc { none, catalog, other };
  std::size_t depth_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t end_tag_ = 0;
  std::uint64_t last_ = 0;
  std::string start_tag_;
  bool is_catalog_element_ = false;
  Smc declares_smc_ = Smc::none;
};

// The start tag as that of an element of the catalog: its name and version are those of V1.
std::string v1_start_tag(const RootVisitor& root) {
  const auto name_end = root.start_tag_.find_first_of(" \t\r\n/>");
  std::string rest = root.start_tag_.substr(name_end);
  constexpr std::string_view version = "SchemaVersion=\"";
  const auto at = rest.find(version);
  if (at != std::string::npos) {
    const auto from = at + version.size();
    rest.replace(from, rest.find('"', from) - from, "1.0");
  }
  return fmt::format("<smc:{}{}", package_element, rest);
}

}  // namespace

void split_v1_catalog(std::string_view bytes, const std::function<void(std::string_view, std::string_view)>& visit) {
  CatalogVisitor visitor(bytes, visit);
  parse_xml(bytes, v1_limits(), visitor);
}

bool looks_like_v1_catalog(std::string_view bytes) {
  return bytes.substr(0, 16 * 1024).find("SystemsManagementCatalog") != std::string_view::npos;
}

V1CatalogWriter::V1CatalogWriter(Sink& out) : out_(out) {
  out_.write(
      fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<smc:SystemsManagementCatalog xmlns:smc=\"{}\">\r\n",
                  catalog_namespace));
}

void V1CatalogWriter::package(std::string_view document) {
  RootVisitor root;
  parse_xml(document, v1_limits(), root);
  const bool is_alone = root.start_ == 0 && root.end_ == document.size();
  if (is_alone && root.is_catalog_element_ && root.declares_smc_ == RootVisitor::Smc::catalog) {
    out_.write(document);
    out_.write("\r\n");
    return;
  }
  const bool is_empty = root.start_tag_.ends_with("/>");
  const std::uint64_t inner = root.start_ + root.start_tag_.size();
  const std::uint64_t inner_end = is_empty ? inner : root.end_ - root.end_tag_;
  out_.write(fmt::format("<?{} sha256=\"{}\" head=\"{}\" tail=\"{}\"?>\r\n", document_instruction,
                         sha256(document).hex(), to_base64(document.substr(0, inner)),
                         to_base64(document.substr(inner_end))));
  if (root.declares_smc_ == RootVisitor::Smc::other) {  // the prefix is taken: the element keeps its name
    out_.write(document.substr(root.start_, root.end_ - root.start_));
  } else {
    out_.write(v1_start_tag(root));
    out_.write(document.substr(inner, inner_end - inner));
    if (!is_empty) out_.write(fmt::format("</smc:{}>", package_element));
  }
  out_.write("\r\n");
}

void V1CatalogWriter::finish() { out_.write("</smc:SystemsManagementCatalog>\r\n"); }

}  // namespace ferry::format
