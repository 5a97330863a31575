// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/package_index.h"

#include <charconv>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/gzip.h"
#include "common/text.h"
#include "common/utf8_source.h"
#include "common/xml.h"
#include "format/limits.h"
#include "format/wsus/update_blob.h"

namespace ferry::format::wsus {
namespace {

// Of base64, which takes four characters for three bytes, with room for line ends.
constexpr std::uint64_t max_metadata_text = limits::max_document_bytes + limits::max_document_bytes / 2;
constexpr std::size_t max_languages = 1024;

std::string attribute_text(const XmlElement& element, std::string_view name) {
  for (const XmlAttribute& attribute : element.attributes) {
    if (!equal_ignoring_case(attribute.name, name)) continue;
    if (attribute.value.size() > limits::max_text_bytes)
      throw FormatError(fmt::format("attribute {} of {} has {} bytes, at most {} are read", quote(name),
                                    quote(element.name), attribute.value.size(), limits::max_text_bytes),
                        ExitCode::failed);
    return std::string(attribute.value);
  }
  return {};
}

std::optional<RevisionId> entry_id(const XmlElement& element) {
  const auto id = Guid::parse(attribute_text(element, "UpdateId"));
  const auto number = parse_u64(attribute_text(element, "RevisionNumber"));
  if (!id || !number || *number > 0xFFFFFFFFU) return {};
  return RevisionId{*id, static_cast<std::uint32_t>(*number)};
}

class PackageIndexReader final : public XmlVisitor {
 public:
  explicit PackageIndexReader(const PackageIndexVisitor& visit) : visit_(visit) {}

  void declare_namespace(std::string_view prefix, std::string_view uri) override {
    pending_.emplace_back(prefix, uri);
    scopes_.emplace_back(depth_ + 1, XmlDeclarations::value_type{prefix, uri});
  }

  void start(const XmlElement& element) override {
    ++depth_;
    if (capture_depth_ == 0) {
      if (depth_ == 1) start_package(element);
      if (depth_ == 2) start_part(element);
      if (depth_ == 3) start_item(element);
      if (depth_ == 4 && part_ == Part::updates && equal_ignoring_case(element.name, "Metadata")) begin_metadata();
    } else if (depth_ == capture_depth_ + 1) {
      begin_markup();
    }
    pending_.clear();
  }

  void text(std::string_view part) override {
    if (capture_depth_ > 0 && depth_ == capture_depth_) append(text_, part, max_metadata_text);
  }

  void raw(std::string_view part) override {
    if (capture_depth_ == 0 || depth_ <= capture_depth_ || markup_count_ > 1) return;
    if (markup_.empty()) {
      markup_ = with_declarations(part, around_, own_);
    } else {
      append(markup_, part, limits::max_document_bytes);
    }
  }

  void end(std::uint64_t /*end_offset*/) override {
    if (depth_ == capture_depth_) end_metadata();
    if (depth_ == 3 && part_ == Part::updates) end_update();
    if (depth_ == 2) {
      if (part_ == Part::languages) tell_header();
      part_ = Part::other;
    }
    if (depth_ == 1) tell_header();
    while (!scopes_.empty() && scopes_.back().first == depth_) scopes_.pop_back();
    --depth_;
  }

 private:
  enum class Part { other, languages, files, updates };

  void start_package(const XmlElement& element) {
    if (!equal_ignoring_case(element.name, "ExportPackage"))
      throw FormatError(fmt::format("root element is {}, expected ExportPackage", quote(element.name)),
                        ExitCode::failed);
    header_.server_id = attribute_text(element, "ServerID");
    header_.created = attribute_text(element, "CreationTime");
    header_.format_version = attribute_text(element, "FormatVersion");
    header_.protocol_version = attribute_text(element, "ProtocolVersion");
    if (!header_.format_version.empty() && !header_.format_version.starts_with("1."))
      throw FormatError(
          fmt::format("FormatVersion is {}, known is 1.0: this needs a newer Ferry", quote(header_.format_version)),
          ExitCode::too_new);
  }

  void start_part(const XmlElement& element) {
    part_ = equal_ignoring_case(element.name, "Languages") ? Part::languages
            : equal_ignoring_case(element.name, "Files")   ? Part::files
            : equal_ignoring_case(element.name, "Updates") ? Part::updates
                                                           : Part::other;
    if (part_ == Part::files || part_ == Part::updates) tell_header();
  }

  void start_item(const XmlElement& element) {
    if (part_ == Part::languages && equal_ignoring_case(element.name, "Language")) {
      if (header_.languages.size() == max_languages)
        throw FormatError(fmt::format("there are more than {} languages", max_languages), ExitCode::failed);
      const std::string enabled = attribute_text(element, "Enabled");
      header_.languages.push_back({attribute_text(element, "Id"), attribute_text(element, "ShortName"),
                                   attribute_text(element, "LongName"),
                                   enabled != "0" && !equal_ignoring_case(enabled, "false")});
    } else if (part_ == Part::files && equal_ignoring_case(element.name, "File")) {
      const auto digest = from_base64(attribute_text(element, "Digest"));
      if (digest && digest->size() == 20)
        visit_.file({*digest, attribute_text(element, "MUUrl"), attribute_text(element, "Name")});
    } else if (part_ == Part::updates) {
      is_update_ = equal_ignoring_case(element.name, "Update");
      id_ = is_update_ ? entry_id(element) : std::nullopt;
      document_.reset();
      problem_.clear();
    }
  }

  // Languages may be missing, and then it is told with what comes first.
  void tell_header() {
    if (!header_told_) visit_.header(header_);
    header_told_ = true;
  }

  void begin_metadata() {
    if (document_ || !problem_.empty()) return;
    capture_depth_ = depth_;
    text_.clear();
    markup_.clear();
    markup_count_ = 0;
    overflowed_ = false;
  }

  // The first element inside Metadata is the document. What is in scope around it goes into its start tag.
  void begin_markup() {
    if (++markup_count_ > 1) return;
    own_ = pending_;
    around_.clear();
    for (const auto& [depth, declaration] : scopes_) {
      if (depth >= depth_) continue;
      std::erase_if(around_, [d = &declaration](const auto& outer) { return outer.first == d->first; });
      around_.push_back(declaration);
    }
  }

  void append(std::string& to, std::string_view part, std::uint64_t most) {
    if (to.size() + part.size() > most) overflowed_ = true;
    if (!overflowed_) to.append(part);
  }

  void end_metadata() {
    capture_depth_ = 0;
    try {
      if (overflowed_)
        throw FormatError(fmt::format("the document is longer than {}, the most that is read",
                                      format_size(limits::max_document_bytes)),
                          ExitCode::failed);
      if (markup_count_ > 1)
        throw FormatError(fmt::format("Metadata holds {} elements, expected one document", markup_count_),
                          ExitCode::failed);
      document_ = markup_count_ == 1 ? std::move(markup_) : unwrap_metadata(text_);
    } catch (const FormatError& error) {
      problem_ = error.what();
    }
    markup_ = {};
    text_ = {};
  }

  void end_update() {
    if (!is_update_) return;
    if (problem_.empty()) {
      visit_.update(id_, document_);
    } else {
      visit_.failed(id_, problem_);
    }
    document_.reset();
  }

  const PackageIndexVisitor& visit_;
  PackageHeader header_;
  bool header_told_ = false;
  Part part_ = Part::other;
  std::size_t depth_ = 0;
  XmlDeclarations pending_;                                                  // of the element that starts next
  std::vector<std::pair<std::size_t, XmlDeclarations::value_type>> scopes_;  // with the depth of their element
  // Of the Update that is open:
  bool is_update_ = false;
  std::optional<RevisionId> id_;
  std::optional<std::string> document_;
  std::string problem_;
  // Of the Metadata that is open, at this depth:
  std::size_t capture_depth_ = 0;
  std::size_t markup_count_ = 0;
  bool overflowed_ = false;
  std::string text_;
  std::string markup_;
  XmlDeclarations around_;
  XmlDeclarations own_;
};

std::string unpacked_gzip(std::string_view packed) {
  MemorySource source(packed);
  GzipSource gzip(source);
  Utf8Source utf8(gzip);
  return read_all(utf8, limits::max_document_bytes, "gzip in Metadata");
}

}  // namespace

std::string unwrap_metadata(std::string_view text) {
  // A document's own bytes, as far as it begins at once; white space before it is that of the package.
  if (text.starts_with('<') || text.starts_with("\xEF\xBB\xBF<")) return std::string(text);
  const std::string_view content = trimmed(text);
  if (content.starts_with('<')) return std::string(content);
  if (content.empty()) throw FormatError("Metadata is empty, expected a document", ExitCode::failed);
  const auto bytes = from_base64(content);
  if (!bytes)
    throw FormatError(fmt::format("Metadata begins with {}, expected markup or base64", quote(content.substr(0, 40))),
                      ExitCode::failed);
  if (bytes->starts_with("MSCF")) return document_from_cabinet(*bytes);
  if (bytes->starts_with("\x1F\x8B")) return unpacked_gzip(*bytes);
  throw FormatError("Metadata is base64 of neither a cabinet nor gzip", ExitCode::failed);
}

void read_package_index(Source& xml, const PackageIndexVisitor& visitor) {
  Utf8Source utf8(xml);
  PackageIndexReader reader(visitor);
  XmlLimits limits;
  limits.max_depth = limits::max_document_depth + 8;
  limits.is_utf8 = true;
  limits.raw = true;
  parse_xml(utf8, limits, reader);
}

}  // namespace ferry::format::wsus
