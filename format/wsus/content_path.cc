// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/content_path.h"

#include <algorithm>

#include "common/encoding.h"

namespace ferry::format::wsus {
namespace {

constexpr std::size_t sha1_hex_digits = 40;
constexpr std::size_t longest_extension = 16;

bool is_plain_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string upper_hex(std::string_view bytes) {
  std::string text = to_hex(bytes);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

bool is_extension(std::string_view text) {
  return !text.empty() && text.size() <= longest_extension && std::all_of(text.begin(), text.end(), &is_plain_letter);
}

}  // namespace

std::string content_path(std::string_view sha1, std::string_view name) {
  const std::string hex = upper_hex(sha1);
  std::string path = hex.substr(hex.size() - 2) + "/" + hex;
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos && is_extension(name.substr(dot + 1))) path.append(name.substr(dot));
  return path;
}

std::optional<std::string> sha1_of_content_path(std::string_view path) {
  constexpr std::size_t name_at = 3;
  if (path.size() < name_at + sha1_hex_digits || path[2] != '/') return {};
  const std::string_view extension = path.substr(name_at + sha1_hex_digits);
  if (!extension.empty() && (extension.front() != '.' || !is_extension(extension.substr(1)))) return {};
  const auto folder = from_hex(path.substr(0, 2));
  auto sha1 = from_hex(path.substr(name_at, sha1_hex_digits));
  if (!folder || !sha1 || folder->front() != sha1->back()) return {};
  return sha1;
}

}  // namespace ferry::format::wsus
