// SPDX-License-Identifier: Apache-2.0
// A V1 catalog that is well-formed falls into documents that are well-formed each for itself.
#include "format/scup_v1.h"

#include "common/error.h"
#include "common/xml.h"
#include "format/document.h"
#include "format/limits.h"
#include "tests/fuzz/fuzz.h"

namespace {

class Ignore final : public ferry::XmlVisitor {
 public:
  void start(const ferry::XmlElement& /*element*/) override {}
  void end(std::uint64_t /*end_offset*/) override {}
};

bool is_well_formed(std::string_view document) {
  Ignore visitor;
  ferry::XmlLimits limits;
  limits.max_depth = ferry::format::limits::max_document_depth;
  try {
    ferry::parse_xml(document, limits, visitor);
  } catch (const ferry::FormatError&) {
    return false;
  }
  return true;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  static_cast<void>(format::looks_like_v1_catalog(bytes));
  try {
    format::split_v1_catalog(bytes, [](std::string_view /*package_id*/, std::string_view document) {
      fuzz::require(is_well_formed(document), "a package cut from a catalog is well-formed");
      try {
        static_cast<void>(format::parse_document(document));
      } catch (const FormatError&) {
      }
    });
  } catch (const Error&) {
  }
  return 0;
}
