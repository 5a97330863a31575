// SPDX-License-Identifier: Apache-2.0
// The third-party updates of a point as SCUP cabinets, ready to be sent: each is made once for a state of the feeds, by
// a thread of its own, and kept in a file until another state has one.
//
//   catalog.cab, catalog-v1.cab              of all feeds that are served, form V2 and V1
//   FEED/catalog.cab, FEED/catalog-v1.cab    of one of them
//
// catalog.cab is there without being asked for; the others are made when they are first asked for, also by an earlier
// process. From then on each follows the catalog. While one is made, its older file is what there is.
#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/http_server.h"
#include "format/catalog/serving.h"
#include "format/catalog_pool.h"
#include "format/scup_writer.h"

namespace ferry::format {

struct ScupShelfOptions {
  std::filesystem::path folder;        // made when it is needed; nothing else may lie in it
  std::vector<std::string> own_feeds;  // names of the point's own feeds that are served, beside those it follows
  // Told what went wrong and what had to be left out; another thread calls it; must not throw.
  std::function<void(const std::string&)> report = [](const std::string&) {};
  std::chrono::milliseconds look_every = std::chrono::seconds(10);  // whether the feeds moved on
};

class ScupShelf {
 public:
  // `catalogs` must outlive it. Throws nothing that is not of memory or threads: trouble is reported.
  ScupShelf(CatalogPool& catalogs, ScupShelfOptions options);
  // Gives up a catalog that is being laid out; one that is being packed is finished first.
  ~ScupShelf();
  ScupShelf(const ScupShelf&) = delete;
  ScupShelf& operator=(const ScupShelf&) = delete;

  enum class State {
    here,
    being_made,  // come again
    failed,      // the report says why; it is tried again later
    empty,       // the feeds hold no SDP document
    unknown,     // no catalog is called that
  };
  struct Found {
    State state = State::unknown;
    std::optional<HttpFile> file;  // when it is here
  };
  // `name` as above, in lower case; untrusted. Several threads may ask at once. Throws as Catalog::open() does.
  [[nodiscard]] Found find(std::string_view name);

 private:
  struct Name {
    std::string feed;  // empty: all
    ScupForm form = ScupForm::v2;
    auto operator<=>(const Name&) const = default;
  };
  struct Entry {
    std::string made_for;        // state of the feeds; empty: nothing was made yet
    std::filesystem::path file;  // empty: there was nothing to write
    std::string failed_for;      // a later state, not tried again before `try_after`
    std::chrono::steady_clock::time_point try_after{};
  };

  [[nodiscard]] static std::optional<Name> parse_name(std::string_view name);
  [[nodiscard]] static std::optional<Name> parse_file(const std::filesystem::path& file);
  [[nodiscard]] std::filesystem::path file_of(const Name& name, std::string_view state) const;
  [[nodiscard]] std::vector<ServedFeed> feeds_of(Catalog& catalog, const Name& name) const;

  void work();
  void take_stock();
  void follow(const Name& name);
  [[nodiscard]] bool is_due(const Name& name, const std::string& state);
  [[nodiscard]] bool make(Catalog& catalog, const std::filesystem::path& file, ScupForm form);
  void settle(const Name& name, const std::string& state, const std::filesystem::path& file);
  void report(const Name& name, std::string_view trouble);
  [[nodiscard]] bool is_stopping();

  CatalogPool& catalogs_;
  ScupShelfOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_awake_ = true;
  bool stops_ = false;
  std::map<Name, Entry> entries_;
  std::string last_report_;  // of the worker alone
  std::thread worker_;
};

}  // namespace ferry::format
