// SPDX-License-Identifier: Apache-2.0
// Where update servers keep and serve a payload file: XX/SHA1HEX.ext below WsusContent, which is /Content over HTTP
// (WSUS-FORMATS f.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::format::wsus {

// "CD/87F5…DDCD.exe": of a SHA-1 (20 bytes) and the name that an update gives the file, which is untrusted: only the
// letters and digits behind its last dot are used, where they are at most 16.
[[nodiscard]] std::string content_path(std::string_view sha1, std::string_view name);

// The SHA-1 (20 bytes) of such a path, in any letter case, whatever the extension. Nothing for any other text.
[[nodiscard]] std::optional<std::string> sha1_of_content_path(std::string_view path);

}  // namespace ferry::format::wsus
