// SPDX-License-Identifier: Apache-2.0
#include "format/update.h"

#include <array>

#include "common/text.h"

namespace ferry::format {
namespace {

struct KnownClassification {
  std::string_view title;
  std::string_view id;
};

constexpr std::array<KnownClassification, 11> known_classifications{{
    {"Security Updates", "0fa1201d-4330-4fa8-8ae9-b877473b6441"},
    {"Critical Updates", "e6cf1350-c01b-414d-a61f-263d14d133b4"},
    {"Definition Updates", "e0789628-ce08-4437-be74-2495b842f43b"},
    {"Updates", "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83"},
    {"Update Rollups", "28bc880e-0592-4cbf-8f95-c79b17911d5f"},
    {"Service Packs", "68c5b0a3-d1a6-4553-ae49-01d3a7827828"},
    {"Feature Packs", "b54e7d24-7add-428f-8b75-90a396fa584f"},
    {"Tools", "b4832bd8-e735-4761-8daf-37f882276dab"},
    {"Drivers", "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0"},
    {"Applications", "5c9376ab-8ce6-464a-b136-22113dd69801"},
    {"Upgrades", "3689bdc8-b205-4af4-8d4a-a63924c5e9d5"},
}};

}  // namespace

std::string Update::title() const {
  const LocalizedText* best = nullptr;
  for (const LocalizedText& text : texts) {
    if (text.title.empty()) continue;
    if (equal_ignoring_case(text.language, default_language)) return text.title;
    if (best == nullptr || equal_ignoring_case(text.language, "en")) best = &text;
  }
  return best == nullptr ? id.update.text() : best->title;
}

std::vector<UpdateId> Update::categories() const {
  std::vector<UpdateId> ids;
  for (const NamedCategory& category : named_categories) ids.push_back(category.id);
  for (const PrerequisiteClause& clause : prerequisites) {
    if (clause.is_category) ids.insert(ids.end(), clause.any_of.begin(), clause.any_of.end());
  }
  return ids;
}

std::string_view name_of(Dialect dialect) { return dialect == Dialect::upd ? "upd" : "sdp"; }

std::string_view name_of(UpdateType type) {
  switch (type) {
    case UpdateType::software:
      return "software";
    case UpdateType::driver:
      return "driver";
    case UpdateType::category:
      return "category";
    case UpdateType::detectoid:
      return "detectoid";
  }
  return "unknown";
}

std::string_view name_of(CategoryType type) {
  switch (type) {
    case CategoryType::none:
      return "category";
    case CategoryType::company:
      return "company";
    case CategoryType::product_family:
      return "product family";
    case CategoryType::product:
      return "product";
    case CategoryType::classification:
      return "classification";
  }
  return "unknown";
}

std::string_view name_of(PublicationState state) {
  return state == PublicationState::published ? "published" : "expired";
}

std::optional<Dialect> dialect_named(std::string_view name) {
  if (name == "upd") return Dialect::upd;
  if (name == "sdp") return Dialect::sdp;
  return {};
}

std::optional<UpdateId> known_classification(std::string_view title) {
  for (const KnownClassification& known : known_classifications) {
    if (equal_ignoring_case(known.title, title)) return Guid::parse(known.id);
  }
  return {};
}

std::optional<std::string_view> known_classification_title(const UpdateId& id) {
  for (const KnownClassification& known : known_classifications) {
    if (Guid::parse(known.id) == id) return known.title;
  }
  return {};
}

}  // namespace ferry::format
