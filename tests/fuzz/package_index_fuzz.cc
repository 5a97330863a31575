// SPDX-License-Identifier: Apache-2.0
// package.xml and the document of the gzip form, unpacked: anything but a FormatError is a fault.
#include "format/wsus/package_index.h"

#include "common/error.h"
#include "format/limits.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::size_t headers = 0;
  std::size_t before_header = 0;
  format::wsus::PackageIndexVisitor visitor;
  visitor.header = [&headers](const format::wsus::PackageHeader&) { ++headers; };
  visitor.file = [&](const format::wsus::PackageFile& file) {
    before_header += headers == 0 ? 1U : 0U;
    fuzz::require(file.sha1.size() == 20, "a file has a SHA-1");
  };
  visitor.update = [&](const std::optional<format::RevisionId>&, const std::optional<std::string>& document) {
    before_header += headers == 0 ? 1U : 0U;
    fuzz::require(!document || document->size() <= 2 * format::limits::max_document_bytes, "documents are bounded");
  };
  visitor.failed = [](const std::optional<format::RevisionId>&, const std::string& error) {
    fuzz::require(!error.empty(), "a failure says why");
  };
  MemorySource source(fuzz::view(data, size));
  try {
    format::wsus::read_package_index(source, visitor);
    fuzz::require(headers == 1, "the header is told once");
  } catch (const FormatError&) {
  }
  fuzz::require(before_header == 0, "the header comes before all others");
  return 0;
}
