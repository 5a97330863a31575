// SPDX-License-Identifier: Apache-2.0
// The two cookies of MS-WSUSSS as this server makes them: what the client is and how long that holds, with a mark by
// which they are known again. A server that starts anew knows none; its clients then authorize again.
#pragma once

#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/hash.h"

namespace ferry::format::wsus {

inline constexpr std::int64_t cookie_lifetime_seconds = 240LL * 60;

class SessionCookies {
 public:
  enum class Kind : char { authorization = 'A', session = 'S' };

  [[nodiscard]] std::string make(Kind kind, Time expires) const;
  // Was it made here, as this kind, and is it not over?
  [[nodiscard]] bool is_valid(Kind kind, std::string_view bytes, Time now) const;

 private:
  Authenticator authenticator_;
};

}  // namespace ferry::format::wsus
