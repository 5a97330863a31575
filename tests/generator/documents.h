// SPDX-License-Identifier: Apache-2.0
//
// One function per type of document. Each appends the whole text of one update, in its present
// revision, to `out`, and never more than the options' max_document bytes.
#pragma once

#include <cstdint>

#include "tests/generator/text_buffer.h"
#include "tests/generator/update_text.h"

namespace ferry::tests {

// REQUIRES: a classification, company, family, product or subcategory.
void write_category(TextBuffer& out, const GroupFacts& facts);

// REQUIRES: a detectoid.
void write_detectoid(TextBuffer& out, const GroupFacts& facts);

// The bundle that users see. REQUIRES: a bundle group.
void write_bundle(TextBuffer& out, const GroupFacts& facts);

// A bundle between the visible one and its leaves. REQUIRES: `member` is a hidden bundle.
void write_hidden_bundle(TextBuffer& out, const GroupFacts& facts, std::uint32_t member);

// REQUIRES: `member` is a leaf.
void write_leaf(TextBuffer& out, const GroupFacts& facts, std::uint32_t member);

// REQUIRES: a driver.
void write_driver(TextBuffer& out, const GroupFacts& facts);

}  // namespace ferry::tests
