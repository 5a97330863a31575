// SPDX-License-Identifier: Apache-2.0
#include "format/trust_report.h"

#include <fmt/format.h>

#include "common/text.h"
#include "format/trust.h"

namespace ferry::format {
namespace {

Json role_json(const Role& role) {
  Json keys = Json::array();
  for (const Certificate& certificate : role.certificates)
    keys.push_back(Json{{"subject", certificate.subject()},
                        {"key", certificate.key_id().hex()},
                        {"not_after", certificate.not_after().text()}});
  for (const Digest& pin : role.pins) keys.push_back(Json{{"subject", nullptr}, {"key", pin.hex()}});
  Json algorithms = Json::array();
  for (const SignatureAlgorithm algorithm : role.algorithms) algorithms.push_back(name_of(algorithm));
  return Json{{"threshold", role.threshold},
              {"keys", keys},
              {"purpose", role.purpose},
              {"algorithms", algorithms},
              {"crl", role.needs_crl}};
}

void say_role(const Console& console, std::string_view what, const Role& role, const TrustFile& trust) {
  console.say(fmt::format("  {} need {} of:", what, counted(role.threshold, "signature", "signatures")));
  const auto say_key = [&](const Digest& key, const std::string& name) {
    std::string note;
    for (const Revocation& revocation : trust.revoked) {
      if (revocation.key == key)
        note = revocation.from.empty() ? "  REVOKED" : "  retired: only for what is on its way";
    }
    console.say(fmt::format("    {}  {}{}", key.hex().substr(0, 16), name, note));
  };
  for (const Certificate& certificate : role.certificates)
    say_key(certificate.key_id(), for_terminal(certificate.subject()));
  for (const Digest& pin : role.pins) say_key(pin, "(pinned key)");
}

}  // namespace

Json trust_json(std::string_view bytes) {
  const TrustFile trust = parse_trust(bytes);
  Json revoked = Json::array();
  for (const Revocation& revocation : trust.revoked) {
    Json from = Json::array();
    for (const auto& entry : revocation.from)
      from.push_back(Json{{"lineage", entry.lineage.text()}, {"generation", entry.generation}});
    revoked.push_back(Json{{"key", revocation.key.hex()}, {"from", from}});
  }
  return Json{{"number", trust.version},
              {"created", trust.created.text()},
              {"epoch", trust.epoch},
              {"minimum_format", trust.minimum_format},
              {"broadcast", trust.broadcast},
              {"threshold", trust.exporter.threshold},
              {"exporters", role_json(trust.exporter)["keys"]},
              {"exporter", role_json(trust.exporter)},
              {"root", role_json(trust.root)},
              {"revoked", revoked},
              {"fingerprint", sha256(bytes).hex()},
              {"fingerprint_words", fingerprint_words(bytes)}};
}

void say_fingerprint(const Console& console, std::string_view trust_bytes) {
  console.say("  fingerprint, to compare by voice, as digits or as words:");
  const std::string digits = fingerprint(trust_bytes);
  const std::string words = fingerprint_words(trust_bytes);
  const std::size_t half = words.size() / 2;  // 16 words, so a dash stands there
  for (const std::string& line :
       {digits.substr(0, 39), digits.substr(40), words.substr(0, half), words.substr(half + 1)})
    console.say("    " + line);
}

void say_trust(const Console& console, std::string_view bytes) {
  const TrustFile trust = parse_trust(bytes);
  console.say(fmt::format("trust file {}, made {}{}", trust.version, trust.created.text(),
                          trust.epoch > 0 ? fmt::format(", epoch {}", trust.epoch) : ""));
  say_role(console, "bundles", trust.exporter, trust);
  say_role(console, "later trust files", trust.root, trust);
  for (const Revocation& revocation : trust.revoked) {
    if (revocation.from.empty())
      console.say(fmt::format("  revoked: {}, whatever it signed", revocation.key.hex().substr(0, 16)));
  }
  if (!trust.broadcast) console.say("  bundles must name their sites");
  say_fingerprint(console, bytes);
}

}  // namespace ferry::format
