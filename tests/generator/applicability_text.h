// SPDX-License-Identifier: Apache-2.0
//
// Applicability rules: the bulk of most documents. Siblings draw most rules from the stream of
// their group and some from their own, so that they resemble each other as real ones do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/generator/random.h"
#include "tests/generator/text_buffer.h"
#include "tests/generator/update_text.h"

namespace ferry::tests {

class RuleWriter {
 public:
  // `member` is the update that the rules belong to. `out` and `facts` must outlive the writer.
  RuleWriter(TextBuffer& out, const GroupFacts& facts, std::uint32_t member);

  // Writes `<upd:NAME>` with one expression of about `bytes` bytes, at least one rule.
  void add(std::string_view name, std::size_t bytes);

 private:
  Random& pick_stream();
  void add_block();
  void add_rule();
  void add_registry_rule(Random& random);
  void add_file_rule(Random& random);
  void add_system_rule(Random& random);
  void add_msi_rule(Random& random);
  void add_version(Random& random);
  void add_registry_key(Random& random);

  TextBuffer& out_;
  const GroupFacts& facts_;
  Random of_group_;
  Random own_;
};

}  // namespace ferry::tests
