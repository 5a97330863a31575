// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "format/unchosen_report.h"
#include "format/catalog/documents.h"
#include "format/point.h"

namespace ferry::exporter {
namespace {

struct IgnoreOptions {
  std::vector<std::string> wishes;
  bool undo = false;
};

struct Ignorable {
  format::UpdateId id;
  format::CategoryType type = format::CategoryType::none;
  std::string name;
};

// Products and classifications of a name or id; a family or company stands for its products.
std::vector<Ignorable> find_categories(format::Catalog& catalog, const std::string& wish) {
  std::set<format::UpdateId> ids;
  for (const format::CategoryKind kind : {format::CategoryKind::product, format::CategoryKind::classification}) {
    for (const format::UpdateId& id : format::resolve_categories(catalog, {wish}, kind).ids) ids.insert(id);
  }
  std::vector<Ignorable> found;
  for (const format::CategoryCount& category : format::list_categories(catalog, {})) {
    const bool is_listed =
        category.type == format::CategoryType::product || category.type == format::CategoryType::classification;
    if (is_listed && ids.count(category.id) > 0) found.push_back({category.id, category.type, category.name});
  }
  return found;
}

// What is ignored may be known here no more, and can still be named by its id.
std::vector<Ignorable> find_ignored(format::Catalog& catalog, const std::string& wish) {
  std::vector<Ignorable> found = find_categories(catalog, wish);
  const auto id = Guid::parse(wish);
  if (found.empty() && id) {
    for (const format::IgnoredCategory& category : format::ignored_categories(catalog)) {
      if (category.id == *id) found.push_back({category.id, category.type, category.name});
    }
  }
  return found;
}

ExitCode list_ignored(const Console& console, const format::Point& point) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const auto ignored = format::ignored_categories(catalog);
  console.emit(Json{{"version", 1}, {"ignored", format::ignored_json(ignored)}});
  Table table({"name", "kind", "by", "since", "id"});
  table.keep_whole(4);
  for (const format::IgnoredCategory& category : ignored)
    table.row({for_terminal(category.name),
               category.type == format::CategoryType::none ? "not known any more" : std::string(name_of(category.type)),
               for_terminal(category.by), category.at.text(), category.id.text()});
  if (table.empty()) {
    console.say("nothing is ignored");
  } else {
    table.print(console);
  }
  return ExitCode::done;
}

ExitCode ignore(const Console& console, const std::string& point_option, const IgnoreOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  if (options.wishes.empty() && options.undo) throw UsageError("--undo: name what is to be shown again");
  if (options.wishes.empty()) return list_ignored(console, point);
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  const SystemClock clock;
  std::vector<Ignorable> changed;
  Transaction transaction(catalog.database());
  for (const std::string& wish : options.wishes) {
    const auto found = options.undo ? find_ignored(catalog, wish) : find_categories(catalog, wish);
    if (found.empty())
      throw NotFoundError(fmt::format(
          "no product and no classification is called {}; see: ferry-export list products, list classifications",
          quote(wish)));
    for (const Ignorable& category : found) {
      if (options.undo ? format::heed_category(catalog, category.id)
                       : format::ignore_category(catalog, category.id, user_name(), clock.now()))
        changed.push_back(category);
    }
  }
  transaction.commit();
  Json list = Json::array();
  for (const Ignorable& category : changed) {
    list.push_back(Json{{"id", category.id.text()}, {"kind", name_of(category.type)}, {"name", category.name}});
    console.say(fmt::format("{} {} {}  {}", options.undo ? "no longer ignored:" : "ignored:", name_of(category.type),
                            quote(category.name), category.id.text()));
  }
  const Json json{{"version", 1}, {"action", options.undo ? "heed" : "ignore"}, {"changed", list}, {"by", user_name()}};
  if (!changed.empty()) console.note(point.audit(clock, "ignore", json));
  console.emit(json);
  if (changed.empty()) console.say("nothing to do");
  catalog.database().checkpoint();
  return changed.empty() ? ExitCode::nothing_to_do : ExitCode::done;
}

}  // namespace

void add_ignore_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<IgnoreOptions>();
  CLI::App& command = program.command(
      "ignore", "Say no more of products and classifications that no feed chooses; without names, list what is ignored",
      "ferry-export ignore \"Contoso Printers\"",
      [&console, &point_option, options] { return ignore(console, point_option, *options); });
  command.add_option("category", options->wishes, "Products or classifications: names, Company/Product, or ids")
      ->type_name("NAME");
  command.add_flag("--undo", options->undo, "Tell of them again");
}

}  // namespace ferry::exporter
