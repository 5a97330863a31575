// SPDX-License-Identifier: Apache-2.0
// Descriptions of what occurs in requests and responses alike.
#pragma once

#include "format/wsus/internal/fields.h"
#include "format/wsus/messages.h"

namespace ferry::format::wsus::internal {

template <>
struct Fields<RevisionId> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.guid("UpdateID", m.update);
    io.number("RevisionNumber", m.number);
  }
};

template <>
struct Fields<AuthorizationCookie> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("PlugInId", m.plug_in_id);
    io.base64("CookieData", m.data);
  }
};

template <>
struct Fields<Cookie> {
  template <class Io, class M>
  static void visit(Io& io, M& m) {
    io.text("Expiration", m.expiration);
    io.base64("EncryptedData", m.data);
  }
};

}  // namespace ferry::format::wsus::internal

// Instantiated for each message where its description is.
namespace ferry::format::wsus {

template <typename Message>
std::string encode(const Message& message) {
  return internal::encode_message(message);
}
template <typename Message>
Message decode(const SoapBody& body) {
  return internal::decode_message<Message>(body);
}

}  // namespace ferry::format::wsus
