// SPDX-License-Identifier: Apache-2.0
#include "tests/property/property_support.h"

#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"

namespace ferry::tests {
namespace {

namespace fs = std::filesystem;

std::string clause_text(const Clause& clause) {
  std::string text = clause.is_category ? "<upd:AtLeastOne IsCategory=\"true\">" : "<upd:AtLeastOne>";
  for (const unsigned number : clause.any_of)
    text += fmt::format("<upd:UpdateIdentity UpdateID=\"{}\"/>", id(number).text());
  return text + "</upd:AtLeastOne>";
}

std::string category_name(format::CategoryType type) {
  switch (type) {
    case format::CategoryType::company:
      return "Company";
    case format::CategoryType::product_family:
      return "ProductFamily";
    case format::CategoryType::product:
      return "Product";
    case format::CategoryType::classification:
      return "UpdateClassification";
    case format::CategoryType::none:
      break;
  }
  return "";
}

std::string type_name(format::UpdateType type) {
  switch (type) {
    case format::UpdateType::software:
      return "Software";
    case format::UpdateType::driver:
      return "Driver";
    case format::UpdateType::category:
      return "Category";
    case format::UpdateType::detectoid:
      return "Detectoid";
  }
  return "";
}

}  // namespace

std::vector<std::uint64_t> seeds(std::initializer_list<std::uint64_t> fixed) {
  if (const char* chosen = std::getenv("FERRY_SEED")) return {std::strtoull(chosen, nullptr, 10)};
  return fixed;
}

std::string WorldRevision::bytes() const {
  if (is_package) return sdp_document(number, fmt::format("{} v{}.{}", title, revision, variant));
  DocumentSpec spec;
  spec.number = number;
  spec.revision = revision;
  spec.type = type_name(type);
  spec.category_type = category_name(category_type);
  spec.title = title;
  spec.state = expired ? "Expired" : "Published";
  spec.extra = fmt::format("variant {}", variant);
  if (!prerequisites.empty()) {
    spec.relations += "<upd:Prerequisites>";
    for (const Clause& clause : prerequisites) spec.relations += clause_text(clause);
    spec.relations += "</upd:Prerequisites>";
  }
  if (!bundled.empty()) {
    spec.relations += "<upd:BundledUpdates>";
    for (const auto& group : bundled) {
      spec.relations += "<upd:AtLeastOne>";
      for (const auto& [target, exact] : group)
        spec.relations +=
            fmt::format("<upd:UpdateIdentity UpdateID=\"{}\" RevisionNumber=\"{}\"/>", id(target).text(), exact);
      spec.relations += "</upd:AtLeastOne>";
    }
    spec.relations += "</upd:BundledUpdates>";
  }
  return update_document(spec);
}

World::World(std::uint64_t seed, WorldOptions options) : random_(hash_of(seed, 17)), options_(options) {
  using format::CategoryType;
  add_category(company, CategoryType::company, 0);
  add_category(family, CategoryType::product_family, company);
  for (unsigned number = first_product; number < first_classification; ++number)
    add_category(number, CategoryType::product, number % 2 == 0 ? family : company);
  for (unsigned number = first_classification; number < first_detectoid; ++number)
    add_category(number, CategoryType::classification, 0);
  for (unsigned number = first_detectoid; number < first_update; ++number) {
    WorldRevision detectoid;
    detectoid.number = number;
    detectoid.type = format::UpdateType::detectoid;
    detectoid.title = fmt::format("Detectoid {}", number);
    offer(detectoid);
  }
  for (unsigned i = 0; i < options_.updates; ++i) add_update();
}

void World::offer(WorldRevision revision) {
  revision.stored = ++stored_;
  const Identity identity{revision.number, revision.revision};
  known_[identity] = revision;
  offered_[identity] = std::move(revision);
}

void World::add_category(unsigned number, format::CategoryType type, unsigned parent) {
  WorldRevision category;
  category.number = number;
  category.type = format::UpdateType::category;
  category.category_type = type;
  category.title = fmt::format("Category {}", number);
  if (parent > 0) category.prerequisites.push_back({{parent}, true});
  offer(category);
}

unsigned World::newest(unsigned number) const {
  unsigned best = 0;
  for (const auto& [identity, revision] : offered_) {
    if (identity.first == number) best = std::max(best, identity.second);
  }
  return best;
}

void World::relate(WorldRevision& revision) {
  const auto some = [this](unsigned low, unsigned high) { return low + random_.below(high - low); };
  revision.prerequisites.push_back({{some(first_product, first_classification)}, true});
  revision.prerequisites.push_back({{some(first_classification, first_detectoid)}, true});
  if (random_.percent(40)) revision.prerequisites.push_back({{some(first_detectoid, first_update)}, false});
  if (random_.percent(30) && revision.number > first_update) {
    Clause clause{{some(first_update, revision.number)}, false};
    if (random_.percent(50)) clause.any_of.push_back(some(first_update, revision.number));
    revision.prerequisites.push_back(clause);
  }
  if (random_.percent(25) && revision.number > first_update) {
    const unsigned target = some(first_update, revision.number);
    revision.bundled.push_back({{target, std::max(1U, newest(target))}});
    if (random_.percent(40))
      revision.bundled.back().emplace_back(some(first_update, revision.number), 1 + random_.below(2));
    if (random_.percent(30)) revision.bundled.push_back({{some(first_update, revision.number), 1}});
  }
  if (options_.has_dangling && random_.percent(6))
    revision.prerequisites.push_back({{first_missing + random_.below(5)}, false});
  if (options_.has_dangling && random_.percent(6)) revision.bundled.push_back({{first_missing + random_.below(5), 1}});
}

void World::add_update() {
  WorldRevision update;
  update.number = next_++;
  update.title = fmt::format("Update {}", update.number);
  if (options_.has_packages && random_.percent(15)) {
    update.is_package = true;
  } else {
    if (random_.percent(25)) update.type = format::UpdateType::driver;
    relate(update);
  }
  offer(update);
}

// One thing that happens to an update in a month.
void World::change(unsigned number) {
  const unsigned last = newest(number);
  if (last == 0) {  // it was removed: it may return as it was
    const auto before = known_.lower_bound({number, 0});
    if (before != known_.end() && before->first.first == number) offered_[before->first] = before->second;
    return;
  }
  WorldRevision current = offered_.at({number, last});
  const std::uint32_t what = random_.below(100);
  if (what < 15) {  // withdrawn with all its revisions
    for (auto at = offered_.begin(); at != offered_.end();)
      at = at->first.first == number ? offered_.erase(at) : std::next(at);
  } else if (what < 40 || current.is_package) {  // other bytes under the same identity
    current.variant = ++stored_;
    offer(current);
  } else {  // a new revision; the old one may stay
    if (random_.percent(60)) offered_.erase({number, last});
    current.revision = last + 1 + random_.below(2);
    current.expired = what < 55;
    if (what > 80) {
      current.prerequisites.clear();
      current.bundled.clear();
      relate(current);
    }
    offer(current);
  }
}

void World::next_month() {
  const unsigned additions = random_.below(3);
  for (unsigned i = 0; i < additions; ++i) add_update();
  const unsigned changes = random_.below(5);
  for (unsigned i = 0; i < changes; ++i) change(first_update + random_.below(next_ - first_update));
  if (random_.percent(20)) ++layout_;
}

void World::write_to(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [identity, revision] : offered_)
    write(folder / fmt::format("{}-{}", identity.first, layout_) / fmt::format("r{}.xml", identity.second),
          revision.bytes());
}

std::map<format::RevisionId, std::string> members(const format::Point& point, bool imported) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  format::Documents documents(catalog);
  std::map<format::RevisionId, std::string> found;
  Query rows = catalog.database().query(
      "SELECT m.revision FROM member m JOIN feed f ON f.id = m.feed "
      "WHERE f.name = 'all' AND f.imported = ? AND m.until IS NULL",
      imported);
  while (rows.next()) {
    const bool is_new =
        found.emplace(format::identity(catalog, rows.integer(0)), documents.load(rows.integer(0))).second;
    if (!is_new) throw Error("a feed holds one identity twice");
  }
  return found;
}

Digest recomputed(const format::Point& point, bool imported) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const auto feed = format::find_feed(catalog, "all", imported);
  return feed ? format::recompute_state(catalog, feed->id) : format::empty_state();
}

ExitCode try_import(const format::Point& site, const std::vector<fs::path>& volumes, const Clock& clock) {
  try {
    static_cast<void>(import_volumes(site, volumes, clock));
    return ExitCode::done;
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace ferry::tests
