// SPDX-License-Identifier: Apache-2.0
// What a package of `wsusutil export` says besides its documents, in both of its forms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/update.h"

namespace ferry::format::wsus {

// Texts of what was read are untrusted.
struct PackageLanguage {
  std::string lcid;        // decimal; "0" is all
  std::string short_name;  // "en", "pt-br"
  std::string long_name;
  bool is_enabled = true;
};

struct PackageHeader {
  std::string server_id;
  std::string created;
  std::string format_version;
  std::string protocol_version;
  std::vector<PackageLanguage> languages;
};

struct PackageFile {
  std::string sha1;  // 20 bytes
  std::string url;
  std::string name;
};

// One entry of the index: a revision with its files and the categories that its prerequisites name.
struct PackageEntry {
  RevisionId id;
  std::vector<std::string> files;  // SHA-1, 20 bytes
  std::vector<UpdateId> products;
  std::vector<UpdateId> classifications;
};

}  // namespace ferry::format::wsus
