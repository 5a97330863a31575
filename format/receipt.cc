// SPDX-License-Identifier: Apache-2.0
#include "format/receipt.h"

#include <set>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/internal/xml_fields.h"
#include "format/limits.h"
#include "format/manifest.h"

namespace ferry::format {
namespace {

using internal::digest_field;
using internal::number_field;
using internal::text_field;

constexpr std::string_view pem_begin = "-----BEGIN CMS-----\n";
constexpr std::string_view pem_end = "-----END CMS-----\n";
constexpr std::size_t pem_columns = 64;

constexpr std::size_t state_prefix_bytes = 8;
constexpr std::size_t check_sum_bytes = 2;
constexpr std::size_t spoken_words = (state_prefix_bytes + check_sum_bytes) / 2;
constexpr std::size_t word_letters = 5;

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

std::string pem_of(std::string_view der) {
  const std::string text = to_base64(der);
  std::string pem(pem_begin);
  for (std::size_t at = 0; at < text.size(); at += pem_columns) pem += text.substr(at, pem_columns) + "\n";
  return pem.append(pem_end);
}

std::string name_field(const XmlNode& node, std::string_view key) {
  const std::string& name = text_field(node, key);
  if (const auto problem = name_problem(name))
    throw FormatError(fmt::format("{} {} of a receipt: {}", key, quote(name), *problem));
  return name;
}

std::string path_field(const XmlNode& node) {
  const std::string& path = text_field(node, "path");
  const auto names = split(path, '/');
  if (names.size() > max_path_depth)
    throw FormatError(fmt::format("path {} has more than {} names", quote(path), max_path_depth));
  for (const std::string_view name : names) {
    if (const auto problem = name_problem(name)) throw FormatError(fmt::format("path {}: {}", quote(path), *problem));
  }
  return path;
}

std::uint64_t bounded_field(const XmlNode& node, std::string_view name) {
  const std::uint64_t value = number_field(node, name);
  if (value > limits::max_generation)
    throw FormatError(fmt::format("{} of a receipt is {}; expected at most {}", name, value, limits::max_generation));
  return value;
}

ReceiptFeed parse_feed(const XmlNode& node) {
  ReceiptFeed feed;
  feed.name = name_field(node, "name");
  feed.lineage = internal::guid_field(node, "lineage");
  feed.epoch = bounded_field(node, "epoch");
  feed.generation = bounded_field(node, "generation");
  feed.state = digest_field(node, "state");
  feed.sequence = bounded_field(node, "sequence");
  feed.manifest = digest_field(node, "manifest");
  feed.missing_files = bounded_field(node, "missing-files");
  feed.missing_bytes = bounded_field(node, "missing-bytes");
  return feed;
}

ReceiptChild parse_child(const XmlNode& node) {
  ReceiptChild child;
  child.path = path_field(node);
  child.feed = name_field(node, "feed");
  child.generation = bounded_field(node, "generation");
  child.current = bounded_field(node, "current");
  if (text_field(node, "made") != "never") child.made = internal::time_field(node, "made");
  child.missing_files = bounded_field(node, "missing-files");
  child.missing_bytes = bounded_field(node, "missing-bytes");
  return child;
}

// Each feed and each path is there once, or the last word on it would be an accident.
void require_distinct(const Receipt& receipt) {
  std::set<Guid> lineages;
  std::set<std::string> paths;
  for (const ReceiptFeed& feed : receipt.feeds) {
    if (!lineages.insert(feed.lineage).second)
      throw FormatError(fmt::format("a receipt names feed {} twice", quote(feed.name)));
  }
  for (const ReceiptChild& child : receipt.children) {
    if (!paths.insert(child.path).second)
      throw FormatError(fmt::format("a receipt names site {} twice", quote(child.path)));
  }
  if (lineages.size() > max_receipt_feeds || paths.size() > max_receipt_children)
    throw FormatError(fmt::format("a receipt names {} feeds and {} sites; expected at most {} and {}", lineages.size(),
                                  paths.size(), max_receipt_feeds, max_receipt_children));
}

std::string check_sum(const SpokenReceipt& spoken) {
  const std::string text = fmt::format("ferry-spoken-receipt 1 {} {} {} {}", spoken.site, spoken.feed,
                                       spoken.generation, to_hex(spoken.state_prefix));
  return std::string(sha256(text).bytes().substr(0, check_sum_bytes));
}

SpokenReceipt parse_one_spoken(const std::vector<std::string>& tokens, std::size_t& at) {
  constexpr std::string_view expected =
      "expected the site, the feed, the generation and five words, as 'ferry-import receipt' shows them";
  if (tokens.size() < at + 4) throw UsageError(fmt::format("what was typed ends too early; {}", expected));
  SpokenReceipt spoken{tokens[at], tokens[at + 1], 0, {}};
  const auto generation = parse_u64(tokens[at + 2]);
  if (name_problem(spoken.site) || name_problem(spoken.feed) || !generation || *generation > limits::max_generation)
    throw UsageError(fmt::format("{} {} {} is not the first line of a receipt; {}", quote(tokens[at]),
                                 quote(tokens[at + 1]), quote(tokens[at + 2]), expected));
  spoken.generation = *generation;
  at += 3;
  std::string words;
  std::size_t count = 0;
  for (; at < tokens.size() && count < spoken_words; ++at) {
    for (const std::string_view word : split(tokens[at], '-')) {
      if (word.empty()) continue;
      words += (words.empty() ? "" : "-") + std::string(word);
      ++count;
    }
  }
  const auto bytes = from_proquints(words);
  if (!bytes || bytes->size() != state_prefix_bytes + check_sum_bytes)
    throw UsageError(fmt::format("{} are not five words of {} letters each; {}", quote(words), word_letters, expected));
  spoken.state_prefix = bytes->substr(0, state_prefix_bytes);
  if (check_sum(spoken) != bytes->substr(state_prefix_bytes))
    throw UsageError(
        fmt::format("the check sum of what was typed for site {} does not fit: a word or a number was misheard or "
                    "mistyped; compare both lines once more",
                    quote(spoken.site)));
  return spoken;
}

}  // namespace

std::string encode(const Receipt& receipt) {
  XmlWriter xml;
  xml.open("receipt",
           XmlAttributes{{"xmlns", std::string(receipt_namespace)}, {"format-version", std::string(format_version)}});
  xml.empty("site", XmlAttributes{{"name", receipt.site},
                                  {"point", receipt.point.text()},
                                  {"serial", number(receipt.serial)},
                                  {"made", receipt.made.text()},
                                  {"clock", receipt.clock.text()},
                                  {"tool", receipt.tool}});
  xml.empty("trust", XmlAttributes{{"version", number(receipt.trust_version)}, {"sha256", receipt.trust.hex()}});
  for (const ReceiptFeed& feed : receipt.feeds)
    xml.empty("feed", XmlAttributes{{"name", feed.name},
                                    {"lineage", feed.lineage.text()},
                                    {"epoch", number(feed.epoch)},
                                    {"generation", number(feed.generation)},
                                    {"state", feed.state.hex()},
                                    {"sequence", number(feed.sequence)},
                                    {"manifest", feed.manifest.hex()},
                                    {"missing-files", number(feed.missing_files)},
                                    {"missing-bytes", number(feed.missing_bytes)}});
  for (const ReceiptChild& child : receipt.children)
    xml.empty("child", XmlAttributes{{"path", child.path},
                                     {"feed", child.feed},
                                     {"generation", number(child.generation)},
                                     {"current", number(child.current)},
                                     {"made", child.made ? child.made->text() : "never"},
                                     {"missing-files", number(child.missing_files)},
                                     {"missing-bytes", number(child.missing_bytes)}});
  xml.close();
  return xml.take();
}

Receipt parse_receipt(std::string_view bytes) {
  const XmlNode root = internal::parse_own_xml(bytes, max_receipt_bytes, "receipt", receipt_namespace, "receipt");
  if (text_field(root, "format-version") != format_version)
    throw FormatError(fmt::format("receipt has format version {}; this program reads {}: install a newer Ferry",
                                  quote(text_field(root, "format-version")), format_version));
  Receipt receipt;
  const XmlNode& site = internal::child(root, "site");
  receipt.site = name_field(site, "name");
  receipt.point = internal::guid_field(site, "point");
  receipt.serial = bounded_field(site, "serial");
  receipt.made = internal::time_field(site, "made");
  receipt.clock = internal::time_field(site, "clock");
  receipt.tool = text_field(site, "tool");
  const XmlNode& trust = internal::child(root, "trust");
  receipt.trust_version = bounded_field(trust, "version");
  receipt.trust = digest_field(trust, "sha256");
  for (const XmlNode& node : root.children) {
    if (node.name == "feed") receipt.feeds.push_back(parse_feed(node));
    if (node.name == "child") receipt.children.push_back(parse_child(node));
  }
  require_distinct(receipt);
  if (receipt.serial == 0) throw FormatError("serial of a receipt is 0; expected 1 or more");
  internal::require_canonical(bytes, encode(receipt), "receipt");
  return receipt;
}

std::string sign_receipt(const Receipt& receipt, const Signer& signer) {
  const std::string bytes = encode(receipt);
  return bytes + pem_of(cms_sign(bytes, signer, receipt.made));
}

VerifiedReceipt verify_receipt(std::string_view file) {
  if (file.starts_with("ferry-need "))
    throw TrustError(
        "this is a list of files that a site lacks, not a receipt; it goes to 'ferry-export export --need'");
  const auto at = file.find(pem_begin);
  if (file.size() > max_receipt_bytes || at == std::string_view::npos)
    throw TrustError(
        "this is not a receipt as 'ferry-import receipt' writes it: its signature is missing; was it cut, or changed "
        "on "
        "the way as text?");
  const std::string_view content = file.substr(0, at);
  const std::string_view pem = file.substr(at);
  if (!pem.ends_with(pem_end) || pem.size() < pem_begin.size() + pem_end.size())
    throw TrustError("the signature of the receipt is cut off; copy the file again");
  const auto der = from_base64(pem.substr(pem_begin.size(), pem.size() - pem_begin.size() - pem_end.size()));
  if (!der || pem_of(*der) != pem)
    throw TrustError("the signature of the receipt is not base64 in lines of 64; copy the file again, not as text");
  VerifiedReceipt verified;
  verified.key_ = cms_verify_any(*der, content).key_id;
  verified.digest_ = sha256(content);
  try {
    verified.receipt_ = parse_receipt(content);
  } catch (const FormatError& error) {
    throw TrustError(fmt::format("what was signed is not a receipt: {}", error.what()));
  }
  return verified;
}

std::string key_fingerprint(const Digest& key) { return to_proquints(key.bytes().substr(0, 16)); }

std::string spoken_lines(const std::string& site, const ReceiptFeed& feed) {
  const SpokenReceipt spoken{site, feed.name, feed.generation,
                             std::string(feed.state.bytes().substr(0, state_prefix_bytes))};
  return fmt::format("{} {} {}\n{}\n", site, feed.name, feed.generation,
                     to_proquints(spoken.state_prefix + check_sum(spoken)));
}

std::vector<SpokenReceipt> parse_spoken(std::string_view text) {
  constexpr std::size_t max_spoken_bytes = 64ULL * 1024;
  if (text.size() > max_spoken_bytes)
    throw UsageError(fmt::format("what was typed has {} bytes; expected a few lines", text.size()));
  std::vector<std::string> tokens;
  std::string normal = to_lower(text);
  for (char& c : normal) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  for (const std::string_view token : split(normal, ' ')) {
    if (!token.empty()) tokens.emplace_back(token);
  }
  std::vector<SpokenReceipt> receipts;
  for (std::size_t at = 0; at < tokens.size();) receipts.push_back(parse_one_spoken(tokens, at));
  if (receipts.empty()) throw UsageError("nothing was typed; expected the two lines that 'ferry-import receipt' shows");
  return receipts;
}

}  // namespace ferry::format
