// SPDX-License-Identifier: Apache-2.0
//
// Bundles: what a user sees of an update, in many languages, and the exact revisions behind it.
#include <string>
#include <string_view>

#include "tests/generator/documents.h"
#include "tests/generator/localized_text.h"
#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t bundle_key = 0xb2;
constexpr std::uint64_t eula_key = 0xe2;
constexpr std::uint64_t download_key = 0xd0;

// Positions in the list of classifications.
constexpr std::uint32_t security = 0;
constexpr std::uint32_t critical = 1;

std::uint32_t pick_classification(Random& random) {
  // Drivers (8) have a type of their own.
  static constexpr std::uint32_t weighted[] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 7, 9, 10};
  return random.pick(weighted);
}

void add_properties(TextBuffer& out, const GroupFacts& facts, Random& random, std::uint32_t classification) {
  static constexpr std::string_view severities[] = {"Critical", "Important", "Important",
                                                    "Moderate", "Low",       "Unspecified"};
  const bool has_eula = facts.group.number % 10 == 4;
  // What a user has to download is different in each revision.
  const std::uint32_t contents = facts.plan.state(facts.group, 0).content_changes();
  Random size(hash_of(facts.key(download_key), contents));
  out << "<upd:Properties DefaultPropertiesLanguage=\"en\" UpdateType=\"Software\" "
         "ExplicitlyDeployable=\"true\" AutoSelectOnWebSites=\""
      << (random.percent(40) ? "true" : "false") << "\" MinDownloadSize=\"0\" MaxDownloadSize=\""
      << size.low_heavy(200'000, 9'000'000'000) << "\"";
  add_publication(out, facts, 0);
  const bool severe = classification == security || (classification == critical && random.percent(60));
  if (severe) out << " MsrcSeverity=\"" << random.pick(severities) << "\"";
  if (has_eula) {
    out << " EulaID=\"" << Guid::from_key(facts.key(eula_key)) << "\" RequiresReacceptanceOfEula=\"false\"";
  }
  out << ">";
  if (random.percent(40)) {
    out << "<upd:InstallationBehavior RebootBehavior=\"CanRequestReboot\" Impact=\"Normal\" />";
  }
  out << "<upd:MoreInfoUrl>https://support.example.com/help/" << facts.kb
      << "</upd:MoreInfoUrl><upd:SupportUrl>https://support.example.com</upd:SupportUrl>";
  if (severe) {
    const std::uint32_t year = random.between(2009, 2026);
    out << "<upd:SecurityBulletinID>SB";
    out.add_padded(year % 100, 2);
    out << "-";
    out.add_padded(random.between(1, 160), 3);
    out << "</upd:SecurityBulletinID>";
    for (std::uint32_t left = random.between(1, 12); left > 0; --left) {
      out << "<upd:CveID>CVE-" << year << "-" << random.between(1000, 49999) << "</upd:CveID>";
    }
  }
  out << "<upd:KBArticleID>" << facts.kb << "</upd:KBArticleID></upd:Properties>";
}

void add_localized_properties(TextBuffer& out, const GroupFacts& facts, Random& random, bool is_security) {
  const std::span<const LocalizedText> all = localized_texts();
  // A large bundle speaks fewer languages, which keeps documents below 35 KB.
  const std::uint32_t most = facts.group.members > 60 ? 26 : 38;
  const std::uint32_t wanted = random.between(20, most);
  const std::uint32_t kb = facts.kb;
  out << "<upd:LocalizedPropertiesCollection>";
  // Leaves out evenly spread languages, never English.
  std::uint32_t left_out = static_cast<std::uint32_t>(all.size()) - wanted;
  auto remaining = static_cast<std::uint32_t>(all.size()) - 1;
  for (const LocalizedText& text : all) {
    if (text.language != "en") {
      const bool skip = random.below(remaining) < left_out;
      --remaining;
      if (skip) {
        --left_out;
        continue;
      }
    }
    out << "<upd:LocalizedProperties><upd:Language>" << text.language << "</upd:Language><upd:Title>";
    out.add_pattern(is_security ? text.security_title : text.title, facts.theme.name);
    out << " " << facts.version << " (KB" << kb << ")</upd:Title><upd:Description>";
    out.add_pattern(text.description, facts.theme.name);
    out << "</upd:Description><upd:UninstallNotes>" << text.uninstall_notes
        << "</upd:UninstallNotes><upd:MoreInfoUrl>https://support.example.com/" << text.language << "/help/" << kb
        << "</upd:MoreInfoUrl><upd:SupportUrl>https://support.example.com/" << text.language
        << "</upd:SupportUrl></upd:LocalizedProperties>";
  }
  if (facts.group.number % 10 == 4) {
    for (const LocalizedText& text : all) {
      if (text.lcid % 4 != 1) continue;
      const std::uint64_t key = hash_of(facts.key(eula_key), text.lcid);
      out << "<upd:EulaFile Digest=\"";
      out.add_digest(hash_of(key, 1), 20);
      out << "\" DigestAlgorithm=\"SHA1\" FileName=\"eula_" << text.lcid << ".txt\" Size=\"" << 5000 + key % 40000
          << "\" Language=\"" << text.language << "\"><upd:AdditionalDigest Algorithm=\"SHA256\">";
      out.add_digest(hash_of(key, 256), 32);
      out << "</upd:AdditionalDigest></upd:EulaFile>";
    }
  }
  out << "</upd:LocalizedPropertiesCollection>";
}

void add_bundled(TextBuffer& out, const GroupFacts& facts, std::uint32_t bundle, Random& random) {
  const Group& group = facts.group;
  out << "<upd:BundledUpdates>";
  std::uint32_t child = group.children_begin(bundle);
  const std::uint32_t end = group.children_end(bundle);
  while (child < end) {
    const bool direct = random.percent(10);
    std::uint32_t alternatives = direct ? 1 : random.between(1, 8);
    if (!direct) out << "<upd:AtLeastOne>";
    for (; alternatives > 0 && child < end; --alternatives, ++child) {
      out << "<upd:UpdateIdentity UpdateID=\"" << facts.id(child) << "\" RevisionNumber=\""
          << facts.plan.revision(group, child) << "\" />";
    }
    if (!direct) out << "</upd:AtLeastOne>";
  }
  out << "</upd:BundledUpdates>";
}

void add_superseded(TextBuffer& out, const GroupFacts& facts, Random& random) {
  std::uint32_t previous = facts.group.previous;
  if (previous == Group::none) return;
  out << "<upd:SupersededUpdates>";
  for (std::uint32_t left = random.between(1, 8); left > 0 && previous != Group::none; --left) {
    const Group& older = facts.plan.group(previous);
    add_prerequisite(out, facts.plan.id(older, 0));
    previous = older.previous;
  }
  out << "</upd:SupersededUpdates>";
}

}  // namespace

void write_bundle(TextBuffer& out, const GroupFacts& facts) {
  const CatalogPlan& plan = facts.plan;
  Random random(facts.key(bundle_key));
  const std::uint32_t classification = pick_classification(random);
  open_update(out, facts, 0, {ns_pub, ns_bar, ns_lar});
  add_properties(out, facts, random, classification);
  add_localized_properties(out, facts, random, classification == security);

  out << "<upd:Relationships><upd:Prerequisites>";
  for (const Guid& detectoid : facts.theme.detectoids) {
    if (random.percent(40)) add_prerequisite(out, detectoid);
  }
  out << "<upd:AtLeastOne IsCategory=\"true\">";
  add_prerequisite(out, plan.id(plan.group(facts.group.parent), 0));
  for (std::uint32_t left = random.percent(20) ? random.between(1, 3) : 0; left > 0; --left) {
    const std::uint32_t product = random.below(plan.founding_count(GroupKind::product));
    add_prerequisite(out, plan.id(plan.group(plan.of_kind(GroupKind::product)[product]), 0));
  }
  out << "</upd:AtLeastOne>";
  const std::vector<std::uint32_t>& classifications = plan.of_kind(GroupKind::classification);
  add_category_clause(out, plan.id(plan.group(classifications[classification]), 0));
  out << "</upd:Prerequisites>";
  add_bundled(out, facts, 0, random);
  add_superseded(out, facts, random);
  out << "</upd:Relationships>";
  close_update(out);
}

void write_hidden_bundle(TextBuffer& out, const GroupFacts& facts, std::uint32_t member) {
  Random random(facts.key(member, bundle_key));
  open_update(out, facts, member, {ns_pub});
  out << "<upd:Properties DefaultPropertiesLanguage=\"en\" UpdateType=\"Software\" "
         "ExplicitlyDeployable=\"false\"";
  add_publication(out, facts, member);
  out << " /><upd:LocalizedPropertiesCollection>";
  TextBuffer title;
  title << facts.theme.name << " (KB" << facts.kb << ") set " << member;
  add_localized(out, "en", title.view(), "");
  out << "</upd:LocalizedPropertiesCollection><upd:Relationships><upd:Prerequisites>";
  if (!facts.theme.detectoids.empty()) add_prerequisite(out, facts.theme.detectoids.front());
  out << "<upd:AtLeastOne>";
  add_prerequisite(out, facts.plan.id(facts.plan.group(facts.group.parent), 0));
  out << "</upd:AtLeastOne></upd:Prerequisites>";
  add_bundled(out, facts, member, random);
  out << "</upd:Relationships>";
  close_update(out);
}

}  // namespace ferry::tests
