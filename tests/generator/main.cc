// SPDX-License-Identifier: Apache-2.0
//
// generate-catalog: makes a folder of update documents as it stands after some months, or moves a
// folder that it made before to another month. Documents are immutable, one file each, so that a
// run writes only what is missing and deletes only what is no longer there.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/generator/catalog_generator.h"
#include "tests/generator/random.h"

namespace ferry::tests {
namespace {

namespace fs = std::filesystem;

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 64;

constexpr std::string_view marker_name = ".generate-catalog";
constexpr std::string_view temporary_name = ".generate-catalog.tmp";

constexpr const char* usage =
    "usage: generate-catalog --seed S --revisions N --month M [options] DIR\n"
    "\n"
    "Makes DIR a folder of update documents as it stands after M months (0 is the start).\n"
    "Running it again with another M moves the same folder to that month.\n"
    "\n"
    "  --seed S              same seed, same bytes\n"
    "  --revisions N         documents in month 0, 50 to 10000000\n"
    "  --month M             0 to 1200\n"
    "  --delta PERCENT       documents that change in a month (default 2.0)\n"
    "  --max-document BYTES  largest document (default 1048576, at least 65536)\n"
    "  --quiet               no statistics at the end\n"
    "  --help                this text\n"
    "\n"
    "example: generate-catalog --seed 7 --revisions 20000 --month 1 --delta 0.5 /tmp/catalog\n";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Arguments {
  CatalogOptions options;
  std::uint32_t month = 0;
  bool quiet = false;
  bool help = false;
  fs::path folder;
};

std::string quoted(const fs::path& path) { return "\"" + path.string() + "\""; }

std::uint64_t parse_number(const std::string& option, std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < low || value > high) {
    throw UsageError(option + ": found \"" + std::string(text) + "\", expected a number from " + std::to_string(low) +
                     " to " + std::to_string(high));
  }
  return value;
}

// "2", "2.0" or "0.0125" percent in millionths. Not floating point: it would round.
std::uint32_t parse_percent(const std::string& option, std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  const bool valid =
      !whole.empty() && whole.size() <= 3 && part.size() <= 4 && (dot == std::string_view::npos || !part.empty()) &&
      std::all_of(whole.begin(), whole.end(), is_digit) && std::all_of(part.begin(), part.end(), is_digit);
  std::uint32_t value = 0;
  if (valid) {
    std::string digits(whole);
    digits.append(part).append(4 - part.size(), '0');
    value = static_cast<std::uint32_t>(std::stoul(digits));
  }
  if (!valid || value > 1'000'000) {
    throw UsageError(option + ": found \"" + std::string(text) + "\", expected 0 to 100 with at most four decimals");
  }
  return value;
}

Arguments parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  CatalogOptions& options = arguments.options;
  bool has_seed = false;
  bool has_revisions = false;
  bool has_month = false;
  bool has_folder = false;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    const auto value = [&]() -> const std::string& {
      if (at + 1 == words.size()) throw UsageError(word + ": expected a value");
      return words[++at];
    };
    if (word == "--help") {
      arguments.help = true;
      return arguments;
    } else if (word == "--quiet") {
      arguments.quiet = true;
    } else if (word == "--seed") {
      options.seed = parse_number("--seed", value(), 0, UINT64_MAX);
      has_seed = true;
    } else if (word == "--revisions") {
      options.revisions =
          parse_number("--revisions", value(), CatalogOptions::min_revisions, CatalogOptions::max_revisions);
      has_revisions = true;
    } else if (word == "--month") {
      arguments.month = static_cast<std::uint32_t>(parse_number("--month", value(), 0, CatalogOptions::max_month));
      has_month = true;
    } else if (word == "--delta") {
      options.delta_millionths = parse_percent("--delta", value());
    } else if (word == "--max-document") {
      options.max_document =
          parse_number("--max-document", value(), CatalogOptions::min_max_document, std::uint64_t{1} << 40U);
    } else if (word.empty() || word[0] == '-') {
      throw UsageError("unknown option \"" + word + "\"");
    } else if (has_folder) {
      throw UsageError("unexpected argument \"" + word + "\"");
    } else {
      arguments.folder = word;
      has_folder = true;
    }
  }
  if (!has_seed || !has_revisions || !has_month || !has_folder) {
    throw UsageError("--seed, --revisions, --month and DIR are needed");
  }
  return arguments;
}

// Everything that the bytes of a folder depend on, the month aside. The first line changes when
// the generator itself begins to write other bytes.
std::string marker_text(const CatalogOptions& options) {
  return "generate-catalog 1\nseed " + std::to_string(options.seed) + "\nrevisions " +
         std::to_string(options.revisions) + "\ndelta " + std::to_string(options.delta_millionths) +
         " millionths\nmax-document " + std::to_string(options.max_document) + "\n";
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || !file.is_open()) throw std::runtime_error("cannot read " + quoted(path));
  return text;
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ',');
  return text;
}

// Whether the path, relative to the folder, is one that the generator gives to a document:
// "ab/<guid>-r<digits>.xml", where the guid begins with "ab".
bool is_document_path(std::string_view path) {
  constexpr std::string_view pattern = "xx/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx-r";
  constexpr std::string_view ending = ".xml";
  if (path.size() <= pattern.size() + ending.size() || !path.ends_with(ending)) return false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool is_hex = std::string_view("0123456789abcdef").find(path[at]) != std::string_view::npos;
    if (pattern[at] == 'x' ? !is_hex : path[at] != pattern[at]) return false;
  }
  path.remove_suffix(ending.size());
  return path.substr(0, 2) == path.substr(3, 2) &&
         path.find_first_not_of("0123456789", pattern.size()) == std::string_view::npos;
}

std::uint64_t path_key(std::string_view path) {
  std::uint64_t key = 0;
  for (const char letter : path) key = hash_of(key, static_cast<unsigned char>(letter));
  return key;
}

struct Statistics {
  std::array<std::uint64_t, 6> by_type{};  // indexed by DocumentType
  std::uint64_t documents = 0;
  std::uint64_t bytes = 0;
  std::uint64_t expired = 0;
  std::uint64_t written = 0;
  std::uint64_t deleted = 0;

  void count(const DocumentName& name, std::uint64_t size) {
    ++by_type[static_cast<std::size_t>(name.type)];
    ++documents;
    bytes += size;
    if (name.expired) ++expired;
  }

  std::string line(std::uint32_t month) const {
    static constexpr const char* names[] = {"categories",     "detectoids", "bundles",
                                            "hidden bundles", "leaves",     "drivers"};
    std::string text = "month " + std::to_string(month) + ": " + std::to_string(documents) + " documents, " +
                       std::to_string(bytes) + " bytes:";
    for (std::size_t type = 0; type < by_type.size(); ++type) {
      text += (type == 0 ? " " : ", ") + std::to_string(by_type[type]) + " " + names[type];
    }
    return text + "; " + std::to_string(expired) + " expired; " + std::to_string(written) + " written, " +
           std::to_string(documents - written) + " kept, " + std::to_string(deleted) + " deleted";
  }
};

class FolderSource {
 public:
  // Creates the folder if it is missing. Throws std::runtime_error when it holds something that
  // the same options did not make.
  FolderSource(fs::path folder, const CatalogOptions& options) : folder_(std::move(folder)), generator_(options) {
    claim(marker_text(options));
  }

  Statistics move_to(std::uint32_t month) {
    Statistics statistics;
    std::vector<std::uint64_t> present;  // keys of the paths: memory stays small
    generator_.visit(
        month,
        [&](const DocumentName& name) {
          present.push_back(path_key(name.path));
          std::error_code missing;
          const std::uintmax_t size = fs::file_size(folder_ / name.path, missing);
          if (missing || size == 0) return true;
          statistics.count(name, size);
          return false;
        },
        [&](const DocumentName& name, std::string_view bytes) {
          const fs::path path = folder_ / name.path;
          fs::create_directory(path.parent_path());
          write_file(path, bytes);
          statistics.count(name, bytes.size());
          ++statistics.written;
        });
    std::sort(present.begin(), present.end());
    statistics.deleted = delete_others(present);
    return statistics;
  }

 private:
  void claim(const std::string& marker) const {
    fs::create_directories(folder_);
    const fs::path path = folder_ / marker_name;
    if (fs::exists(path)) {
      const std::string found = read_file(path);
      if (found == marker) {
        fs::remove(folder_ / temporary_name);
        return;
      }
      throw std::runtime_error(quoted(folder_) + " was made with other options: found \"" + one_line(found) +
                               "\", expected \"" + one_line(marker) + "\"");
    }
    // A first run that died may have left its temporary file, and nothing else.
    fs::remove(folder_ / temporary_name);
    if (!fs::is_empty(folder_)) {
      throw std::runtime_error(quoted(folder_) + " is not empty and has no " + std::string(marker_name) +
                               ": name an empty or a new folder");
    }
    write_file(path, marker);
  }

  // Never leaves a partial file under `path`: a later run would take it for complete.
  void write_file(const fs::path& path, std::string_view bytes) const {
    const fs::path temporary = folder_ / temporary_name;
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + quoted(temporary) + " for " + quoted(path));
    fs::rename(temporary, path);
  }

  // Deletes the documents whose keys are not in `present`, then folders that have become empty.
  std::uint64_t delete_others(const std::vector<std::uint64_t>& present) const {
    std::vector<fs::path> shelves;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      if (entry.is_directory() && entry.path().filename().string().size() == 2) {
        shelves.push_back(entry.path());
      }
    }
    std::uint64_t deleted = 0;
    for (const fs::path& shelf : shelves) {
      std::vector<fs::path> gone;
      for (const fs::directory_entry& entry : fs::directory_iterator(shelf)) {
        const std::string path = shelf.filename().string() + "/" + entry.path().filename().string();
        if (!is_document_path(path)) continue;
        if (!std::binary_search(present.begin(), present.end(), path_key(path))) {
          gone.push_back(entry.path());
        }
      }
      for (const fs::path& path : gone) fs::remove(path);
      deleted += gone.size();
      if (fs::is_empty(shelf)) fs::remove(shelf);
    }
    return deleted;
  }

  fs::path folder_;
  CatalogGenerator generator_;
};

int run(const std::vector<std::string>& words) {
  const Arguments arguments = parse_arguments(words);
  if (arguments.help) {
    std::fputs(usage, stdout);
    return exit_done;
  }
  FolderSource folder(arguments.folder, arguments.options);
  const Statistics statistics = folder.move_to(arguments.month);
  if (!arguments.quiet) std::puts(statistics.line(arguments.month).c_str());
  return exit_done;
}

}  // namespace
}  // namespace ferry::tests

int main(int count, char** words) {
  using namespace ferry::tests;
  try {
    return run(std::vector<std::string>(words + std::min(count, 1), words + count));
  } catch (const UsageError& error) {
    std::fprintf(stderr, "generate-catalog: %s\n\n%s", error.what(), usage);
    return exit_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate-catalog: %s\n", error.what());
    return exit_failed;
  }
}
