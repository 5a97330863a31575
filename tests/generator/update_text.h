// SPDX-License-Identifier: Apache-2.0
//
// What the documents of all types have in common: the facts that a group of updates shares, and
// the parts of a document that every type writes the same way.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/generator/catalog_plan.h"
#include "tests/generator/random.h"
#include "tests/generator/text_buffer.h"

namespace ferry::tests {

// All namespaces of the format begin with this.
inline constexpr std::string_view namespace_base = "http://schemas.microsoft.com/msus/2002/12/";

struct Namespace {
  std::string_view prefix;
  std::string_view name;  // what follows namespace_base
};

inline constexpr Namespace ns_upd{"upd", "Update"};
inline constexpr Namespace ns_pub{"pub", "Publishing"};
inline constexpr Namespace ns_bar{"bar", "BaseApplicabilityRules"};
inline constexpr Namespace ns_lar{"lar", "LogicalApplicabilityRules"};
inline constexpr Namespace ns_mar{"mar", "MsiApplicabilityRules"};
inline constexpr Namespace ns_cbsar{"cbsar", "CbsApplicabilityRules"};
inline constexpr Namespace ns_cat{"cat", "UpdateHandlers/Category"};
inline constexpr Namespace ns_cmd{"cmd", "UpdateHandlers/CommandLineInstallation"};
inline constexpr Namespace ns_cbs{"cbs", "UpdateHandlers/Cbs"};
inline constexpr Namespace ns_msp{"msp", "UpdateHandlers/WindowsInstaller"};
inline constexpr Namespace ns_psf{"psf", "UpdateHandlers/WindowsPatch"};
inline constexpr Namespace ns_wsi{"wsi", "UpdateHandlers/WindowsSetup"};
inline constexpr Namespace ns_drv{"drv", "UpdateHandlers/WindowsDriver"};

// What all updates of one product resemble each other in.
struct ProductTheme {
  std::string vendor;
  std::string name;
  std::string subkey;   // of the registry
  std::string version;  // "10.0.19041", the first three parts
  std::vector<std::string> files;
  std::vector<std::string> components;
  std::vector<std::string> registry_keys;
  std::vector<std::string> msi_codes;  // upper case, with braces
  std::vector<Guid> detectoids;        // that updates of the product usually require
};

// What one group of updates knows. Lives while the documents of the group are written.
struct GroupFacts {
  GroupFacts(const CatalogPlan& catalog, const Group& of);

  Guid id(std::uint32_t member) const { return plan.id(group, member); }
  std::uint64_t key(std::uint64_t purpose) const { return plan.key(group, purpose); }
  std::uint64_t key(std::uint32_t member, std::uint64_t purpose) const {
    return plan.member_key(group, member, purpose);
  }

  const CatalogPlan& plan;
  const Group& group;
  Guid publisher;
  ProductTheme theme;  // empty for categories and detectoids
  std::uint32_t kb = 0;
  std::string version;  // "10.0.19041.1237"
};

// The name of a company, family, product or subcategory.
std::string category_name(const CatalogPlan& plan, const Group& group);

// `<upd:Update ...>` with the declarations of `namespaces`, and the UpdateIdentity of `member`.
void open_update(TextBuffer& out, const GroupFacts& facts, std::uint32_t member,
                 std::initializer_list<Namespace> namespaces);
void close_update(TextBuffer& out);

// ` xmlns:prefix="uri"`.
void add_declaration(TextBuffer& out, const Namespace& declared);

// ` PublicationState=".." CreationDate=".." PublisherID=".."`.
void add_publication(TextBuffer& out, const GroupFacts& facts, std::uint32_t member);

// `<upd:LocalizedProperties>` with a title and, unless it is empty, a description.
void add_localized(TextBuffer& out, std::string_view language, std::string_view title, std::string_view description);

void add_prerequisite(TextBuffer& out, const Guid& id);
void add_category_clause(TextBuffer& out, const Guid& id);

// A file of an update. Files with equal digest keys are the same file.
struct FileFacts {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t digest_key = 0;
};

// The files of `member` as its present revision has them; a new revision replaces one of them.
std::vector<FileFacts> files_of(const GroupFacts& facts, std::uint32_t member, std::uint32_t count,
                                std::string_view ending);
std::uint64_t total_size(const std::vector<FileFacts>& files);
void add_files(TextBuffer& out, const GroupFacts& facts, const std::vector<FileFacts>& files);

// `2026-01-14T17:05:09`: some moment in the month in which the group was made.
void add_birth_time(TextBuffer& out, const GroupFacts& facts, std::uint64_t key);

}  // namespace ferry::tests
