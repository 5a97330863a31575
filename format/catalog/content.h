// SPDX-License-Identifier: Apache-2.0
// What the catalog knows of payload and EULA files: which lie in the content store, which a feed wants, and
// which the sites of a series have. Names in WSUS are SHA-1; an SDP document says no SHA-256, so the one of its
// file is known only once the bytes were here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/catalog/feed_policy.h"
#include "format/catalog/feeds.h"
#include "format/content_store.h"
#include "format/importance.h"

namespace ferry::format {

// The file lies in the store. No-op for one that is known. Needs no transaction of its own.
void add_content(Catalog& catalog, const ContentFile& file, Time now);
void forget_content(Catalog& catalog, const Digest& sha256);
[[nodiscard]] std::optional<ContentFile> find_content(Catalog& catalog, const Digest& sha256);
// The file of this SHA-1 (20 bytes); of two, the one that came first.
[[nodiscard]] std::optional<ContentFile> find_content_named(Catalog& catalog, std::string_view sha1);
// By SHA-256, ascending.
void visit_content(Catalog& catalog, const std::function<void(const ContentFile&)>& visit);

// Updates whose files the policy `approved` carries, unless declined here: of an own feed those approved at this point,
// of a followed one those that its publisher approved and those approved here. Ascending.
[[nodiscard]] std::vector<UpdateId> approved_updates(Catalog& catalog, const Feed& feed, UpstreamApprovals upstream);

// A file that a feed wants; each is visited once. `sha256` is what a document says, `held` what lies here.
struct WantedFile {
  std::string sha1;  // 20 bytes
  std::optional<Digest> sha256;
  std::uint64_t size = 0;
  std::string name;  // untrusted
  std::string url;   // untrusted; empty where no document says one
  bool is_eula = false;
  UpdateId update;    // one that names it
  std::string title;  // of that one; untrusted
  std::optional<ContentFile> held;
};
void visit_wanted(Catalog& catalog, const Feed& feed, const ContentPolicy& policy,
                  const std::function<void(const WantedFile&)>& visit);

// For each file here that a member of the feed names: the most important of the updates that name it, or that bundle
// one which does, over all levels.
struct FileImportance {
  Importance importance;
  std::string title;  // of that update; untrusted
};
[[nodiscard]] std::map<Digest, FileImportance> file_importance(Catalog& catalog, const Feed& feed);

// A source says where the file of this SHA-1 can be downloaded now. Only for update documents, which never say it; what a
// package says itself stays.
// Needs a transaction.
void set_file_url(Catalog& catalog, std::string_view sha1, std::string_view url);

// Files of the content table that some document of the catalog names; what is not among them is an orphan.
[[nodiscard]] bool is_named(Catalog& catalog, const ContentFile& file);

// Files that every site of the series has which stands at generation `base` of the feed or later, or would have
// had to get there: each bundle that leads to it or beyond carried them or built on it. Empty for base 0.
[[nodiscard]] std::vector<Digest> files_at_sites(Catalog& catalog, std::string_view site, const Feed& feed,
                                                 std::uint64_t base);
// Files that some bundle of the series brought, whether a given site took it or not. Ascending.
[[nodiscard]] std::vector<Digest> files_ever_promised(Catalog& catalog, std::string_view site, const Feed& feed);
// Bytes of the files that a delta since `base` would carry, as an upper bound that costs no more than the delta: of the
// files that lie here and that the updates which came since name, those that the sites need not have. Languages, and
// what was approved or came here late for older updates, are not looked at.
[[nodiscard]] std::uint64_t estimate_file_bytes(Catalog& catalog, const Feed& feed, const ContentPolicy& policy,
                                                std::string_view site, std::uint64_t base);

// The bundle of this row of the export log, which leads to the feed's generation, promises these files: it
// carries them, or its base had them. What earlier bundles promised and this one does not is promised no more.
void promise_files(Catalog& catalog, std::string_view site, const Feed& feed, std::int64_t export_id,
                   const std::vector<Digest>& files);

}  // namespace ferry::format
