// SPDX-License-Identifier: Apache-2.0
// The gzip form as it lies on a disk, and what may stand in its Metadata elements.
#include "common/error.h"
#include "common/gzip.h"
#include "format/wsus/package_index.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  try {
    static_cast<void>(format::wsus::unwrap_metadata(bytes));
  } catch (const FormatError&) {
  }
  format::wsus::PackageIndexVisitor visitor;
  visitor.header = [](const format::wsus::PackageHeader&) {};
  visitor.file = [](const format::wsus::PackageFile&) {};
  visitor.update = [](const std::optional<format::RevisionId>&, const std::optional<std::string>&) {};
  visitor.failed = [](const std::optional<format::RevisionId>&, const std::string&) {};
  MemorySource source(bytes);
  GzipSource gzip(source);
  try {
    format::wsus::read_package_index(gzip, visitor);
  } catch (const FormatError&) {
  }
  return 0;
}
