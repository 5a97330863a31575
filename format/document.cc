// SPDX-License-Identifier: Apache-2.0
#include "format/document.h"

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/internal/dialect_reader.h"
#include "format/limits.h"

namespace ferry::format {
namespace internal {

std::string bounded(std::string_view text, std::string_view what) {
  if (text.size() > limits::max_text_bytes)
    throw FormatError(fmt::format("{} has {} bytes; at most {} are read", what, text.size(), limits::max_text_bytes));
  return std::string(text);
}

Guid required_guid(const XmlElement& element, std::string_view attribute) {
  const auto text = element.attribute(attribute);
  if (!text) throw FormatError(fmt::format("element {} has no {}", element.name, attribute));
  const auto guid = Guid::parse(*text);
  if (!guid) throw FormatError(fmt::format("{} of {} is {}; expected a GUID", attribute, element.name, quote(*text)));
  return *guid;
}

std::string optional_text(const XmlElement& element, std::string_view attribute) {
  return bounded(element.attribute(attribute).value_or(""), attribute);
}

bool flag(const XmlElement& element, std::string_view attribute) {
  const std::string_view value = element.attribute(attribute).value_or("false");
  return value == "true" || value == "1";
}

FileFact file_fact(const XmlElement& element) {
  FileFact file;
  file.name = optional_text(element, "FileName");
  file.language = optional_text(element, "Language");
  file.url = optional_text(element, element.name == "OriginFile" ? "OriginUri" : "Source");
  const auto size = parse_u64(element.attribute("Size").value_or(""));
  if (!size)
    throw FormatError(fmt::format("Size of {} {} is {}; expected a number of bytes", element.name, quote(file.name),
                                  quote(element.attribute("Size").value_or(""))));
  file.size = *size;
  const auto digest = from_base64(element.attribute("Digest").value_or(""));
  if (!digest || digest->size() != 20)
    throw FormatError(fmt::format("Digest of {} {} is {}; expected a SHA-1 in base64", element.name, quote(file.name),
                                  quote(element.attribute("Digest").value_or(""))));
  file.sha1 = *digest;
  return file;
}

}  // namespace internal

namespace {

// Keeps the path, gathers text, and lets the reader of the dialect that the root names do the rest.
class DocumentVisitor final : public XmlVisitor {
 public:
  void start(const XmlElement& element) override {
    if (skipped_ > 0) {
      ++skipped_;
      return;
    }
    if (!reader_) choose_dialect(element);
    lengths_.push_back(path_.size());
    path_ += '/';
    path_ += prefix_of(element.name_space);
    path_ += element.name;
    switch (reader_->start(path_, element)) {
      case internal::Interest::none:
        break;
      case internal::Interest::text:
        text_.clear();
        gathering_depth_ = lengths_.size();
        break;
      case internal::Interest::skip:
        skipped_ = 1;
        break;
    }
  }

  void text(std::string_view part) override {
    if (gathering_depth_ == 0 || skipped_ > 0) return;
    if (text_.size() + part.size() > limits::max_text_bytes)
      throw FormatError(fmt::format("text of {} has more than {} bytes", path_, limits::max_text_bytes));
    text_.append(part);
  }

  void end(std::uint64_t /*end_offset*/) override {
    if (skipped_ > 1) {
      --skipped_;
      return;
    }
    skipped_ = 0;
    reader_->end(path_, text_);
    if (lengths_.size() == gathering_depth_) gathering_depth_ = 0;
    path_.resize(lengths_.back());
    lengths_.pop_back();
  }

  Update finish() { return reader_->finish(); }

 private:
  void choose_dialect(const XmlElement& root) {
    if (root.name_space == internal::upd_namespace && root.name == "Update") {
      reader_ = internal::make_upd_reader();
    } else if ((root.name_space == internal::sdp_namespace || root.name_space == internal::smc_namespace) &&
               root.name == "SoftwareDistributionPackage") {
      reader_ = internal::make_sdp_reader();
    } else {
      throw FormatError(fmt::format(
          "root element is {} in namespace {}; expected Update (msus/2002/12) or SoftwareDistributionPackage",
          quote(root.name), quote(root.name_space)));
    }
  }

  static std::string_view prefix_of(std::string_view name_space) {
    if (name_space == internal::upd_namespace || name_space == internal::sdp_namespace ||
        name_space == internal::smc_namespace)
      return "";
    if (name_space == internal::category_namespace) return "cat:";
    if (name_space == internal::driver_namespace) return "drv:";
    return "?";
  }

  std::unique_ptr<internal::DialectReader> reader_;
  std::string path_;
  std::vector<std::size_t> lengths_;
  std::string text_;
  std::size_t gathering_depth_ = 0;  // of the element whose text is wanted; 0: none is
  std::size_t skipped_ = 0;          // depth below (and with) an element that does not matter
};

}  // namespace

Update parse_document(std::string_view bytes) {
  if (bytes.size() > limits::max_document_bytes)
    throw FormatError(
        fmt::format("document has {} bytes; at most {} are read", bytes.size(), limits::max_document_bytes),
        ExitCode::failed);
  try {
    DocumentVisitor visitor;
    XmlLimits xml_limits;
    xml_limits.max_depth = limits::max_document_depth;
    parse_xml(bytes, xml_limits, visitor);
    return visitor.finish();
  } catch (const FormatError& error) {
    // Exit 15 is for damaged media; a broken document is the publisher's fault.
    throw FormatError(error.what(), ExitCode::failed);
  }
}

}  // namespace ferry::format
