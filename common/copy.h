// SPDX-License-Identifier: Apache-2.0
// A file's bytes under a second name, as cheaply as the file systems allow.
#pragma once

#include <filesystem>
#include <string_view>

namespace ferry {

// How the bytes got there. A link shares the file with its old name: who writes into one changes both.
enum class CopyKind { reflink, link, copy };
[[nodiscard]] std::string_view name_of(CopyKind kind);

// Gives `from` the second name `to`, which must not exist: shares its blocks where the file system can, else
// links it if `may_link`, else copies it. Follows no symbolic link. Not flushed. Throws IoError; then nothing
// stands at `to`.
CopyKind duplicate_file(const std::filesystem::path& from, const std::filesystem::path& to, bool may_link);

}  // namespace ferry
