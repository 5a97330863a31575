// SPDX-License-Identifier: Apache-2.0
#include "format/change_report.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/documents.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/importance.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

// What one update may fill of a page. Real titles have up to 250 bytes.
constexpr std::size_t max_title_bytes = 300;
constexpr std::size_t max_name_bytes = 120;
constexpr std::size_t max_texts_of_one = 100;  // articles or CVEs
constexpr std::size_t max_texts = 20'000;
constexpr std::size_t max_groups = 1000;

std::uint64_t added(std::uint64_t left, std::uint64_t right) {
  return left > UINT64_MAX - right ? UINT64_MAX : left + right;  // sizes are publishers' claims
}

BoundedTexts bounded(const std::vector<std::string>& texts) {
  BoundedTexts result;
  for (const std::string& text : texts) {
    if (result.texts.size() < max_texts_of_one)
      result.texts.push_back(for_terminal(text, max_name_bytes));
    else
      ++result.unlisted;
  }
  return result;
}

struct IdHash {
  std::size_t operator()(const UpdateId& id) const noexcept { return std::hash<std::string_view>()(id.bytes()); }
};

// A set of texts that stops growing.
class TextSet {
 public:
  void add(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (texts_.size() < max_texts)
        texts_.insert(for_terminal(text, max_name_bytes));
      else if (texts_.count(for_terminal(text, max_name_bytes)) == 0)
        ++beyond_;
    }
  }
  [[nodiscard]] BoundedTexts take() const { return {{texts_.begin(), texts_.end()}, beyond_}; }

 private:
  std::set<std::string> texts_;
  std::uint64_t beyond_ = 0;
};

// Groups by name, counted.
class GroupCounter {
 public:
  ChangeCounts& operator[](const std::string& name) { return groups_[name]; }
  [[nodiscard]] ChangeGroups take() {
    ChangeGroups result;
    for (auto& [name, counts] : groups_) result.groups.push_back({name, counts});
    std::stable_sort(result.groups.begin(), result.groups.end(), [](const ChangeGroup& left, const ChangeGroup& right) {
      return left.counts.total() > right.counts.total();
    });
    if (result.groups.size() > max_groups) {
      result.unlisted = result.groups.size() - max_groups;
      result.groups.resize(max_groups);
    }
    return result;
  }

 private:
  std::map<std::string, ChangeCounts> groups_;
};

}  // namespace

void ChangeCounts::count(UpdateChange::Kind kind) {
  switch (kind) {
    case UpdateChange::Kind::added:
      ++added;
      break;
    case UpdateChange::Kind::changed:
      ++changed;
      break;
    case UpdateChange::Kind::expired:
      ++expired;
      break;
    case UpdateChange::Kind::removed:
      ++removed;
      break;
  }
}

std::string_view explain(std::optional<DropReason> reason) {
  if (!reason) return "the feed began anew without it";
  switch (*reason) {
    case DropReason::replaced:
      return "another revision took its place";
    case DropReason::removed:
      return "its source no longer offers it";
    case DropReason::deselected:
      return "the feed's criteria no longer choose it";
  }
  return "unknown";
}

std::string BoundedTexts::joined(std::size_t shown, std::string_view separator, std::string_view more) const {
  const std::size_t count = std::min(shown, texts.size());
  std::string line = fmt::format("{}", fmt::join(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(count), separator));
  const std::uint64_t others = texts.size() - count + unlisted;
  if (others > 0) line += fmt::format(fmt::runtime(more), format_count(others));
  return line;
}

class ChangeReporter::Gathering {
 public:
  Gathering(ChangeKnowledge knowledge, std::size_t max_listed)
      : knowledge_(std::move(knowledge)), max_listed_(max_listed) {}

  void put(const RevisionId& id, std::string_view document) {
    Update update = parse_document(document);
    update.id = id;
    const auto kind =
        update.state == PublicationState::expired ? UpdateChange::Kind::expired : UpdateChange::Kind::added;
    // Of two revisions of an update, which follow each other, the later one counts.
    if (!entries_.empty() && entries_.back().id.update == id.update) forget_last();
    add(kind, update, document.size());
  }

  void drop(const RevisionId& id, DropReason reason) {
    if (reason == DropReason::replaced) {
      replaced_.push_back(id.update);
    } else if (!drops_.empty() && drops_.back().first.update == id.update) {
      drops_.back() = {id, reason};
    } else {
      drops_.emplace_back(id, reason);
    }
  }

  void change(UpdateChange::Kind kind, const RevisionId& id, std::string_view document,
              std::optional<DropReason> reason) {
    Update update = parse_document(document);
    update.id = id;
    if (kind == UpdateChange::Kind::removed)
      remove(id, reason, &update);
    else
      add(kind, update, document.size());
  }

  ChangeReport finish(const Manifest& manifest) {
    report_.manifest = manifest;
    report_.manifest.volumes.clear();
    report_.knows_catalog = static_cast<bool>(knowledge_.category);
    settle_drops();
    settle_parts();
    GroupCounter products;
    GroupCounter classifications;
    GroupCounter severities;
    for (const Entry& entry : entries_) {
      if (entry.is_part) continue;
      count(report_.counts, entry);
      count(severities[severity_names_[entry.severity]], entry);
      for (const std::string& name : names(entry, CategoryType::classification, "no classification"))
        count(classifications[name], entry);
      for (const std::string& name : names(entry, CategoryType::product, "no product")) count(products[name], entry);
    }
    report_.products = products.take();
    report_.classifications = classifications.take();
    report_.severities = by_severity(severities.take());
    report_.kb_articles = kb_articles_.take();
    report_.cves = cves_.take();
    list_changes();
    list_removals();
    return std::move(report_);
  }

 private:
  // What is kept of every update. Lists lie one behind the other in vectors that all entries share.
  struct Entry {
    RevisionId id;
    UpdateChange::Kind kind = UpdateChange::Kind::added;
    std::uint32_t severity = 0;
    std::size_t categories_at = 0;
    std::size_t category_count = 0;
    std::size_t children_at = 0;
    std::size_t child_count = 0;
    std::uint64_t document_bytes = 0;
    std::uint64_t payload_bytes = 0;
    bool is_part = false;     // of a bundled update, which is what people see
    bool is_settled = false;  // payload_bytes has that of its parts
  };
  struct Facts {
    ReportedChange change;
    Importance importance;
  };
  struct MoreImportant {
    bool operator()(const Facts& left, const Facts& right) const {
      if (left.importance != right.importance) return left.importance > right.importance;
      return left.change.id < right.change.id;
    }
  };

  void add(UpdateChange::Kind kind, const Update& update, std::uint64_t document_bytes) {
    if (update.type == UpdateType::category || update.type == UpdateType::detectoid) {
      ++report_.supporting;
      if (update.type == UpdateType::category)
        own_categories_[update.id.update] = {
            update.id.update, update.category_type, for_terminal(update.title(), max_name_bytes), {}};
      return;
    }
    index(kind, update, document_bytes);
    kb_articles_.add(update.kb_articles);
    cves_.add(update.cves);
    list(kind, update, document_bytes);
  }

  void index(UpdateChange::Kind kind, const Update& update, std::uint64_t document_bytes) {
    Entry entry;
    entry.id = update.id;
    entry.kind = kind;
    entry.severity = severity_of(update.severity);
    entry.document_bytes = document_bytes;
    for (const FileFact& file : update.files) entry.payload_bytes = added(entry.payload_bytes, file.size);
    entry.categories_at = categories_.size();
    for (const UpdateId& category : update.categories()) {
      const auto begin = categories_.begin() + static_cast<std::ptrdiff_t>(entry.categories_at);
      if (std::find(begin, categories_.end(), category) == categories_.end()) categories_.push_back(category);
    }
    entry.category_count = categories_.size() - entry.categories_at;
    for (const NamedCategory& named : update.named_categories)
      own_categories_.emplace(named.id,
                              NamedCategory{named.id, named.type, for_terminal(named.name, max_name_bytes), {}});
    entry.children_at = children_.size();
    for (const BundleGroup& group : update.bundled) {
      for (const RevisionId& child : group.any_of) children_.push_back(child.update);
    }
    entry.child_count = children_.size() - entry.children_at;
    entries_.push_back(entry);
  }

  void list(UpdateChange::Kind kind, const Update& update, std::uint64_t document_bytes) {
    Facts facts;
    facts.importance = importance_of(update);
    ReportedChange& change = facts.change;
    change.kind = kind;
    change.id = update.id;
    change.title = for_terminal(update.title(), max_title_bytes);
    change.severity = for_terminal(update.severity, max_name_bytes);
    change.created = for_terminal(facts.importance.created);
    change.kb_articles = bounded(update.kb_articles);
    change.cves = bounded(update.cves);
    change.document_bytes = document_bytes;
    change.is_security = facts.importance.is_security;
    // Whether one without a category is part of another is known at the end; the many parts must crowd nobody out.
    auto& place = facts_[update.categories().empty() ? 1 : 0];
    place.insert(std::move(facts));
    if (place.size() > max_listed_) place.erase(std::prev(place.end()));
  }

  // Of an update that was put twice.
  void forget_last() {
    const RevisionId id = entries_.back().id;
    for (auto& place : facts_) std::erase_if(place, [&id](const Facts& facts) { return facts.change.id == id; });
    categories_.resize(entries_.back().categories_at);
    children_.resize(entries_.back().children_at);
    entries_.pop_back();
  }

  void remove(const RevisionId& id, std::optional<DropReason> reason, const Update* update) {
    if (update != nullptr && (update->type == UpdateType::category || update->type == UpdateType::detectoid)) {
      ++report_.supporting;
      return;
    }
    // Titles for more than will be listed, since parts are told from the rest at the end.
    std::string title;
    if (update != nullptr && leaving_.size() < 2 * max_listed_) title = for_terminal(update->title(), max_title_bytes);
    leaving_.push_back({id, std::move(title), reason});
    if (update == nullptr) {
      ++report_.counts.removed;
      return;
    }
    index(UpdateChange::Kind::removed, *update, 0);
    entries_.back().payload_bytes = 0;  // what leaves brings none
  }

  void list_removals() {
    for (ReportedRemoval& removal : leaving_) {
      const Entry* entry = find_entry(removal.id.update);
      if (entry != nullptr && entry->is_part) continue;
      ++report_.reasons[std::string(explain(removal.reason))];
      if (report_.removals.size() < max_listed_)
        report_.removals.push_back(std::move(removal));
      else
        ++report_.unlisted_removals;
    }
  }

  void settle_drops() {
    std::sort(replaced_.begin(), replaced_.end());
    std::vector<UpdateId> came;
    came.reserve(entries_.size());
    for (Entry& entry : entries_) {
      came.push_back(entry.id.update);
      if (entry.kind == UpdateChange::Kind::added &&
          std::binary_search(replaced_.begin(), replaced_.end(), entry.id.update))
        entry.kind = UpdateChange::Kind::changed;
    }
    std::sort(came.begin(), came.end());
    for (const auto& [id, reason] : drops_) {
      if (std::binary_search(came.begin(), came.end(), id.update)) continue;
      const auto document = knowledge_.document ? knowledge_.document(id) : std::nullopt;
      if (!document) {
        remove(id, reason, nullptr);
        continue;
      }
      Update update = parse_document(*document);
      update.id = id;
      remove(id, reason, &update);
    }
  }

  Entry* find_entry(const UpdateId& update) {
    const auto entry = std::lower_bound(entries_.begin(), entries_.end(), update,
                                        [](const Entry& left, const UpdateId& id) { return left.id.update < id; });
    return entry == entries_.end() || entry->id.update != update ? nullptr : &*entry;
  }

  // Its files and those of its parts; each entry is settled once, so that no knot of references costs more.
  std::uint64_t settled_payload(Entry& entry, unsigned depth) {
    constexpr unsigned max_depth = 16;
    if (entry.is_settled || depth == max_depth) return entry.payload_bytes;
    entry.is_settled = true;
    for (std::size_t i = 0; i < entry.child_count; ++i) {
      Entry* child = find_entry(children_[entry.children_at + i]);
      if (child == nullptr || child == &entry) continue;
      child->is_part = child->category_count == 0;
      entry.payload_bytes = added(entry.payload_bytes, settled_payload(*child, depth + 1));
    }
    return entry.payload_bytes;
  }

  void settle_parts() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& left, const Entry& right) { return left.id < right.id; });
    for (Entry& entry : entries_) settled_payload(entry, 0);
    for (const Entry& entry : entries_) {
      if (!entry.is_part) continue;
      ++report_.parts;
      report_.counts.document_bytes += entry.document_bytes;  // they travel with what they are parts of
    }
  }

  std::uint32_t severity_of(const std::string& severity) {
    const std::string name = severity.empty() ? "none given" : for_terminal(severity, max_name_bytes);
    const auto known = severities_.find(name);
    if (known != severities_.end()) return known->second;
    // An open list, but not an endless one.
    if (severity_names_.size() == max_groups) return 0;
    severity_names_.push_back(name);
    return severities_[name] = static_cast<std::uint32_t>(severity_names_.size() - 1);
  }

  const NamedCategory& category(const UpdateId& id) {
    const auto own = own_categories_.find(id);
    if (own != own_categories_.end()) return own->second;
    NamedCategory found{id, CategoryType::product, id.text(), {}};
    if (const auto title = known_classification_title(id)) {
      found = {id, CategoryType::classification, std::string(*title), {}};
    } else if (knowledge_.category) {
      if (auto known = knowledge_.category(id)) {
        found = std::move(*known);
        found.name = for_terminal(found.name, max_name_bytes);
      }
    }
    return own_categories_.emplace(id, std::move(found)).first->second;
  }

  // Names of an entry's categories of this type; families and companies say less than products.
  std::vector<std::string> names(const Entry& entry, CategoryType type, const std::string& none) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < entry.category_count; ++i) {
      const NamedCategory& known = category(categories_[entry.categories_at + i]);
      const CategoryType as = known.type == CategoryType::none ? CategoryType::product : known.type;
      if (as == type) found.push_back(known.name);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.empty() && !none.empty()) found.push_back(none);
    return found;
  }

  static void count(ChangeCounts& counts, const Entry& entry) {
    counts.count(entry.kind);
    counts.document_bytes += entry.document_bytes;
    counts.payload_bytes = added(counts.payload_bytes, entry.payload_bytes);
  }

  static ChangeGroups by_severity(ChangeGroups groups) {
    std::stable_sort(groups.groups.begin(), groups.groups.end(), [](const ChangeGroup& left, const ChangeGroup& right) {
      return severity_rank(left.name) > severity_rank(right.name);
    });
    return groups;
  }

  void list_changes() {
    for (auto facts = facts_[1].begin(); facts != facts_[1].end();) {
      auto moved = facts_[1].extract(facts++);
      const Entry* entry = find_entry(moved.value().change.id.update);
      if (entry != nullptr && !entry->is_part) facts_[0].insert(std::move(moved));
    }
    while (!facts_[0].empty() && report_.changes.size() < max_listed_) {
      ReportedChange change = std::move(facts_[0].extract(facts_[0].begin()).value().change);
      const Entry* entry = find_entry(change.id.update);
      if (entry == nullptr || entry->is_part) continue;
      change.kind = entry->kind;
      change.payload_bytes = entry->payload_bytes;
      change.products = names(*entry, CategoryType::product, "");
      change.classifications = names(*entry, CategoryType::classification, "");
      report_.changes.push_back(std::move(change));
    }
    const ChangeCounts& counts = report_.counts;
    report_.unlisted_changes = counts.added + counts.changed + counts.expired - report_.changes.size();
  }

  ChangeKnowledge knowledge_;
  std::size_t max_listed_;
  ChangeReport report_;
  std::vector<Entry> entries_;
  std::vector<UpdateId> categories_;
  std::vector<UpdateId> children_;
  std::unordered_map<UpdateId, NamedCategory, IdHash> own_categories_;
  std::map<std::string, std::uint32_t> severities_;
  std::vector<std::string> severity_names_;
  std::array<std::multiset<Facts, MoreImportant>, 2> facts_;  // of updates with a category, and without
  TextSet kb_articles_;
  TextSet cves_;
  std::vector<UpdateId> replaced_;
  std::vector<std::pair<RevisionId, DropReason>> drops_;
  std::vector<ReportedRemoval> leaving_;
};

ChangeReporter::ChangeReporter(ChangeKnowledge knowledge, std::size_t max_listed)
    : gathering_(std::make_unique<Gathering>(std::move(knowledge), max_listed)) {}
ChangeReporter::~ChangeReporter() = default;

void ChangeReporter::record(const Record& record) {
  if (record.kind == Record::Kind::put) gathering_->put(record.id, record.document);
  if (record.kind == Record::Kind::drop) gathering_->drop(record.id, record.reason);
}

void ChangeReporter::change(UpdateChange::Kind kind, const RevisionId& id, std::string_view document,
                            std::optional<DropReason> reason) {
  gathering_->change(kind, id, document, reason);
}

ChangeReport ChangeReporter::finish(const Manifest& manifest) { return gathering_->finish(manifest); }

ChangeReport report_chunks(const Manifest& manifest, const std::filesystem::path& spool, const LoadReference& load,
                           ChangeKnowledge knowledge) {
  ChangeReporter reporter(std::move(knowledge));
  visit_spooled(manifest, spool, load, [&reporter](const Record& record) { reporter.record(record); });
  return reporter.finish(manifest);
}

ChangeKnowledge knowledge_of(Catalog& catalog) {
  const auto documents = std::make_shared<Documents>(catalog);
  return {[&catalog](const UpdateId& id) { return find_category(catalog, id); },
          [&catalog, documents](const RevisionId& id) -> std::optional<std::string> {
            const std::vector<RevisionRow> rows = revisions_of(catalog, id.update, false);
            if (rows.empty()) return {};
            return documents->load(rows.front());
          }};
}

ChangeReport report_changes(Catalog& catalog, const Manifest& manifest, const Feed& feed,
                            const std::vector<UpdateChange>& changes) {
  ChangeReporter reporter(knowledge_of(catalog));
  Documents documents(catalog);
  for (const UpdateChange& change : changes) {
    const RevisionRow row = change.after != 0 ? change.after : change.before;
    if (row == 0) continue;
    reporter.change(change.kind, identity(catalog, row), documents.load(row),
                    change.after != 0 ? std::nullopt : drop_reason(catalog, feed, row));
  }
  return reporter.finish(manifest);
}

}  // namespace ferry::format
