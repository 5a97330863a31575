// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/session_cookies.h"

#include <optional>

namespace ferry::format::wsus {

std::string SessionCookies::make(Kind kind, Time expires) const {
  std::string said(1, static_cast<char>(kind));
  said += expires.text();
  return said.append(authenticator_.tag(said).bytes());
}

bool SessionCookies::is_valid(Kind kind, std::string_view bytes, Time now) const {
  if (bytes.size() <= Digest::size) return false;
  const std::string_view said = bytes.substr(0, bytes.size() - Digest::size);
  const auto tag = Digest::from_bytes(bytes.substr(said.size()));
  if (!tag || !authenticator_.accepts(said, *tag) || said.front() != static_cast<char>(kind)) return false;
  const auto expires = Time::parse(said.substr(1));
  return expires && now < *expires;
}

}  // namespace ferry::format::wsus
