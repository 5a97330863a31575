// SPDX-License-Identifier: Apache-2.0
// Strict XML reading and canonical writing. Reading is a stream of events, so that a document of 50 MB
// costs no tree; expat checks well-formedness, unique attributes, one root and UTF-8 to the letter.
//
// A document type declaration is always refused: no entity is ever defined, so none can expand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/stream.h"

namespace ferry {

struct XmlAttribute {
  std::string_view name_space;  // empty for an attribute without prefix
  std::string_view name;
  std::string_view value;
};

struct XmlElement {
  std::string_view name_space;
  std::string_view name;
  std::span<const XmlAttribute> attributes;
  std::uint64_t offset = 0;  // of its "<" in the bytes

  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const;
};

// Gets the events. It may throw; parsing then stops and the exception goes on to the caller of parse_xml().
class XmlVisitor {
 public:
  virtual ~XmlVisitor() = default;
  virtual void start(const XmlElement& element) = 0;
  virtual void text(std::string_view /*part*/) {}      // may come in several parts
  virtual void end(std::uint64_t /*end_offset*/) = 0;  // offset behind the end tag
  virtual void declare_namespace(std::string_view /*prefix*/, std::string_view /*uri*/) {}
  virtual void instruction(std::string_view /*target*/, std::string_view /*data*/) {}  // <?target data?>
  // With XmlLimits::raw, every byte behind the XML declaration, as UTF-8, in order and as it is written: those of a
  // start tag behind start(), all others before what is told of them.
  virtual void raw(std::string_view /*part*/) {}
};

struct XmlLimits {
  std::size_t max_depth = 256;
  std::size_t max_attributes = 512;  // of one element
  std::uint64_t max_elements = ~0ULL;
  // Of one tag or comment: the parser holds it twice until its end is seen. Texts come in pieces of any length.
  std::uint64_t max_token_bytes = 16ULL * 1024 * 1024;
  bool plain = false;      // also refuse comments, processing instructions and CDATA sections
  bool utf8_only = false;  // also refuse every other encoding, declared or by its bytes
  bool is_utf8 = false;    // the bytes were brought to UTF-8: what the document says of its encoding is of the past
  bool raw = false;        // XmlVisitor::raw() is called
};

// Throws FormatError (exit 15) with line and column for anything that is not well-formed or beyond limits.
void parse_xml(std::string_view bytes, const XmlLimits& limits, XmlVisitor& visitor);
// The same for a document of any length, which is read to its end; throws what `bytes` throws, too.
void parse_xml(Source& bytes, const XmlLimits& limits, XmlVisitor& visitor);

// A small document as a tree. REQUIRES: the caller has bounded bytes.size().
struct XmlNode {
  std::string name_space;
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;  // in document order, without namespaces
  std::string text;                                             // all of it, markup between left out
  std::vector<XmlNode> children;
};
[[nodiscard]] XmlNode parse_xml_tree(std::string_view bytes, const XmlLimits& limits);

// Writes the canonical form that Ferry's own documents have: XML declaration, two spaces per level,
// attributes in the order given, `"` quotes, LF, an end tag only for elements with content.
class XmlWriter {
 public:
  XmlWriter();
  void open(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes = {});
  void close();
  void empty(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes = {});
  void leaf(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes,
            std::string_view text);
  // REQUIRES: every open() was closed.
  [[nodiscard]] std::string take();

 private:
  void start_tag(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes);
  std::string out_;
  std::vector<std::string> open_;
};

using XmlAttributes = std::vector<std::pair<std::string_view, std::string>>;

using XmlDeclarations = std::vector<std::pair<std::string, std::string>>;  // of namespaces: prefix (may be empty), URI

// Puts the declarations that are in scope around an element, and that it does not make itself, into its start tag, so
// that it can stand alone. REQUIRES: the bytes begin with the start tag.
[[nodiscard]] std::string with_declarations(std::string_view element, const XmlDeclarations& in_scope,
                                            const XmlDeclarations& own);

// &, <, >, " and control characters as references.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace ferry
