// SPDX-License-Identifier: Apache-2.0
#include "format/decision_commands.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"
#include "format/point.h"

namespace ferry::format {
namespace {

struct DecideOptions {
  std::vector<std::string> updates;
  std::string update;  // the one that a note is on
  bool suggested = false;
  std::string feed;
  std::optional<std::string> group;
  std::string deadline;
  std::optional<std::string> note;
};

struct DecisionsOptions {
  bool attention = false;
};

std::optional<Time> parse_deadline(const std::string& text) {
  if (text.empty()) return {};
  if (const auto time = Time::parse(text)) return time;
  if (const auto midnight = Time::parse(text + "T00:00:00Z")) return midnight;
  throw UsageError(fmt::format(
      "--deadline {}: expected a time such as 2026-12-24T18:00:00Z, or a date such as 2026-12-24", quote(text)));
}

UpdateId parse_id(const std::string& text) {
  if (const auto id = Guid::parse(text)) return *id;
  throw UsageError(fmt::format("{} is not an update id; expected a GUID, as 'list' shows them", quote(text)));
}

// One change of decisions: under the lock, in one transaction, logged.
class Desk {
 public:
  Desk(const Console& console, const std::string& point_option)
      : console_(console),
        point_(Point::choose_directory(point_option)),
        lock_(point_.lock()),
        landing_(point_.config().import.approvals),
        catalog_(point_.open_catalog(Database::Mode::read_write)),
        transaction_(catalog_.database()),
        verdict_{user_name(), SystemClock().now()} {}

  [[nodiscard]] Catalog& catalog() { return catalog_; }
  [[nodiscard]] UpstreamApprovals landing() const { return landing_; }
  [[nodiscard]] const Verdict& verdict() const { return verdict_; }

  // The update must be known here. An earlier decision may be about one that was pruned, and can be taken back.
  UpdateId known(const std::string& text, bool or_decided) {
    const UpdateId id = parse_id(text);
    if (title_of(catalog_, id)) return id;
    if (or_decided && decision_on(catalog_, id, UpstreamApprovals::ignore).is_local()) return id;
    throw NotFoundError(fmt::format("there is no update {} here; see: list", id.text()));
  }
  void done(const UpdateId& id, std::string_view what) {
    updates_.push_back(id.text());
    lines_.push_back(fmt::format("{} {}  {}", what, id.text(), for_terminal(title_of(catalog_, id).value_or(""), 90)));
  }
  ExitCode finish(std::string_view action, Json details = Json::object()) {
    transaction_.commit();
    Json json{{"version", 1}, {"action", action}, {"updates", updates_}, {"by", verdict_.by}};
    json.update(details);
    if (!updates_.empty()) console_.note(point_.audit(SystemClock(), action, json));
    console_.emit(json);
    for (const std::string& line : lines_) console_.say(line);
    if (updates_.empty()) console_.say("nothing to do");
    catalog_.database().checkpoint();
    return updates_.empty() ? ExitCode::nothing_to_do : ExitCode::done;
  }

 private:
  const Console& console_;
  Point point_;
  FileLock lock_;
  UpstreamApprovals landing_;
  Catalog catalog_;
  Transaction transaction_;
  Verdict verdict_;
  std::vector<std::string> updates_;
  std::vector<std::string> lines_;
};

// What publishers of followed feeds approved and nobody here decided about.
std::vector<UpdateId> suggested_updates(Desk& desk, const std::string& feed) {
  if (!feed.empty() && !find_feed(desk.catalog(), feed, true))
    throw NotFoundError(fmt::format("no feed {} is followed here", quote(feed)));
  // With `apply` they count already; taking them over makes them independent of the feed.
  const UpstreamApprovals landing =
      desk.landing() == UpstreamApprovals::apply ? UpstreamApprovals::suggest : desk.landing();
  std::vector<UpdateId> updates;
  for (const auto& [id, decision] : all_decisions(desk.catalog(), landing)) {
    if (decision.standing(landing) != DecisionStanding::suggested) continue;
    if (!feed.empty() && std::find(decision.upstream.begin(), decision.upstream.end(), feed) == decision.upstream.end())
      continue;
    updates.push_back(id);
  }
  return updates;
}

ExitCode approve(const Console& console, const std::string& point_option, const DecideOptions& options) {
  if (options.updates.empty() == !options.suggested) throw UsageError("name updates, or use --suggested");
  Approval approval;
  approval.deadline = parse_deadline(options.deadline);
  if (options.group) approval.group = *options.group;
  require_group(approval.group);
  if (options.note) require_note(*options.note);
  Desk desk(console, point_option);
  approval.verdict = desk.verdict();
  std::vector<UpdateId> updates;
  for (const std::string& text : options.updates) updates.push_back(desk.known(text, false));
  if (options.suggested) updates = suggested_updates(desk, options.feed);
  for (const UpdateId& id : updates) {
    approve_update(desk.catalog(), id, approval);
    if (options.note) note_update(desk.catalog(), id, {*options.note, desk.verdict()});
    desk.done(id, "approved");
  }
  return desk.finish("approve",
                     Json{{"group", approval.group},
                          {"deadline", approval.deadline ? Json(approval.deadline->text()) : Json(nullptr)}});
}

ExitCode decline(const Console& console, const std::string& point_option, const DecideOptions& options) {
  if (options.note) require_note(*options.note);
  Desk desk(console, point_option);
  for (const std::string& text : options.updates) {
    const UpdateId id = desk.known(text, false);
    decline_update(desk.catalog(), id, desk.verdict());
    if (options.note) note_update(desk.catalog(), id, {*options.note, desk.verdict()});
    desk.done(id, "declined");
  }
  return desk.finish("decline");
}

ExitCode hide(const Console& console, const std::string& point_option, const DecideOptions& options) {
  Desk desk(console, point_option);
  for (const std::string& text : options.updates) {
    const UpdateId id = desk.known(text, false);
    hide_update(desk.catalog(), id, desk.verdict());
    desk.done(id, "hidden");
  }
  return desk.finish("hide");
}

ExitCode unhide(const Console& console, const std::string& point_option, const DecideOptions& options) {
  Desk desk(console, point_option);
  for (const std::string& text : options.updates) {
    const UpdateId id = desk.known(text, true);
    if (unhide_update(desk.catalog(), id)) desk.done(id, "no longer hidden");
  }
  return desk.finish("unhide");
}

ExitCode undecide(const Console& console, const std::string& point_option, const DecideOptions& options) {
  Desk desk(console, point_option);
  for (const std::string& text : options.updates) {
    const UpdateId id = desk.known(text, true);
    if (undecide_update(desk.catalog(), id, options.group)) desk.done(id, "undecided");
  }
  return desk.finish("undecide", Json{{"group", options.group ? Json(*options.group) : Json(nullptr)}});
}

ExitCode write_note(const Console& console, const std::string& point_option, const DecideOptions& options) {
  require_note(*options.note);
  Desk desk(console, point_option);
  const UpdateId id = desk.known(options.update, true);
  note_update(desk.catalog(), id, {*options.note, desk.verdict()});
  desk.done(id, options.note->empty() ? "no longer noted" : "noted");
  return desk.finish("note");
}

ExitCode decisions(const Console& console, const std::string& point_option, const DecisionsOptions& options) {
  const Point point(Point::choose_directory(point_option));
  const UpstreamApprovals landing = point.config().import.approvals;
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const Snapshot snapshot(catalog.database());
  Json list = Json::array();
  Table table({"decision", "update", "look", "id"});
  table.make_optional(1);
  table.keep_whole(3);
  for (const auto& [id, decision] : all_decisions(catalog, landing)) {
    const Attention attention = attention_of(catalog, decision);
    if (options.attention && attention == Attention::none) continue;
    const std::string title = title_of(catalog, id).value_or("");
    Json entry{{"id", id.text()}, {"title", title}};
    entry.update(to_json(decision, landing));
    entry["attention"] = attention == Attention::none ? Json(nullptr) : Json(name_of(attention));
    list.push_back(std::move(entry));
    for (const std::string& line : describe(decision, landing))
      table.row({line, for_terminal(title), std::string(name_of(attention)), id.text()});
  }
  console.emit(Json{{"version", 1}, {"decisions", list}});
  if (!table.empty()) {
    table.print(console);
  } else {
    console.say(options.attention ? "no decision is about an update that is superseded, expired or no longer held"
                                  : "nothing was decided yet");
  }
  return ExitCode::done;
}

Json to_json(const std::optional<Verdict>& verdict) {
  return verdict ? Json{{"by", verdict->by}, {"at", verdict->at.text()}} : Json(nullptr);
}

std::string signature(const Verdict& verdict) {
  return fmt::format(" (by {}, {})", for_terminal(verdict.by), verdict.at.text());
}

}  // namespace

Json to_json(const Decision& decision, UpstreamApprovals landing) {
  Json approvals = Json::array();
  for (const Approval& approval : decision.approvals)
    approvals.push_back(Json{{"group", approval.group},
                             {"deadline", approval.deadline ? Json(approval.deadline->text()) : Json(nullptr)},
                             {"by", approval.verdict.by},
                             {"at", approval.verdict.at.text()}});
  Json json{{"decision", name_of(decision.standing(landing))},
            {"approvals", approvals},
            {"declined", to_json(decision.declined)},
            {"hidden", to_json(decision.hidden)}};
  json["note"] = decision.note ? Json{{"text", decision.note->text},
                                      {"by", decision.note->verdict.by},
                                      {"at", decision.note->verdict.at.text()}}
                               : Json(nullptr);
  json["upstream"] = decision.upstream;
  return json;
}

std::vector<std::string> describe(const Decision& decision, UpstreamApprovals landing) {
  std::vector<std::string> lines;
  for (const Approval& approval : decision.approvals)
    lines.push_back(fmt::format("approved for {}{}{}", for_terminal(approval.group),
                                approval.deadline ? ", deadline " + approval.deadline->text() : "",
                                signature(approval.verdict)));
  if (decision.declined) lines.push_back("declined" + signature(*decision.declined));
  if (decision.approvals.empty() && !decision.declined && !decision.upstream.empty()) {
    const std::string feeds = fmt::format("{}", fmt::join(decision.upstream, ", "));
    lines.push_back(fmt::format("{} by the publisher of {}",
                                landing == UpstreamApprovals::apply ? "approved" : "suggested", for_terminal(feeds)));
  }
  if (decision.hidden) lines.push_back("hidden" + signature(*decision.hidden));
  if (decision.note)
    lines.push_back(
        fmt::format("note: {}{}", for_terminal(decision.note->text, 4096), signature(decision.note->verdict)));
  return lines;
}

void say_attention(const Console& console, std::size_t count, std::string_view since) {
  if (count == 0) return;
  console.say(
      fmt::format("{} about updates that are superseded, expired or no longer held{}; see 'decisions --attention'",
                  counted(count, "decision is", "decisions are"), since));
}

void add_decision_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  using Run = ExitCode (*)(const Console&, const std::string&, const DecideOptions&);
  const auto add = [&](const std::string& command, const std::string& description, const std::string& example,
                       Run run) -> std::pair<CLI::App&, std::shared_ptr<DecideOptions>> {
    auto options = std::make_shared<DecideOptions>();
    return {program.command(command, description,
                            fmt::format("{} {} 00004850-0000-0000-5350-000000065001{}", name, command, example),
                            [&console, &point_option, options, run] { return run(console, point_option, *options); }),
            options};
  };
  const auto add_ids = [](CLI::App& command, DecideOptions& options) {
    return command.add_option("update", options.updates, "Update ids")->type_name("ID");
  };
  auto [approves, approved] = add("approve", "Approve updates for a target group, with a deadline where one is needed",
                                  " --group pilot --deadline 2026-12-24", &approve);
  CLI::Option* ids = add_ids(approves, *approved);
  CLI::Option* suggested =
      approves.add_flag("--suggested", approved->suggested, "All that followed feeds suggest")->excludes(ids);
  approves.add_option("--feed", approved->feed, "Of --suggested only those of this feed")
      ->type_name("FEED")
      ->needs(suggested);
  approves.add_option("--group", approved->group, "Target group (default: all computers)")->type_name("GROUP");
  approves
      .add_option("--deadline", approved->deadline, "When it must be installed: 2026-12-24T18:00:00Z or 2026-12-24")
      ->type_name("TIME");
  approves.add_option("--note", approved->note, "Why, for those who come after; stays with the update")
      ->type_name("TEXT");
  auto [declines, declined] = add("decline", "Decline updates as a whole; takes their approvals away",
                                  " --note \"breaks the lathe\"", &decline);
  add_ids(declines, *declined)->required();
  declines.add_option("--note", declined->note, "Why, for those who come after; stays with the update")
      ->type_name("TEXT");
  auto [hides, hidden] = add("hide", "Leave updates out of 'list'; decides nothing else", "", &hide);
  add_ids(hides, *hidden)->required();
  auto [unhides, unhidden] = add("unhide", "Show hidden updates in 'list' again", "", &unhide);
  add_ids(unhides, *unhidden)->required();
  auto [notes, noted] =
      add("note", "Write a note on an update; an empty one takes it away", " \"tested on line 2\"", &write_note);
  notes.add_option("update", noted->update, "Update id")->type_name("ID")->required();
  notes.add_option("text", noted->note, "The note")->required();
  auto [undecides, undecided] =
      add("undecide", "Take decisions back: approvals and declines; notes stay", " --group pilot", &undecide);
  add_ids(undecides, *undecided)->required();
  undecides.add_option("--group", undecided->group, "Only the approval for this target group")->type_name("GROUP");
  auto shown = std::make_shared<DecisionsOptions>();
  CLI::App& lists =
      program.command("decisions", "Show what was decided about updates here, and what followed feeds suggest",
                      name + " decisions --attention",
                      [&console, &point_option, shown] { return decisions(console, point_option, *shown); });
  lists.add_flag("--attention", shown->attention, "Only about updates that are superseded, expired or no longer held");
}

}  // namespace ferry::format
