// SPDX-License-Identifier: Apache-2.0
//
// Categories and detectoids: the small documents that all others refer to.
#include <string>
#include <string_view>

#include "tests/generator/documents.h"
#include "tests/generator/localized_text.h"
#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t category_key = 0xca7;
constexpr std::uint64_t detectoid_key = 0xde7;

// Empty for a subcategory: those have no type.
std::string_view category_type(GroupKind kind) {
  switch (kind) {
    case GroupKind::classification:
      return "UpdateClassification";
    case GroupKind::company:
      return "Company";
    case GroupKind::family:
      return "ProductFamily";
    case GroupKind::product:
      return "Product";
    default:
      return "";
  }
}

void add_handler_data(TextBuffer& out, const Group& group) {
  out << "<upd:HandlerSpecificData xsi:type=\"cat:Category\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><cat:CategoryInformation";
  const std::string_view type = category_type(group.kind);
  if (!type.empty()) out << " CategoryType=\"" << type << "\"";
  const bool is_leaf = group.kind != GroupKind::company && group.kind != GroupKind::family;
  out << " ProhibitsSubcategories=\"" << (is_leaf ? "true" : "false") << "\" ProhibitsUpdates=\""
      << (group.kind == GroupKind::company ? "true" : "false") << "\"";
  if (group.kind == GroupKind::product) {
    out << " ExcludedByDefault=\"" << (group.number % 3 == 0 ? "false" : "true") << "\"";
  } else {
    out << " DisplayOrder=\"" << group.number + 1 << "\"";
  }
  out << " /></upd:HandlerSpecificData>";
}

void add_detection(TextBuffer& out, Random& random, const std::string& product) {
  const std::string_view leaf = random.pick(words::registry_leaves);
  const std::string_view value = random.pick(words::registry_values);
  switch (random.below(3)) {
    case 0:
      out << "<mar:MsiProductInstalled ProductCode=\"{" << Guid::from_key(random.next())
          << "}\" ExcludeVersionMax=\"true\" VersionMin=\"" << random.between(1, 16) << ".0." << random.below(9999)
          << ".0\" Language=\"1033\"";
      add_declaration(out, ns_mar);
      break;
    case 1:
      out << "<bar:RegSzToVersion Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"SOFTWARE\\" << product << "\\" << leaf
          << "\" Value=\"" << value << "\" Comparison=\"GreaterThanOrEqualTo\" Data=\"" << random.between(1, 16) << "."
          << random.below(10) << ".0.0\"";
      add_declaration(out, ns_bar);
      break;
    default:
      out << "<bar:RegKeyExists Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"SOFTWARE\\" << product << "\\" << leaf << "\"";
      add_declaration(out, ns_bar);
      break;
  }
  out << " />";
}

}  // namespace

void write_category(TextBuffer& out, const GroupFacts& facts) {
  const Group& group = facts.group;
  const std::string name = category_name(facts.plan, group);
  open_update(out, facts, 0, {ns_pub, ns_lar, ns_bar, ns_cat});
  out << "<upd:Properties DefaultPropertiesLanguage=\"en\" UpdateType=\"Category\" "
         "ExplicitlyDeployable=\"false\" IsPublic=\"true\" Handler=\""
      << namespace_base << ns_cat.name << "\"";
  add_publication(out, facts, 0);
  out << "></upd:Properties><upd:LocalizedPropertiesCollection>";
  // Subcategories and most products exist in English only.
  const std::uint64_t draw = facts.key(category_key);
  const bool english_only = group.kind == GroupKind::subcategory || (group.kind == GroupKind::product && draw % 3 != 0);
  for (const LocalizedText& text : localized_texts()) {
    if (!text.in_categories || (english_only && text.language != "en")) continue;
    add_localized(out, text.language, name, name);
  }
  out << "</upd:LocalizedPropertiesCollection>";
  if (group.parent != Group::none) {
    out << "<upd:Relationships><upd:Prerequisites>";
    add_category_clause(out, facts.plan.id(facts.plan.group(group.parent), 0));
    out << "</upd:Prerequisites></upd:Relationships>";
  }
  out << "<upd:ApplicabilityRules><upd:IsInstalled>";
  if (group.kind == GroupKind::product) {
    Random random(draw);
    add_detection(out, random, name);
  } else {
    out << "<lar:True />";
  }
  out << "</upd:IsInstalled></upd:ApplicabilityRules>";
  add_handler_data(out, group);
  close_update(out);
}

void write_detectoid(TextBuffer& out, const GroupFacts& facts) {
  const Group& group = facts.group;
  const CatalogPlan& plan = facts.plan;
  Random random(facts.key(detectoid_key));
  const std::uint32_t products = plan.founding_count(GroupKind::product);
  const Group& product = plan.group(plan.of_kind(GroupKind::product)[random.below(products)]);
  const std::string name = category_name(plan, product);

  open_update(out, facts, 0, {ns_pub, ns_mar});
  out << "<upd:Properties DefaultPropertiesLanguage=\"en\" UpdateType=\"Detectoid\" "
         "ExplicitlyDeployable=\"false\" IsPublic=\"false\" DetectoidType=\""
      << random.pick(words::detectoid_types) << "\"";
  add_publication(out, facts, 0);
  out << " /><upd:LocalizedPropertiesCollection>";
  TextBuffer title;
  title << name << " " << random.pick(words::component_parts) << " " << random.pick(words::architectures) << " "
        << random.pick(words::cultures);
  add_localized(out, "en", title.view(), "");
  out << "</upd:LocalizedPropertiesCollection>";
  if (group.parent != Group::none) {
    out << "<upd:Relationships><upd:Prerequisites>";
    add_prerequisite(out, plan.id(plan.group(group.parent), 0));
    if (random.percent(25)) {
      const std::vector<std::uint32_t>& all = plan.of_kind(GroupKind::detectoid);
      out << "<upd:AtLeastOne>";
      for (std::uint32_t left = random.between(2, 5); left > 0; --left) {
        add_prerequisite(out, plan.id(plan.group(all[random.below(group.number)]), 0));
      }
      out << "</upd:AtLeastOne>";
    }
    out << "</upd:Prerequisites></upd:Relationships>";
  }
  out << "<upd:ApplicabilityRules><upd:IsInstalled>";
  if (random.percent(30)) {
    out << "<lar:Or";
    add_declaration(out, ns_lar);
    out << ">";
    for (std::uint32_t left = random.between(2, 6); left > 0; --left) {
      add_detection(out, random, name);
    }
    out << "</lar:Or>";
  } else {
    add_detection(out, random, name);
  }
  out << "</upd:IsInstalled></upd:ApplicabilityRules>";
  close_update(out);
}

}  // namespace ferry::tests
