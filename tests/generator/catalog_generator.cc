// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/catalog_generator.h"

#include <optional>
#include <stdexcept>

#include "tests/generator/catalog_plan.h"
#include "tests/generator/documents.h"

namespace ferry::tests {

namespace {

void require_range(const char* what, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument(std::string(what) + " must be " + std::to_string(low) + " to " + std::to_string(high) +
                              ", found " + std::to_string(value));
}

DocumentType type_of(const Group& group, std::uint32_t member) {
  switch (group.kind) {
    case GroupKind::detectoid:
      return DocumentType::detectoid;
    case GroupKind::driver:
      return DocumentType::driver;
    case GroupKind::bundle:
      break;
    default:
      return DocumentType::category;
  }
  if (group.is_leaf(member)) return DocumentType::leaf;
  return member == 0 ? DocumentType::bundle : DocumentType::hidden_bundle;
}

DocumentName name_of(const CatalogPlan& plan, const Group& group, std::uint32_t member) {
  DocumentName name;
  name.id = plan.id(group, member).view();
  name.revision = plan.revision(group, member);
  name.type = type_of(group, member);
  name.expired = plan.state(group, member).expired;
  name.path = name.id.substr(0, 2) + "/" + name.id + "-r" + std::to_string(name.revision) + ".xml";
  return name;
}

void write_document(TextBuffer& out, const GroupFacts& facts, std::uint32_t member, DocumentType type) {
  switch (type) {
    case DocumentType::category:
      return write_category(out, facts);
    case DocumentType::detectoid:
      return write_detectoid(out, facts);
    case DocumentType::bundle:
      return write_bundle(out, facts);
    case DocumentType::hidden_bundle:
      return write_hidden_bundle(out, facts, member);
    case DocumentType::leaf:
      return write_leaf(out, facts, member);
    case DocumentType::driver:
      return write_driver(out, facts);
  }
}

}  // namespace

CatalogGenerator::CatalogGenerator(const CatalogOptions& options) : options_(options) {
  require_range("revisions", options.revisions, CatalogOptions::min_revisions, CatalogOptions::max_revisions);
  require_range("delta in millionths", options.delta_millionths, 0, 1'000'000);
  require_range("max-document", options.max_document, CatalogOptions::min_max_document, std::uint64_t{1} << 40U);
}

void CatalogGenerator::visit(std::uint32_t month, const Visitor& visitor) const {
  visit(
      month, [](const DocumentName&) { return true; }, visitor);
}

void CatalogGenerator::visit(std::uint32_t month, const Filter& wanted, const Visitor& visitor) const {
  require_range("month", month, 0, CatalogOptions::max_month);
  const CatalogPlan plan(options_, month);
  TextBuffer text;
  const auto visit_group = [&](const Group& group) {
    std::optional<GroupFacts> facts;  // made for the first document that is wanted
    // Backwards: leaves, then hidden bundles, then the visible bundle.
    for (std::uint32_t member = group.members; member-- > 0;) {
      const DocumentName name = name_of(plan, group, member);
      if (!wanted(name)) continue;
      if (!facts) facts.emplace(plan, group);
      text.clear();
      write_document(text, *facts, member, name.type);
      if (text.size() > options_.max_document) {
        throw std::logic_error("document " + name.path + " has " + std::to_string(text.size()) +
                               " bytes, more than max-document");
      }
      visitor(name, text.view());
    }
  };
  // Products that came in later months stand behind older bundles in the plan.
  for (const bool others : {false, true}) {
    for (const Group& group : plan.groups()) {
      const bool is_other = group.kind == GroupKind::driver || group.kind == GroupKind::bundle;
      if (is_other == others && !group.withdrawn) visit_group(group);
    }
  }
}

}  // namespace ferry::tests
