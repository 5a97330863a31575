// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <cerrno>
#include <system_error>

#include "common/text.h"

namespace ferry {

void Error::add_context(std::string_view context) {
  message_.insert(0, ": ");
  message_.insert(0, context);
}

IoError io_error(std::string_view what, std::string_view path, int error_number) {
  std::string message = "cannot ";
  message.append(what).append(" ").append(quote(path)).append(": ");
  message.append(std::generic_category().message(error_number));
  if (error_number == ENOSPC || error_number == EDQUOT) {
    message.append("; free some space there and run the same command again");
    return IoError(std::move(message), ExitCode::no_space);
  }
  return IoError(std::move(message));
}

}  // namespace ferry
