// SPDX-License-Identifier: Apache-2.0
#include "common/xml.h"

#include <expat.h>

#include <algorithm>
#include <exception>
#include <type_traits>

#include <fmt/format.h>

#include "common/error.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

using Parser = Handle<std::remove_pointer_t<XML_Parser>, &XML_ParserFree>;

// Cannot occur in a name or a namespace URI that a well-formed document can spell.
constexpr char separator = '\n';

std::pair<std::string_view, std::string_view> split_name(const char* name) {
  const std::string_view all(name);
  const auto at = all.rfind(separator);
  if (at == std::string_view::npos) return {{}, all};
  return {all.substr(0, at), all.substr(at + 1)};
}

// Carries the visitor through expat's C frames; no exception may cross them.
struct Run {
  XML_Parser parser = nullptr;
  XmlVisitor* visitor = nullptr;
  XmlLimits limits;
  std::size_t depth = 0;
  std::uint64_t elements = 0;
  std::vector<XmlAttribute> attributes;
  std::exception_ptr failure;

  void stop(std::exception_ptr reason) {
    if (!failure) failure = std::move(reason);
    XML_StopParser(parser, XML_FALSE);
  }
  [[nodiscard]] std::string place() const {
    return fmt::format("line {}, column {}", XML_GetCurrentLineNumber(parser), XML_GetCurrentColumnNumber(parser) + 1);
  }
  void refuse(std::string_view what) {
    stop(std::make_exception_ptr(FormatError(fmt::format("{}: {}", place(), what))));
  }
  // Lets expat hand what it is at to on_raw().
  void pass_raw() const {
    if (limits.raw && !failure) XML_DefaultCurrent(parser);
  }
  template <typename Call>
  void guarded(Call call) {
    if (failure) return;
    try {
      call();
    } catch (...) {
      stop(std::current_exception());
    }
  }
};

void on_start(void* data, const char* name, const char** values) {
  Run& run = *static_cast<Run*>(data);
  if (++run.depth > run.limits.max_depth) {
    run.refuse(fmt::format("elements are nested deeper than {}", run.limits.max_depth));
    return;
  }
  if (++run.elements > run.limits.max_elements) {
    run.refuse(fmt::format("there are more than {} elements", run.limits.max_elements));
    return;
  }
  run.attributes.clear();
  for (std::size_t i = 0; values[i] != nullptr; i += 2) {
    const auto [name_space, local] = split_name(values[i]);
    run.attributes.push_back(XmlAttribute{name_space, local, values[i + 1]});
  }
  if (run.attributes.size() > run.limits.max_attributes) {
    run.refuse(fmt::format("an element has {} attributes, at most {} are read", run.attributes.size(),
                           run.limits.max_attributes));
    return;
  }
  const auto [name_space, local] = split_name(name);
  const XmlElement element{name_space, local, run.attributes,
                           static_cast<std::uint64_t>(XML_GetCurrentByteIndex(run.parser))};
  run.guarded([&run, &element] { run.visitor->start(element); });
  run.pass_raw();
}

void on_end(void* data, const char* /*name*/) {
  Run& run = *static_cast<Run*>(data);
  run.pass_raw();
  --run.depth;
  const auto end = static_cast<std::uint64_t>(XML_GetCurrentByteIndex(run.parser)) +
                   static_cast<std::uint64_t>(XML_GetCurrentByteCount(run.parser));
  run.guarded([&run, end] { run.visitor->end(end); });
}

void on_text(void* data, const char* text, int length) {
  Run& run = *static_cast<Run*>(data);
  const std::string_view part(text, static_cast<std::size_t>(length));
  run.pass_raw();
  run.guarded([&run, part] { run.visitor->text(part); });
}

void on_raw(void* data, const char* text, int length) {
  Run& run = *static_cast<Run*>(data);
  const std::string_view part(text, static_cast<std::size_t>(length));
  run.guarded([&run, part] { run.visitor->raw(part); });
}

void on_namespace(void* data, const char* prefix, const char* uri) {
  Run& run = *static_cast<Run*>(data);
  run.guarded([&run, prefix, uri] {
    run.visitor->declare_namespace(prefix == nullptr ? "" : prefix, uri == nullptr ? "" : uri);
  });
}

void on_doctype(void* data, const char* /*name*/, const char* /*system*/, const char* /*public_id*/, int /*internal*/) {
  static_cast<Run*>(data)->refuse("a document type declaration is not accepted");
}

void on_declaration(void* data, const char* /*version*/, const char* encoding, int /*standalone*/) {
  Run& run = *static_cast<Run*>(data);
  if (!run.limits.utf8_only || encoding == nullptr || equal_ignoring_case(encoding, "utf-8")) return;
  run.refuse(fmt::format("encoding is {}, expected UTF-8: convert it, for instance with iconv", quote(encoding)));
}

void on_comment(void* data, const char* /*text*/) { static_cast<Run*>(data)->refuse("a comment is not accepted here"); }

void on_instruction(void* data, const char* target, const char* text) {
  Run& run = *static_cast<Run*>(data);
  if (run.limits.plain) {
    run.refuse("a processing instruction is not accepted here");
    return;
  }
  run.pass_raw();
  run.guarded([&run, target, text] { run.visitor->instruction(target, text); });
}

void on_cdata(void* data) { static_cast<Run*>(data)->refuse("a CDATA section is not accepted here"); }

class TreeBuilder final : public XmlVisitor {
 public:
  void start(const XmlElement& element) override {
    XmlNode node;
    node.name_space = element.name_space;
    node.name = element.name;
    for (const XmlAttribute& attribute : element.attributes) {
      if (!attribute.name_space.empty())
        throw FormatError(fmt::format("attribute {} has a namespace, expected none", quote(attribute.name)));
      node.attributes.emplace_back(attribute.name, attribute.value);
    }
    open_.push_back(std::move(node));
  }
  void text(std::string_view part) override { open_.back().text.append(part); }
  void end(std::uint64_t /*end_offset*/) override {
    XmlNode node = std::move(open_.back());
    open_.pop_back();
    (open_.empty() ? root_ : open_.back()).children.push_back(std::move(node));
  }
  XmlNode take() { return std::move(root_.children.front()); }

 private:
  XmlNode root_;
  std::vector<XmlNode> open_;
};

}  // namespace

std::optional<std::string_view> XmlElement::attribute(std::string_view wanted) const {
  for (const XmlAttribute& attribute : attributes) {
    if (attribute.name == wanted && attribute.name_space.empty()) return attribute.value;
  }
  return {};
}

namespace {

void set_handlers(Run& run) {
  XML_SetUserData(run.parser, &run);
  XML_SetElementHandler(run.parser, &on_start, &on_end);
  XML_SetCharacterDataHandler(run.parser, &on_text);
  XML_SetStartNamespaceDeclHandler(run.parser, &on_namespace);
  XML_SetStartDoctypeDeclHandler(run.parser, &on_doctype);
  XML_SetXmlDeclHandler(run.parser, &on_declaration);
  XML_SetProcessingInstructionHandler(run.parser, &on_instruction);
  if (run.limits.raw) XML_SetDefaultHandlerExpand(run.parser, &on_raw);
  if (run.limits.plain) {
    XML_SetCommentHandler(run.parser, &on_comment);
    XML_SetStartCdataSectionHandler(run.parser, &on_cdata);
  }
}

// expat believes a byte order mark, and a NUL among the first bytes, more than what it was told.
void require_utf8_start(std::string_view first) {
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF") ||
      first.substr(0, 4).find('\0') != std::string_view::npos)
    throw FormatError("encoding is UTF-16, expected UTF-8: convert it, for instance with iconv");
}

bool ends_early(XML_Error error) {
  return error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN || error == XML_ERROR_PARTIAL_CHAR ||
         error == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

// `next` gives the next bytes, and none at the end.
template <typename Next>
void parse_parts(const Next& next, const XmlLimits& limits, XmlVisitor& visitor) {
  const Parser parser(XML_ParserCreateNS(limits.utf8_only || limits.is_utf8 ? "UTF-8" : nullptr, separator));
  if (!parser) throw std::bad_alloc();
  Run run;
  run.parser = parser.get();
  run.visitor = &visitor;
  run.limits = limits;
  set_handlers(run);
  std::uint64_t given = 0;
  for (bool is_last = false; !is_last;) {
    const std::string_view part = next();
    is_last = part.empty();
    if (given == 0 && (limits.utf8_only || limits.is_utf8)) require_utf8_start(part);
    given += part.size();
    const XML_Status status = XML_Parse(parser.get(), part.data(), static_cast<int>(part.size()), is_last ? 1 : 0);
    if (run.failure) std::rethrow_exception(run.failure);
    if (status != XML_STATUS_OK) {
      const XML_Error error = XML_GetErrorCode(parser.get());
      throw FormatError(
          fmt::format("{}: not well-formed XML: {}{}", run.place(), XML_ErrorString(error),
                      is_last && ends_early(error) ? "; it ends too early, as a copy does that was cut short" : ""));
    }
    const auto begun = static_cast<std::uint64_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(parser.get()), 0));
    if (given - begun > limits.max_token_bytes)
      throw FormatError(
          fmt::format("{}: a tag or comment is longer than {} bytes", run.place(), limits.max_token_bytes));
  }
}

}  // namespace

void parse_xml(std::string_view bytes, const XmlLimits& limits, XmlVisitor& visitor) {
  constexpr std::size_t step = 1024 * 1024;
  parse_parts(
      [&bytes] {
        const std::string_view part = bytes.substr(0, step);
        bytes.remove_prefix(part.size());
        return part;
      },
      limits, visitor);
}

void parse_xml(Source& bytes, const XmlLimits& limits, XmlVisitor& visitor) {
  std::string buffer(std::size_t{256} * 1024, '\0');
  // Filled whole, however the source drips: how a text begins is judged by the first part.
  const auto next = [&bytes, &buffer] {
    std::size_t size = 0;
    for (std::size_t got = 1; got > 0 && size < buffer.size(); size += got)
      got = bytes.read(std::span<char>(buffer).subspan(size));
    return std::string_view(buffer).substr(0, size);
  };
  parse_parts(next, limits, visitor);
}

XmlNode parse_xml_tree(std::string_view bytes, const XmlLimits& limits) {
  TreeBuilder builder;
  parse_xml(bytes, limits, builder);
  return builder.take();
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

void XmlWriter::start_tag(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes) {
  out_.append(open_.size() * 2, ' ').append("<").append(name);
  for (const auto& [key, value] : attributes)
    out_.append(" ").append(key).append("=\"").append(xml_escaped(value)).append("\"");
}

void XmlWriter::open(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes) {
  start_tag(name, attributes);
  out_.append(">\n");
  open_.emplace_back(name);
}

void XmlWriter::close() {
  const std::string name = std::move(open_.back());
  open_.pop_back();
  out_.append(open_.size() * 2, ' ').append("</").append(name).append(">\n");
}

void XmlWriter::empty(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes) {
  start_tag(name, attributes);
  out_.append("/>\n");
}

void XmlWriter::leaf(std::string_view name, std::span<const std::pair<std::string_view, std::string>> attributes,
                     std::string_view text) {
  start_tag(name, attributes);
  out_.append(">").append(xml_escaped(text)).append("</").append(name).append(">\n");
}

std::string XmlWriter::take() { return std::move(out_); }

std::string with_declarations(std::string_view element, const XmlDeclarations& in_scope, const XmlDeclarations& own) {
  const auto name_end = std::min(element.find_first_of(" \t\r\n/>"), element.size());
  std::string alone(element.substr(0, name_end));
  for (const auto& [prefix, uri] : in_scope) {
    const bool is_redeclared =
        std::any_of(own.begin(), own.end(), [p = &prefix](const auto& declaration) { return declaration.first == *p; });
    if (!is_redeclared) alone += fmt::format(" xmlns{}{}=\"{}\"", prefix.empty() ? "" : ":", prefix, xml_escaped(uri));
  }
  return alone.append(element.substr(name_end));
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\t':
        escaped += "&#9;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      case '\r':
        escaped += "&#13;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace ferry
