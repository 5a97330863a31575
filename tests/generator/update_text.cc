// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/update_text.h"

#include <algorithm>
#include <iterator>

#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t theme_key = 0x7e3e;
constexpr std::uint64_t name_key = 0xa3e;
constexpr std::uint64_t file_key = 0xf11e;
constexpr std::uint64_t date_key = 0xda7e;
constexpr std::uint64_t publisher_key = 0x9b;

// Month 0 ends the year 2025; what it holds was made in the 18 years before.
constexpr std::uint32_t first_year = 2008;
constexpr std::uint32_t months_before = 18 * 12;

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

void add_time(TextBuffer& out, std::uint32_t months, std::uint64_t key) {
  Random random(key);
  out << first_year + months / 12 << "-";
  out.add_padded(months % 12 + 1, 2);
  out << "-";
  out.add_padded(random.between(1, 28), 2);
  out << "T";
  out.add_padded(random.below(24), 2);
  out << ":";
  out.add_padded(random.below(60), 2);
  out << ":";
  out.add_padded(random.below(60), 2);
}

std::uint32_t birth_months(const GroupFacts& facts) {
  if (facts.group.birth > 0) return months_before + facts.group.birth - 1U;
  return static_cast<std::uint32_t>(facts.group.first * months_before / facts.plan.options().revisions);
}

ProductTheme make_theme(const CatalogPlan& plan, const Group& product) {
  ProductTheme theme;
  const std::uint64_t key = plan.key(product, theme_key);
  Random random(key);
  const Group& family = plan.group(product.parent);
  theme.name = category_name(plan, product);
  theme.vendor = category_name(plan, plan.group(family.parent));
  const std::string noun(random.pick(words::product_nouns));
  theme.subkey = join({"SOFTWARE\\", theme.vendor, "\\", noun});
  theme.version = join({std::to_string(random.between(4, 24)), ".", std::to_string(random.below(10)), ".",
                        std::to_string(random.between(1000, 26999))});
  for (int made = 0; made < 14; ++made) {
    theme.files.push_back(
        join({random.pick(words::file_stems), random.pick(words::file_tails), random.pick(words::file_endings)}));
  }
  for (int made = 0; made < 10; ++made) {
    theme.components.push_back(
        join({noun, "-", random.pick(words::component_areas), "-", random.pick(words::component_parts)}));
  }
  for (int made = 0; made < 8; ++made) {
    std::string registry_key = join({theme.subkey, "\\", random.pick(words::registry_leaves)});
    if (random.percent(40)) registry_key = join({registry_key, "\\", theme.components[2]});
    theme.registry_keys.push_back(registry_key);
  }
  for (int made = 0; made < 6; ++made) {
    theme.msi_codes.push_back(join({"{", Guid::from_key(random.next()).upper_case(), "}"}));
  }
  const std::vector<std::uint32_t>& detectoids = plan.of_kind(GroupKind::detectoid);
  for (int made = 0; made < 5 && !detectoids.empty(); ++made) {
    theme.detectoids.push_back(plan.id(plan.group(random.pick_from(detectoids)), 0));
  }
  return theme;
}

}  // namespace

GroupFacts::GroupFacts(const CatalogPlan& catalog, const Group& of) : plan(catalog), group(of) {
  const std::uint64_t seed = plan.options().seed;
  publisher = Guid::from_key(hash_of(seed, publisher_key));
  if (group.kind != GroupKind::bundle && group.kind != GroupKind::driver) return;

  const Group& product = plan.group(group.parent);
  const std::uint32_t company = plan.group(product.parent).parent;
  publisher = Guid::from_key(hash_of(seed, publisher_key, company));
  theme = make_theme(plan, product);
  const std::uint64_t draw = key(name_key);
  kb = 2'000'000 + group.number * 53 + static_cast<std::uint32_t>(draw % 53);
  const std::uint64_t step = group.generation * 37ULL + draw % 37;
  version = join({theme.version, ".", std::to_string(step + 1)});
}

std::string category_name(const CatalogPlan& plan, const Group& group) {
  Random random(plan.key(group, name_key));
  switch (group.kind) {
    case GroupKind::company: {
      if (group.number == 0) return "Microsoft";
      const std::uint32_t index = (group.number - 1) % std::size(words::companies);
      const std::uint32_t round = (group.number - 1) / std::size(words::companies);
      std::string name(words::companies[index]);
      return round == 0 ? name : join({name, " ", std::to_string(round + 1)});
    }
    case GroupKind::family: {
      if (group.number == 0) return "Windows";
      return std::string(words::families[(group.number - 1) % std::size(words::families)]);
    }
    case GroupKind::product: {
      if (group.number < std::size(words::known_products)) {
        return std::string(words::known_products[group.number]);
      }
      const Group& family = plan.group(group.parent);
      return join({category_name(plan, plan.group(family.parent)), " ", random.pick(words::product_nouns), " ",
                   std::to_string(random.between(2003, 2026))});
    }
    case GroupKind::subcategory: {
      return join(
          {category_name(plan, plan.group(group.parent)), " ", random.pick(words::component_areas), " Features"});
    }
    default:
      return std::string(words::classifications[group.number % 11]);
  }
}

void open_update(TextBuffer& out, const GroupFacts& facts, std::uint32_t member,
                 std::initializer_list<Namespace> namespaces) {
  out << "<upd:Update";
  for (const Namespace& declared : namespaces) add_declaration(out, declared);
  add_declaration(out, ns_upd);
  // The oldest categories name themselves in upper case, while all others name them in lower.
  const GroupKind kind = facts.group.kind;
  const bool upper_case = kind == GroupKind::company || kind == GroupKind::family;
  const Guid id = facts.id(member);
  out << "><upd:UpdateIdentity UpdateID=\"";
  if (upper_case) {
    out << id.upper_case();
  } else {
    out << id;
  }
  out << "\" RevisionNumber=\"" << facts.plan.revision(facts.group, member) << "\" />";
}

void close_update(TextBuffer& out) { out << "</upd:Update>"; }

void add_declaration(TextBuffer& out, const Namespace& declared) {
  out << " xmlns:" << declared.prefix << "=\"" << namespace_base << declared.name << "\"";
}

void add_publication(TextBuffer& out, const GroupFacts& facts, std::uint32_t member) {
  const UpdateState state = facts.plan.state(facts.group, member);
  const std::uint64_t key = hash_of(facts.key(member, date_key), state.changes);
  out << " PublicationState=\"" << (state.expired ? "Expired" : "Published") << "\" CreationDate=\"";
  add_time(out, state.changes > 0 ? months_before + state.month - 1U : birth_months(facts), key);
  out << ".";
  out.add_padded(static_cast<std::uint32_t>(key % 1000), 3);
  out << "Z\" PublisherID=\"" << facts.publisher << "\"";
}

void add_localized(TextBuffer& out, std::string_view language, std::string_view title, std::string_view description) {
  out << "<upd:LocalizedProperties><upd:Language>" << language << "</upd:Language><upd:Title>" << title
      << "</upd:Title>";
  if (!description.empty()) out << "<upd:Description>" << description << "</upd:Description>";
  out << "</upd:LocalizedProperties>";
}

void add_prerequisite(TextBuffer& out, const Guid& id) { out << "<upd:UpdateIdentity UpdateID=\"" << id << "\" />"; }

void add_category_clause(TextBuffer& out, const Guid& id) {
  out << "<upd:AtLeastOne IsCategory=\"true\">";
  add_prerequisite(out, id);
  out << "</upd:AtLeastOne>";
}

std::vector<FileFacts> files_of(const GroupFacts& facts, std::uint32_t member, std::uint32_t count,
                                std::string_view ending) {
  const std::uint32_t contents = facts.plan.state(facts.group, member).content_changes();
  const std::uint64_t own = facts.key(member, file_key);
  std::vector<FileFacts> files;
  for (std::uint32_t index = 0; index < count; ++index) {
    std::uint32_t replaced = 0;
    for (std::uint32_t change = 1; change <= contents; ++change) {
      if (hash_of(own, change) % count == index) ++replaced;
    }
    Random random(hash_of(own, index, 0));
    FileFacts file;
    file.digest_key = hash_of(own, index, 1 + replaced);
    // Siblings share a file here and there, until one of them replaces it.
    const bool shared = index > 0 && random.percent(20) && replaced == 0;
    if (shared) file.digest_key = hash_of(facts.key(file_key), index);
    file.name = join({random.pick_from(facts.theme.components), "-", facts.version, "-",
                      random.pick(words::architectures), "-", std::to_string(index), ending});
    if (shared) file.name = join({"shared-", facts.version, "-", std::to_string(index), ending});
    std::transform(file.name.begin(), file.name.end(), file.name.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    file.size = Random(file.digest_key).low_heavy(20'000, 400'000'000);
    files.push_back(file);
  }
  return files;
}

std::uint64_t total_size(const std::vector<FileFacts>& files) {
  std::uint64_t total = 0;
  for (const FileFacts& file : files) total += file.size;
  return total;
}

void add_files(TextBuffer& out, const GroupFacts& facts, const std::vector<FileFacts>& files) {
  out << "<upd:Files>";
  for (const FileFacts& file : files) {
    out << "<upd:File Digest=\"";
    out.add_digest(hash_of(file.digest_key, 1), 20);
    out << "\" DigestAlgorithm=\"SHA1\" FileName=\"" << file.name << "\" Size=\"" << file.size << "\" Modified=\"";
    add_birth_time(out, facts, file.digest_key);
    out << "Z\"";
    if (file.digest_key % 4 == 0) out << " PatchingType=\"SelfContained\"";
    out << "><upd:AdditionalDigest Algorithm=\"SHA256\">";
    out.add_digest(hash_of(file.digest_key, 256), 32);
    out << "</upd:AdditionalDigest></upd:File>";
  }
  out << "</upd:Files>";
}

void add_birth_time(TextBuffer& out, const GroupFacts& facts, std::uint64_t key) {
  add_time(out, birth_months(facts), key);
}

}  // namespace ferry::tests
