// SPDX-License-Identifier: Apache-2.0
// Update documents of both dialects; the root element decides which.
#include "format/document.h"

#include "common/error.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  try {
    const format::Update update = format::parse_document(fuzz::view(data, size));
    const bool has_number = update.id.number > 0;
    fuzz::require(has_number == (update.dialect == format::Dialect::upd),
                  "an update document says its revision, a package never does");
    fuzz::require(is_utf8(update.title()), "whatever the encoding of a document, its title is UTF-8");
    static_cast<void>(update.categories());
  } catch (const Error&) {
  }
  return 0;
}
