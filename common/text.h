// SPDX-License-Identifier: Apache-2.0
// Text that comes from people or goes to them: checking, quoting, sizes. Byte strings are std::string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry {

// True for well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

// Makes untrusted text safe for one line of a terminal or a log: C0, C1, DEL, bidi controls, line
// separators and bytes that are not UTF-8 become \u{XX} or \x{XX}; a long text is cut at `max_bytes`.
[[nodiscard]] std::string for_terminal(std::string_view text, std::size_t max_bytes = 512);

// The same for text of many lines, whole.
[[nodiscard]] std::string lines_for_terminal(std::string_view text);

// JSON text with the same characters as \uXXXX, which any JSON reader takes back to what they were.
[[nodiscard]] std::string json_for_terminal(std::string_view json);

// for_terminal() in single quotes, for messages.
[[nodiscard]] std::string quote(std::string_view text);

// Only ASCII letters change; enough for GUIDs, keywords and the names in point.toml.
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Whole string, decimal, no sign, no leading "+"; nothing for anything else or when it does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;

// "4480MiB", "4GB", "650", "1.5GiB" (decimal and binary units, case does not matter) in bytes.
// Throws UsageError naming `what`.
[[nodiscard]] std::uint64_t parse_size(std::string_view text, std::string_view what);

// 1536 -> "1.5 KiB"; exact bytes below 1 KiB.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

// 28319 -> "28,319"
[[nodiscard]] std::string format_count(std::uint64_t count);

// How long ago, in its largest unit: "41 s", "12 min", "5 h", "1 day", "75 days".
[[nodiscard]] std::string format_age(std::int64_t seconds);

// "1 update", "3 updates"
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural);

// The number of terminal columns that UTF-8 text takes, near enough for tables (East Asian wide = 2).
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

// Cuts text to at most `columns` columns, ending in "…" when something was cut.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

}  // namespace ferry
