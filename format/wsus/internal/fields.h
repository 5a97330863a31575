// SPDX-License-Identifier: Apache-2.0
// Reads and writes the fields of a message by one description of it, so that both directions agree.
//
// A description is `template <> struct Fields<T> { template <class Io, class M> static void visit(Io& io, M& m); }`: it
// names each element of T in the protocol's order. Io is a FieldReader with M = T, or a FieldWriter with M = const T.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/guid.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/limits.h"
#include "format/wsus/soap.h"

namespace ferry::format::wsus::internal {

template <typename T>
struct Fields;

// What is in the one element of a response; it describes the response itself.
template <typename Response>
struct ResultFields;

// Stands for that element; `M` is the response, constant or not.
template <typename M>
struct Result {
  M& response;
};
template <typename M>
struct Fields<Result<M>> {
  template <class Io, class R>
  static void visit(Io& io, R& result) {
    ResultFields<std::remove_const_t<M>>::visit(io, result.response);
  }
};

// Reads the elements of one node, in whatever order they stand; others are left alone. The "_if_any" ones leave the value
// as it is where the element is missing, the rest throw FormatError (exit 1).
class FieldReader {
 public:
  using Node = SoapBody::Node;
  FieldReader(const SoapBody& body, Node node) : body_(body), node_(node) {}

  void text(std::string_view name, std::string& value) const { read(required(name), value); }
  void text_if_any(std::string_view name, std::string& value) const { read_if_any(name, value); }
  void text(std::string_view name, std::optional<std::string>& value) const;
  void flag(std::string_view name, bool& value) const { read(required(name), value); }
  void flag_if_any(std::string_view name, bool& value) const { read_if_any(name, value); }
  void number(std::string_view name, std::uint32_t& value) const { read(required(name), value); }
  void number_if_any(std::string_view name, std::uint32_t& value) const { read_if_any(name, value); }
  void guid(std::string_view name, Guid& value) const { read(required(name), value); }
  void base64(std::string_view name, std::string& value) const { read_base64(required(name), value); }
  void base64(std::string_view name, std::optional<std::string>& value) const;

  template <typename T>
  void child(std::string_view name, T& value) const {
    visit(required(name), value);
  }
  template <typename T>
  void child(std::string_view name, std::optional<T>& value) const {
    const Node node = body_.child(node_, name);
    if (node != SoapBody::none) visit(node, value.emplace());
  }
  // A list that is not there is empty.
  template <typename T>
  void list(std::string_view name, std::string_view item, std::vector<T>& values) const {
    each(name, item, [this, &values](Node node) { visit(node, values.emplace_back()); });
  }
  template <typename T>
  void list_if_any(std::string_view name, std::string_view item, std::vector<T>& values) const {
    list(name, item, values);
  }
  void base64_list_if_any(std::string_view name, std::vector<std::string>& values) const {
    each(name, "base64Binary", [this, &values](Node node) { read_base64(node, values.emplace_back()); });
  }

 private:
  [[nodiscard]] Node required(std::string_view name) const;
  [[noreturn]] void refuse(Node node, std::string_view expected) const;
  void read(Node node, std::string& value) const;
  void read(Node node, bool& value) const;
  void read(Node node, std::uint32_t& value) const;
  void read(Node node, Guid& value) const;
  void read_base64(Node node, std::string& value) const;
  template <typename T>
  void read_if_any(std::string_view name, T& value) const {
    const Node node = body_.child(node_, name);
    if (node != SoapBody::none) read(node, value);
  }
  template <typename T>
  void visit(Node node, T& value) const {
    const FieldReader inner(body_, node);
    Fields<T>::visit(inner, value);
  }
  void visit(Node node, Guid& value) const { read(node, value); }
  template <typename Each>
  void each(std::string_view name, std::string_view item, const Each& call) const {
    const Node list_node = body_.child(node_, name);
    if (list_node == SoapBody::none) return;
    for (Node node = body_.first(list_node); node != SoapBody::none; node = body_.next(node)) {
      if (body_.name(node) == item) call(node);
    }
  }

  const SoapBody& body_;
  Node node_;
};

// Appends elements to a text. Optional values and the "_if_any" lists are left out when they are empty.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void text(std::string_view name, const std::string& value) const { leaf(name, xml_escaped(value)); }
  void text_if_any(std::string_view name, const std::string& value) const { text(name, value); }
  void text(std::string_view name, const std::optional<std::string>& value) const {
    if (value) text(name, *value);
  }
  void flag(std::string_view name, bool value) const { leaf(name, value ? "true" : "false"); }
  void flag_if_any(std::string_view name, bool value) const { flag(name, value); }
  void number(std::string_view name, std::uint32_t value) const { leaf(name, fmt::format("{}", value)); }
  void number_if_any(std::string_view name, std::uint32_t value) const { number(name, value); }
  void guid(std::string_view name, const Guid& value) const { leaf(name, value.text()); }
  void base64(std::string_view name, const std::string& value) const { leaf(name, to_base64(value)); }
  void base64(std::string_view name, const std::optional<std::string>& value) const {
    if (value) base64(name, *value);
  }

  template <typename T>
  void child(std::string_view name, const T& value) const {
    open(name);
    Fields<T>::visit(*this, value);
    close(name);
  }
  template <typename T>
  void child(std::string_view name, const std::optional<T>& value) const {
    if (value) child(name, *value);
  }
  template <typename T>
  void list(std::string_view name, std::string_view item, const std::vector<T>& values) const {
    open(name);
    for (const T& value : values) write(item, value);
    close(name);
  }
  template <typename T>
  void list_if_any(std::string_view name, std::string_view item, const std::vector<T>& values) const {
    if (!values.empty()) list(name, item, values);
  }
  void base64_list_if_any(std::string_view name, const std::vector<std::string>& values) const {
    if (values.empty()) return;
    open(name);
    for (const std::string& value : values) base64("base64Binary", value);
    close(name);
  }

 private:
  void open(std::string_view name) const { out_.append("<").append(name).append(">"); }
  void close(std::string_view name) const { out_.append("</").append(name).append(">"); }
  void leaf(std::string_view name, std::string_view value) const {
    open(name);
    out_.append(value);
    close(name);
  }
  template <typename T>
  void write(std::string_view item, const T& value) const {
    child(item, value);
  }
  void write(std::string_view item, const Guid& value) const { guid(item, value); }

  std::string& out_;
};

template <typename T>
concept HasResult = requires { sizeof(ResultFields<T>); };

// All that a response says is in one more element, unless it says nothing.
template <class Io, class M>
void visit_message(Io& io, M& message) {
  using Message = std::remove_const_t<M>;
  if constexpr (HasResult<Message>) {
    Result<M> result{message};
    io.child(fmt::format("{}Result", name_of(Message::operation)), result);
  } else {
    Fields<Message>::visit(io, message);
  }
}

// `Message` has `operation` and `is_response`; the element of a response is named after the operation.
template <typename Message>
[[nodiscard]] std::string element_of() {
  return fmt::format("{}{}", name_of(Message::operation), Message::is_response ? "Response" : "");
}

template <typename Message>
[[nodiscard]] std::string encode_message(const Message& message) {
  const std::string name = element_of<Message>();
  std::string out = fmt::format("<{} xmlns=\"{}\">", name, namespace_of(Message::operation));
  const FieldWriter writer(out);
  visit_message(writer, message);
  out.append("</").append(name).append(">");
  return in_envelope(out);
}

template <typename Message>
[[nodiscard]] Message decode_message(const SoapBody& body) {
  const std::string name = element_of<Message>();
  if (body.name() != name || body.name_space() != namespace_of(Message::operation))
    throw FormatError(fmt::format("SOAP message is {} in namespace {}; expected {} in {}", quote(body.name()),
                                  quote(body.name_space()), quote(name), quote(namespace_of(Message::operation))),
                      ExitCode::failed);
  Message message;
  const FieldReader reader(body, 0);
  visit_message(reader, message);
  return message;
}

}  // namespace ferry::format::wsus::internal
