// SPDX-License-Identifier: Apache-2.0
// point.toml. The only user of toml++.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "common/error.h"
#include "common/net_address.h"
#include "common/text.h"
#include "format/limits.h"
#include "format/manifest.h"
#include "format/point.h"

namespace ferry::format {
namespace {

// One table of the file, which must be read to its last key.
class Section {
 public:
  Section(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  std::string text(std::string_view key, std::optional<std::string> fallback = {}) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback ? *fallback : missing(key);
    const auto value = node->value<std::string>();
    if (!node->is_string() || !value) wrong(*node, key, "a text in quotes");
    return *value;
  }

  std::vector<std::string> list(std::string_view key, std::optional<std::vector<std::string>> fallback = {}) {
    const toml::node* node = find(key);
    if (node == nullptr) {
      if (!fallback) missing(key);
      return *fallback;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) wrong(*node, key, "a list of texts such as [\"Windows 11\"]");
    std::vector<std::string> values;
    for (const toml::node& entry : *array) {
      if (!entry.is_string()) wrong(entry, key, "a list of texts such as [\"Windows 11\"]");
      values.push_back(entry.value<std::string>().value_or(""));
    }
    return values;
  }

  bool flag(std::string_view key, bool fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    if (!node->is_boolean()) wrong(*node, key, "true or false");
    return node->value<bool>().value_or(fallback);
  }

  std::uint64_t number(std::string_view key, std::uint64_t fallback, std::uint64_t low, std::uint64_t high) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < low || static_cast<std::uint64_t>(*value) > high)
      wrong(*node, key, fmt::format("a whole number from {} to {}", low, high));
    return static_cast<std::uint64_t>(*value);
  }

  void finish() const {
    for (const auto& [key, node] : table_) {
      if (used_.count(std::string(key.str())) == 0)
        throw UsageError(fmt::format("point.toml line {}: {} has no key {}; known here are: {}",
                                     node.source().begin.line, name_, quote(key.str()), known()));
    }
  }

  [[noreturn]] void wrong(std::string_view key, std::string_view what) const {
    const toml::node* node = table_.get(key);
    throw UsageError(fmt::format("point.toml line {}: {} of {}: {}", node == nullptr ? 0 : node->source().begin.line,
                                 key, name_, what));
  }

 private:
  const toml::node* find(std::string_view key) {
    used_.insert(std::string(key));
    return table_.get(key);
  }
  [[noreturn]] std::string missing(std::string_view key) const {
    throw UsageError(fmt::format("point.toml line {}: {} has no {}", table_.source().begin.line, name_, key));
  }
  [[noreturn]] void wrong(const toml::node& node, std::string_view key, std::string_view expected) const {
    throw UsageError(
        fmt::format("point.toml line {}: {} of {} must be {}", node.source().begin.line, key, name_, expected));
  }
  [[nodiscard]] std::string known() const {
    std::string keys;
    for (const std::string& key : used_) keys += (keys.empty() ? "" : ", ") + key;
    return keys;
  }

  const toml::table& table_;
  std::string name_;
  std::set<std::string> used_;
};

void require_name(const Section& section, std::string_view key, const std::string& name, std::set<std::string>& taken) {
  if (const auto problem = name_problem(name)) section.wrong(key, quote(name) + ": " + *problem);
  if (!taken.insert(name).second) section.wrong(key, quote(name) + " is used twice");
}

void require_one_of(const Section& section, std::string_view key, const std::string& value,
                    const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  std::string list;
  for (const std::string& entry : allowed) list += (list.empty() ? "" : ", ") + entry;
  section.wrong(key, fmt::format("{} is not known; expected one of: {}", quote(value), list));
}

// Every [[key]] table; a plain [key] is the likeliest mistake and is told.
std::vector<const toml::table*> tables(const toml::table& root, std::string_view key) {
  std::vector<const toml::table*> list;
  const toml::node* node = root.get(key);
  if (node == nullptr) return list;
  const toml::array* array = node->as_array();
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) list.push_back(array->get(i)->as_table());
  if (array == nullptr || std::find(list.begin(), list.end(), nullptr) != list.end())
    throw UsageError(fmt::format("point.toml line {}: write [[{}]] with two brackets, once for each {}",
                                 node->source().begin.line, key, key));
  return list;
}

// The table [key], if it is there; [[key]] would be the likeliest mistake.
const toml::table* single_table(const toml::table& root, std::string_view key) {
  const toml::node* node = root.get(key);
  if (node == nullptr) return nullptr;
  if (node->as_table() == nullptr)
    throw UsageError(fmt::format("point.toml line {}: write [{}] once", node->source().begin.line, key));
  return node->as_table();
}

constexpr std::uint64_t max_days = 36500;

TimePolicy parse_time(const toml::table& root) {
  TimePolicy policy;
  const toml::table* table = single_table(root, "time");
  if (table == nullptr) return policy;
  Section section(*table, "[time]");
  const std::string clock = section.text("clock", "trusted");
  require_one_of(section, "clock", clock, {"trusted", "untrusted"});
  policy.trusts_clock = clock == "trusted";
  policy.max_age_days = section.number("max-age-days", policy.max_age_days, 0, max_days);
  const std::string certificates = section.text("certificates", "signing-time");
  require_one_of(section, "certificates", certificates, {"signing-time", "now"});
  policy.judges_certificates_now = certificates == "now";
  section.finish();
  return policy;
}

ImportPolicy parse_import(const toml::table& root, const std::filesystem::path& directory) {
  ImportPolicy policy;
  const toml::table* table = single_table(root, "import");
  if (table == nullptr) return policy;
  Section section(*table, "[import]");
  policy.max_removals = section.number("max-removals", policy.max_removals, 0, 100);
  const std::string approvals = section.text("approvals", "suggest");
  require_one_of(section, "approvals", approvals, {"suggest", "apply", "ignore"});
  policy.approvals = approvals == "apply"    ? UpstreamApprovals::apply
                     : approvals == "ignore" ? UpstreamApprovals::ignore
                                             : UpstreamApprovals::suggest;
  for (const std::string& path : section.list("gatekeeper", std::vector<std::string>{}))
    policy.gatekeepers.push_back((directory / path).lexically_normal());
  policy.gatekeeper_threshold = section.number("gatekeeper-threshold", 1, 1, limits::max_role_keys);
  if (!policy.gatekeepers.empty() && policy.gatekeeper_threshold > policy.gatekeepers.size())
    section.wrong("gatekeeper-threshold", fmt::format("{} is more than the {} that gatekeeper names",
                                                      policy.gatekeeper_threshold, policy.gatekeepers.size()));
  section.finish();
  return policy;
}

RetainPolicy parse_retain(const toml::table& root) {
  RetainPolicy policy;
  const toml::table* table = single_table(root, "retain");
  if (table == nullptr) return policy;
  Section section(*table, "[retain]");
  policy.generations = section.number("generations", policy.generations, 1, 1'000'000);
  policy.days = section.number("days", policy.days, 0, max_days);
  section.finish();
  return policy;
}

// Empty where the key is not there.
std::filesystem::path path_of(Section& section, std::string_view key, const std::filesystem::path& directory) {
  const std::string path = section.text(key, "");
  return path.empty() ? std::filesystem::path() : (directory / path).lexically_normal();
}

SigningConfig parse_signing(const toml::table& root, const std::filesystem::path& directory) {
  SigningConfig signing;
  const toml::table* table = single_table(root, "signing");
  if (table == nullptr) return signing;
  Section section(*table, "[signing]");
  signing.pkcs11_module = path_of(section, "pkcs11-module", directory);
  signing.passphrase_file = path_of(section, "passphrase-file", directory);
  for (const std::string& path : section.list("crl", std::vector<std::string>{}))
    signing.revocation_lists.push_back((directory / path).lexically_normal());
  section.finish();
  return signing;
}

ScheduleConfig parse_schedule(const toml::table& root, const std::filesystem::path& directory) {
  ScheduleConfig schedule;
  const toml::table* table = single_table(root, "schedule");
  if (table == nullptr) return schedule;
  Section section(*table, "[schedule]");
  schedule.calendar = section.text("calendar", "");
  if (table->contains("calendar")) {
    if (const auto problem = calendar_problem(schedule.calendar))
      section.wrong("calendar", quote(schedule.calendar) + ": " + *problem);
  }
  schedule.drop_folder = path_of(section, "drop-folder", directory);
  schedule.receipts = path_of(section, "receipts", directory);
  schedule.keep = section.number("keep", schedule.keep, 1, 10'000);
  schedule.volume_size = section.text("volume-size", "");
  schedule.parity = section.text("parity", "");
  const std::string after = section.text("after-import", "keep");
  require_one_of(section, "after-import", after, {"keep", "remove"});
  schedule.removes_applied = after == "remove";
  section.finish();
  return schedule;
}

ServeConfig parse_serve(const toml::table& root, const std::filesystem::path& directory) {
  ServeConfig serve;
  const toml::table* table = single_table(root, "serve");
  if (table == nullptr) return serve;
  Section section(*table, "[serve]");
  serve.listen = section.text("listen", serve.listen);
  static_cast<void>(Endpoint::parse(serve.listen, "point.toml: listen of [serve]"));
  serve.tls_certificate = path_of(section, "tls-certificate", directory);
  serve.tls_key = path_of(section, "tls-key", directory);
  if (serve.tls_certificate.empty() != serve.tls_key.empty())
    section.wrong(serve.tls_key.empty() ? "tls-certificate" : "tls-key",
                  "a certificate and its key go together; tls-certificate and tls-key must both be there");
  serve.allow = section.list("allow", std::vector<std::string>{});
  static_cast<void>(ClientList(serve.allow, "point.toml: allow of [serve]"));
  section.finish();
  return serve;
}

UpstreamConfig parse_upstream(Section& section, const toml::table& table, const std::filesystem::path& directory) {
  UpstreamConfig upstream;
  upstream.url = section.text("url");
  const std::string scheme = to_lower(upstream.url.substr(0, upstream.url.find(':')));
  if (scheme != "http" && scheme != "https")
    section.wrong("url", quote(upstream.url) + " is no URL of a server; expected one such as http://wsus.example:8530");
  upstream.ca = path_of(section, "ca-file", directory);
  const std::string proxy = section.text("proxy", "");
  if (table.contains("proxy")) upstream.proxy = proxy;  // an empty one is none, whatever the environment says
  upstream.account_name = section.text("account-name", "");
  if (const std::string account = section.text("account-guid", ""); !account.empty()) {
    upstream.account = Guid::parse(account);
    if (!upstream.account) section.wrong("account-guid", quote(account) + " is not a GUID");
  }
  upstream.products = section.list("products", std::vector<std::string>{});
  upstream.classifications = section.list("classifications", std::vector<std::string>{});
  const std::string content = section.text("content", "publisher");
  require_one_of(section, "content", content, {"publisher", "server"});
  upstream.has_content = content == "server";
  upstream.approvals = section.flag("approvals", false);
  constexpr std::uint64_t longest_answer = 24ULL * 3600;
  upstream.answer_seconds = section.number("answer-seconds", upstream.answer_seconds, 1, longest_answer);
  upstream.retries = section.number("retries", upstream.retries, 0, 20);
  constexpr std::uint64_t longest_interval = 3650;
  upstream.full_list_days = section.number("full-list-days", upstream.full_list_days, 0, longest_interval);
  upstream.max_removals = section.number("max-removals", upstream.max_removals, 0, 100);
  return upstream;
}

SourceConfig parse_source(const toml::table& table, const std::filesystem::path& directory,
                          std::set<std::string>& names) {
  Section section(table, "[[source]]");
  SourceConfig source;
  source.name = section.text("name");
  require_name(section, "name", source.name, names);
  source.kind = section.text("kind");
  require_one_of(section, "kind", source.kind, {"scup", "updates", "wsus-package", "wsus-server"});
  if (source.kind == "wsus-server") {
    source.upstream = parse_upstream(section, table, directory);
  } else {
    source.path = (directory / section.text("path")).lexically_normal();
  }
  section.finish();
  return source;
}

}  // namespace

PointConfig parse_config(std::string_view text, const std::filesystem::path& directory) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw UsageError(
        fmt::format("point.toml line {}: {}", error.source().begin.line, for_terminal(error.description())));
  }
  static const std::set<std::string, std::less<>> sections{"point",  "source", "feed",    "site",     "time",
                                                           "import", "retain", "signing", "schedule", "serve"};
  for (const auto& [key, node] : root) {
    if (sections.count(key.str()) == 0)
      throw UsageError(fmt::format("point.toml line {}: there is no section {}; known are: {}",
                                   node.source().begin.line, quote(key.str()), fmt::join(sections, ", ")));
  }
  PointConfig config;
  const toml::table* point = root["point"].as_table();
  if (point == nullptr) throw UsageError("point.toml has no section [point] with a name");
  Section section(*point, "[point]");
  config.name = section.text("name");
  std::set<std::string> points;
  require_name(section, "name", config.name, points);
  section.finish();

  std::set<std::string> sources;
  for (const toml::table* table : tables(root, "source"))
    config.sources.push_back(parse_source(*table, directory, sources));
  std::set<std::string> feeds;
  for (const toml::table* table : tables(root, "feed")) {
    Section feed(*table, "[[feed]]");
    FeedDefinition parsed;
    parsed.name = feed.text("name");
    require_name(feed, "name", parsed.name, feeds);
    parsed.products = feed.list("products", std::vector<std::string>{"*"});
    parsed.classifications = feed.list("classifications", std::vector<std::string>{"*"});
    parsed.languages = feed.list("languages", std::vector<std::string>{"*"});
    parsed.content = feed.text("content", "none");
    require_one_of(feed, "content", parsed.content, {"none", "eula", "approved", "all"});
    parsed.approvals = feed.flag("approvals", false);
    feed.finish();
    config.feeds.push_back(std::move(parsed));
  }
  std::set<std::string> sites;
  for (const toml::table* table : tables(root, "site")) {
    Section site(*table, "[[site]]");
    SiteConfig parsed;
    parsed.name = site.text("name");
    require_name(site, "name", parsed.name, sites);
    parsed.feed = site.text("feed");
    if (feeds.count(parsed.feed) == 0) site.wrong("feed", "there is no feed " + quote(parsed.feed));
    parsed.transit_days = site.number("transit-days", parsed.transit_days, 0, max_days);
    parsed.receipt_key = site.text("receipt-key", "");
    parsed.cover_drops = site.number("cover-drops", parsed.cover_drops, 1, 1000);
    parsed.next_drop_days = site.number("next-drop-days", parsed.next_drop_days, 1, max_days);
    parsed.valid_days =
        site.number("valid-days", std::max<std::uint64_t>(parsed.valid_days, parsed.next_drop_days), 1, max_days);
    if (parsed.valid_days < parsed.next_drop_days)
      site.wrong("valid-days",
                 fmt::format("{} is less than next-drop-days, {}", parsed.valid_days, parsed.next_drop_days));
    parsed.drop_folder = path_of(site, "drop-folder", directory);
    site.finish();
    config.sites.push_back(std::move(parsed));
  }
  config.time = parse_time(root);
  config.import = parse_import(root, directory);
  config.retain = parse_retain(root);
  config.signing = parse_signing(root, directory);
  config.schedule = parse_schedule(root, directory);
  config.serve = parse_serve(root, directory);
  return config;
}

}  // namespace ferry::format
