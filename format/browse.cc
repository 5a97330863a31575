// SPDX-License-Identifier: Apache-2.0
#include "format/browse.h"

#include <map>
#include <memory>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/text.h"
#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"
#include "format/decision_commands.h"
#include "format/document.h"
#include "format/point.h"
#include "format/tree_command.h"

namespace ferry::format {
namespace {

struct ListOptions {
  std::string what = "updates";
  ListFilter filter;
  std::string type;
  std::string state;
  std::string count_by;
  std::string decision;
};

struct CheckOptions {
  std::string tree;
  bool all_files = false;
};

struct ShowOptions {
  std::string id;
  std::uint32_t revision = 0;
  bool document = false;
};

Json id_list(const std::vector<UpdateId>& ids) {
  Json list = Json::array();
  for (const UpdateId& id : ids) list.push_back(id.text());
  return list;
}

Json to_json(const ListedUpdate& update) {
  return Json{{"id", update.id.update.text()},
              {"revision", update.id.number},
              {"dialect", name_of(update.dialect)},
              {"type", name_of(update.type)},
              {"title", update.title},
              {"classification", update.classification()},
              {"products", update.products},
              {"companies", update.companies},
              {"state", name_of(update.state)},
              {"severity", update.severity},
              {"created", update.created},
              {"superseded", update.is_superseded},
              {"supersedes", update.supersedes},
              {"size", update.document_bytes},
              {"file_bytes", update.file_bytes},
              {"decision", name_of(update.standing)},
              {"hidden", update.is_hidden}};
}

std::string decision_cell(const ListedUpdate& update) {
  std::string cell(update.standing == DecisionStanding::undecided ? "" : name_of(update.standing));
  if (update.is_upstream && update.standing == DecisionStanding::approved) cell += " upstream";
  if (update.is_hidden) cell += cell.empty() ? "hidden" : ", hidden";
  return cell;
}

ListFilter complete_filter(const ListOptions& options) {
  ListFilter filter = options.filter;
  for (const UpdateType type :
       {UpdateType::software, UpdateType::driver, UpdateType::category, UpdateType::detectoid}) {
    if (name_of(type) == options.type) filter.type = type;
  }
  for (const PublicationState state : {PublicationState::published, PublicationState::expired}) {
    if (name_of(state) == options.state) filter.state = state;
  }
  for (const DecisionStanding standing : {DecisionStanding::undecided, DecisionStanding::suggested,
                                          DecisionStanding::approved, DecisionStanding::declined}) {
    if (name_of(standing) == options.decision) filter.standing = standing;
  }
  filter.only_hidden = options.decision == "hidden";
  return filter;
}

ExitCode count_updates(const Console& console, Catalog& catalog, const ListOptions& options) {
  std::map<std::string, std::uint64_t> counts;
  list_updates(catalog, complete_filter(options), [&](const ListedUpdate& update) {
    if (options.count_by == "classification") {
      for (const std::string& name : update.classifications) ++counts[name];
    } else if (options.count_by == "product") {
      for (const std::string& name : update.products) ++counts[name];
    } else if (options.count_by == "type") {
      ++counts[std::string(name_of(update.type))];
    } else {
      ++counts[std::string(name_of(update.state))];
    }
  });
  Json json = Json::object();
  Table table({options.count_by, "updates"});
  table.right_align(1);
  for (const auto& [name, count] : counts) {
    json[name] = count;
    table.row({for_terminal(name), format_count(count)});
  }
  console.emit(Json{{"version", 1}, {"counts", json}});
  table.print(console);
  return ExitCode::done;
}

ExitCode list_the_updates(const Console& console, Catalog& catalog, const ListOptions& options) {
  if (!options.count_by.empty()) return count_updates(console, catalog, options);
  // Written as it is read: a catalog of 600,000 updates must not stand in memory.
  bool is_first = true;
  std::uint64_t count = 0;
  Table table({"title", "classification", "product", "state", "decision", "id", "rev"});
  for (const std::size_t column : {1U, 2U, 4U}) table.make_optional(column);
  table.keep_whole(5);
  constexpr std::uint64_t rows_kept_for_width = 100'000;
  if (console.json) console.raw("{\n\"version\": 1,\n\"updates\": [");
  list_updates(catalog, complete_filter(options), [&](const ListedUpdate& update) {
    ++count;
    if (console.json) {
      console.raw(is_first ? "\n" : ",\n");
      console.item(to_json(update));
      is_first = false;
      return;
    }
    if (count > rows_kept_for_width) return;
    const std::string classification = update.type == UpdateType::category ? std::string(name_of(update.category_type))
                                       : update.type == UpdateType::detectoid ? "detectoid"
                                                                              : update.classification();
    const std::string state = update.state == PublicationState::expired ? "expired"
                              : update.is_superseded                    ? "superseded"
                                                                        : "";
    table.row({for_terminal(update.title), for_terminal(classification),
               for_terminal(update.products.empty() ? "" : update.products.front()), state, decision_cell(update),
               update.id.update.text(), fmt::format("{}", update.id.number)});
  });
  if (console.json) console.raw("\n]\n}\n");
  if (!table.empty()) table.print(console);
  if (count > rows_kept_for_width)
    console.say(fmt::format("… the first {} of {}; use --text, --product or --json", format_count(rows_kept_for_width),
                            format_count(count)));
  console.say(counted(count, "update", "updates"));
  return count == 0 ? ExitCode::not_found : ExitCode::done;
}

ExitCode list_the_categories(const Console& console, Catalog& catalog, CategoryKind kind) {
  Json json = Json::array();
  Table table({"name", "kind", "belongs to", "updates", "first seen", "id"});
  table.right_align(3);
  for (const std::size_t column : {2U, 4U}) table.make_optional(column);
  table.keep_whole(5);
  for (const CategoryCount& category : list_categories(catalog, {})) {
    const bool is_classification = category.type == CategoryType::classification;
    if (is_classification != (kind == CategoryKind::classification)) continue;
    json.push_back(Json{{"id", category.id.text()},
                        {"name", category.name},
                        {"kind", name_of(category.type)},
                        {"parent", category.parent},
                        {"updates", category.updates},
                        {"first_seen", category.first_seen.text()}});
    table.row({for_terminal(category.name), std::string(name_of(category.type)), for_terminal(category.parent),
               format_count(category.updates), category.first_seen.text(), category.id.text()});
  }
  console.emit(Json{{"version", 1}, {kind == CategoryKind::classification ? "classifications" : "products", json}});
  if (!table.empty()) table.print(console);
  return json.empty() ? ExitCode::not_found : ExitCode::done;
}

RevisionRow find_shown(Catalog& catalog, const ShowOptions& options) {
  const auto id = Guid::parse(options.id);
  if (!id)
    throw UsageError(fmt::format("{} is not an update id; expected a GUID, as 'list' shows them", quote(options.id)));
  // What is held comes first; history can still be looked at by its revision number.
  for (const bool held_only : {true, false}) {
    for (const RevisionRow row : revisions_of(catalog, *id, held_only)) {
      if (options.revision == 0 || identity(catalog, row).number == options.revision) return row;
    }
  }
  throw NotFoundError(fmt::format("there is no update {}{} in this catalog; see: list", id->text(),
                                  options.revision == 0 ? "" : fmt::format(" revision {}", options.revision)));
}

void say_list(const Console& console, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::string line = fmt::format("{:<15}", name);
  for (std::size_t i = 0; i < values.size(); ++i) line += (i == 0 ? "" : ", ") + for_terminal(values[i]);
  console.say(line);
}

std::string reference(Catalog& catalog, const UpdateId& id) {
  const auto title = title_of(catalog, id);
  return title ? fmt::format("{}  {}", id.text(), for_terminal(*title)) : id.text() + "  (not in this catalog)";
}

void say_update(const Console& console, Catalog& catalog, const Update& update, const Json& json,
                const std::vector<std::string>& decisions) {
  console.say(title_line(update));
  const auto field = [&console](std::string_view name, std::string_view value) {
    if (!value.empty()) console.say(fmt::format("{:<15}{}", name, for_terminal(value)));
  };
  field("id", update.id.update.text());
  field("revision", fmt::format("{} ({})", update.id.number, name_of(update.dialect)));
  field("type", update.type == UpdateType::category ? name_of(update.category_type) : name_of(update.type));
  field("state", name_of(update.state));
  for (const std::string& decision : decisions) field("decision", decision);
  field("created", update.created);
  field("severity", update.severity);
  say_list(console, "classification", {json["classification"].get<std::string>()});
  say_list(console, "products", json["products"].get<std::vector<std::string>>());
  say_list(console, "KB", update.kb_articles);
  say_list(console, "bulletins", update.bulletins);
  say_list(console, "CVE", update.cves);
  say_list(console, "languages", update.languages);
  field("more", update.more_info_url);
  field("document", fmt::format("{}, SHA-256 {}", format_size(json["size"].get<std::uint64_t>()),
                                json["digest"].get<std::string>()));
  for (const PrerequisiteClause& clause : update.prerequisites) {
    if (clause.is_category) continue;
    console.say(clause.any_of.size() == 1 ? "needs" : "needs one of");
    for (const UpdateId& id : clause.any_of) console.say("  " + reference(catalog, id));
  }
  for (const BundleGroup& group : update.bundled) {
    console.say(group.any_of.size() == 1 ? "bundles" : "bundles one of");
    for (const RevisionId& id : group.any_of)
      console.say(fmt::format("  {}  (revision {})", reference(catalog, id.update), id.number));
  }
  if (!update.supersedes.empty()) console.say("supersedes");
  for (const UpdateId& id : update.supersedes) console.say("  " + reference(catalog, id));
  const std::vector<UpdateId> newer = superseded_by(catalog, update.id.update);
  if (!newer.empty()) console.say("superseded by");
  for (const UpdateId& id : newer) console.say("  " + reference(catalog, id));
  if (!update.files.empty()) console.say("files");
  for (const FileFact& file : update.files)
    console.say(fmt::format("  {}  {}{}  SHA-1 {}", for_terminal(file.name), format_size(file.size),
                            file.is_eula ? "  EULA " + for_terminal(file.language) : "", to_hex(file.sha1)));
  if (update.texts.empty()) return;
  std::string description = update.texts.front().description;
  for (const LocalizedText& text : update.texts) {
    if (equal_ignoring_case(text.language, update.default_language)) description = text.description;
  }
  if (!description.empty()) console.say("\n" + for_terminal(description, 4000));
}

ExitCode show(const Console& console, Catalog& catalog, const ShowOptions& options, UpstreamApprovals landing) {
  const RevisionRow row = find_shown(catalog, options);
  Documents documents(catalog);
  const std::string bytes = documents.load(row);
  if (options.document) {
    // Exact where a program reads it; a terminal would obey what a publisher wrote.
    console.raw(Console::is_terminal() ? lines_for_terminal(bytes) : bytes);
    return ExitCode::done;
  }
  Update update = parse_document(bytes);
  update.id = identity(catalog, row);
  Json json = to_json(update);
  // Categories of update documents are ids; their names are the catalog's knowledge.
  Json products = Json::array();
  Json classifications = Json::array();
  Json companies = Json::array();
  for (const CategoryCount& known : list_categories(catalog, {})) {
    for (const UpdateId& id : update.categories()) {
      if (known.id != id) continue;
      (known.type == CategoryType::classification ? classifications
       : known.type == CategoryType::company      ? companies
                                                  : products)
          .push_back(known.name);
    }
  }
  json["classification"] = classifications.empty() ? Json("") : classifications.front();
  json["products"] = products;
  json["companies"] = companies;
  json["superseded_by"] = id_list(superseded_by(catalog, update.id.update));
  json["digest"] = document_digest(catalog, row).hex();
  json["size"] = bytes.size();
  const Decision decision = decision_on(catalog, update.id.update, landing);
  json["local"] = to_json(decision, landing);
  if (console.json) {
    console.emit(json);
  } else {
    say_update(console, catalog, update, json, describe(decision, landing));
  }
  return ExitCode::done;
}

ExitCode check(const Console& console, Catalog& catalog) {
  const std::vector<std::string> findings = catalog.check();
  console.emit(Json{{"version", 1}, {"findings", findings}});
  for (const std::string& finding : findings) console.say(for_terminal(finding, 2000));
  console.say(findings.empty() ? "the catalog is sound"
                               : counted(findings.size(), "finding", "findings") + "; " + std::string(restore_hint));
  return findings.empty() ? ExitCode::done : ExitCode::failed;
}

}  // namespace

std::string title_line(const Update& update) { return for_terminal(update.title()); }

Json to_json(const Update& update) {
  Json texts = Json::array();
  for (const LocalizedText& text : update.texts)
    texts.push_back(Json{{"language", text.language}, {"title", text.title}, {"description", text.description}});
  Json prerequisites = Json::array();
  for (const PrerequisiteClause& clause : update.prerequisites)
    prerequisites.push_back(Json{{"any_of", id_list(clause.any_of)}, {"is_category", clause.is_category}});
  Json bundles = Json::array();
  for (const BundleGroup& group : update.bundled) {
    Json any_of = Json::array();
    for (const RevisionId& id : group.any_of) any_of.push_back(Json{{"id", id.update.text()}, {"revision", id.number}});
    bundles.push_back(Json{{"any_of", any_of}});
  }
  Json files = Json::array();
  for (const FileFact& file : update.files) {
    Json entry{{"name", file.name}, {"size", file.size}, {"sha1", to_hex(file.sha1)}};
    entry["sha256"] = file.sha256 ? Json(file.sha256->hex()) : Json(nullptr);
    entry["url"] = file.url;
    entry["is_eula"] = file.is_eula;
    entry["language"] = file.language;
    files.push_back(std::move(entry));
  }
  Json drivers = Json::array();
  for (const DriverFact& driver : update.drivers)
    drivers.push_back(Json{{"hardware_id", driver.hardware_id},
                           {"class", driver.device_class},
                           {"provider", driver.provider},
                           {"manufacturer", driver.manufacturer},
                           {"model", driver.model},
                           {"version", driver.version},
                           {"date", driver.date}});
  return Json{
      {"version", 1},
      {"id", update.id.update.text()},
      {"revision", update.id.number},
      {"dialect", name_of(update.dialect)},
      {"type", name_of(update.type)},
      {"category_type", update.type == UpdateType::category ? Json(name_of(update.category_type)) : Json(nullptr)},
      {"title", update.title()},
      {"texts", texts},
      {"state", name_of(update.state)},
      {"created", update.created},
      {"severity", update.severity},
      {"handler", update.handler},
      {"explicitly_deployable", update.explicitly_deployable},
      {"kb_articles", update.kb_articles},
      {"bulletins", update.bulletins},
      {"cves", update.cves},
      {"languages", update.languages},
      {"more_info_url", update.more_info_url},
      {"support_url", update.support_url},
      {"eula_id", update.eula_id},
      {"categories", id_list(update.categories())},
      {"prerequisites", prerequisites},
      {"bundles", bundles},
      {"supersedes", id_list(update.supersedes)},
      {"files", files},
      {"drivers", drivers}};
}

void add_browse_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  const auto catalog = [&point_option] {
    return Point(Point::choose_directory(point_option)).open_catalog(Database::Mode::read_only);
  };
  const auto landing = [&point_option] {
    return Point(Point::choose_directory(point_option)).config().import.approvals;
  };
  auto list = std::make_shared<ListOptions>();
  CLI::App& list_command =
      program.command("list", "List updates, products or classifications held here",
                      name + " list --product Firmware --json", [&console, catalog, landing, list] {
                        Catalog open = catalog();
                        if (list->filter.generation && list->what != "updates")
                          throw UsageError("--generation is for updates only");
                        if (list->what == "products") return list_the_categories(console, open, CategoryKind::product);
                        if (list->what == "classifications")
                          return list_the_categories(console, open, CategoryKind::classification);
                        list->filter.landing = landing();
                        return list_the_updates(console, open, *list);
                      });
  list_command.add_option("what", list->what, "updates (default), products or classifications")
      ->check(CLI::IsMember({"updates", "products", "classifications"}));
  CLI::Option* feed =
      list_command.add_option("--feed", list->filter.feed, "Only members of this feed")->type_name("FEED");
  list_command.add_option("--generation", list->filter.generation, "The members that the feed had at this generation")
      ->type_name("GENERATION")
      ->needs(feed);
  list->filter.prefer_followed = name == "ferry-import";
  list_command.add_option("--product", list->filter.product, "Only of this product, family or company (name or id)")
      ->type_name("NAME");
  list_command.add_option("--classification", list->filter.classification, "Only of this classification (name or id)")
      ->type_name("NAME");
  list_command.add_option("--text", list->filter.text, "Only with this text in the title");
  list_command.add_option("--type", list->type, "software, driver, category or detectoid")
      ->check(CLI::IsMember({"software", "driver", "category", "detectoid"}));
  list_command.add_option("--state", list->state, "published or expired")
      ->check(CLI::IsMember({"published", "expired"}));
  list_command.add_option("--count-by", list->count_by, "Only counts, by classification, product, type or state")
      ->check(CLI::IsMember({"classification", "product", "type", "state"}));
  list_command
      .add_option("--decision", list->decision, "Only these: approved, declined, undecided, suggested or hidden")
      ->check(CLI::IsMember({"approved", "declined", "undecided", "suggested", "hidden"}));
  list_command.add_flag("--hidden", list->filter.shows_hidden, "Hidden ones too");
  list_command.add_flag("--all-revisions", list->filter.all_revisions, "Not only the newest revision of each update");

  auto shown = std::make_shared<ShowOptions>();
  CLI::App& show_command = program.command("show", "Show all that is known of one update",
                                           name + " show 00004850-0000-0000-5350-000000065001 --document",
                                           [&console, catalog, landing, shown] {
                                             Catalog open = catalog();
                                             return show(console, open, *shown, landing());
                                           });
  show_command.add_option("id", shown->id, "Update id (GUID)")->type_name("ID")->required();
  show_command.add_option("--revision", shown->revision, "This revision instead of the newest");
  show_command.add_flag("--document", shown->document, "Print the document, byte for byte as its publisher wrote it");

  auto checked = std::make_shared<CheckOptions>();
  CLI::App& check_command = program.command(
      "check", "Read the whole catalog and verify every digest in it, or the files of a WsusContent tree",
      name + " check --content /srv/WsusContent", [&console, &point_option, catalog, checked] {
        if (!checked->tree.empty())
          return check_content(console, Point(Point::choose_directory(point_option)),
                               std::filesystem::absolute(checked->tree), checked->all_files);
        Catalog open = catalog();
        return check(console, open);
      });
  CLI::Option* tree = check_command
                          .add_option("--content", checked->tree,
                                      "Read the files of this WsusContent tree instead: missing, wrong, orphaned")
                          ->type_name("DIR");
  check_command.add_flag("--all-files", checked->all_files, "Every file that updates name, whatever the feeds carry")
      ->needs(tree);
}

}  // namespace ferry::format
