// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/applicability_text.h"

#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t rules_key = 0x2d1e5;

// Known folders of the CSIDL list: program files, system, windows, common files.
constexpr std::uint32_t folders[] = {38, 37, 36, 43, 41};
// Languages as Windows numbers them.
constexpr std::string_view locales[] = {"1031", "1033", "1036", "1040", "1041", "1046", "1049", "1053", "2052", "3082"};

}  // namespace

RuleWriter::RuleWriter(TextBuffer& out, const GroupFacts& facts, std::uint32_t member)
    : out_(out), facts_(facts), of_group_(facts.key(rules_key)), own_(facts.key(member, rules_key + 1)) {}

void RuleWriter::add(std::string_view name, std::size_t bytes) {
  const std::size_t end = out_.size() + bytes;
  out_ << "<upd:" << name << "><lar:And";
  add_declaration(out_, ns_lar);
  out_ << ">";
  do {
    add_block();
  } while (out_.size() < end);
  out_ << "</lar:And></upd:" << name << ">";
}

Random& RuleWriter::pick_stream() { return own_.percent(70) ? of_group_ : own_; }

void RuleWriter::add_block() {
  const std::uint32_t draw = pick_stream().below(100);
  if (draw < 50) {
    add_rule();
  } else if (draw < 65) {
    out_ << "<lar:Not>";
    add_rule();
    out_ << "</lar:Not>";
  } else if (draw < 90) {
    out_ << "<lar:Or>";
    for (std::uint32_t left = 1 + draw % 3; left > 0; --left) add_rule();
    out_ << "</lar:Or>";
  } else {
    out_ << "<lar:Not><lar:And>";
    for (std::uint32_t left = 2 + draw % 2; left > 0; --left) add_rule();
    out_ << "</lar:And></lar:Not>";
  }
}

void RuleWriter::add_rule() {
  Random& random = pick_stream();
  const std::uint32_t draw = random.below(100);
  if (draw < 45) {
    add_registry_rule(random);
  } else if (draw < 75) {
    add_file_rule(random);
  } else if (draw < 90) {
    add_system_rule(random);
  } else {
    add_msi_rule(random);
    return;
  }
  add_declaration(out_, ns_bar);
  out_ << " />";
}

void RuleWriter::add_registry_key(Random& random) {
  out_ << " Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"" << random.pick_from(facts_.theme.registry_keys) << "\"";
}

// Mostly the version of the update itself, else one near it.
void RuleWriter::add_version(Random& random) {
  if (random.percent(60)) {
    out_ << facts_.version;
  } else {
    out_ << facts_.theme.version << "." << random.below(4000);
  }
}

void RuleWriter::add_registry_rule(Random& random) {
  const std::string_view comparison = random.pick(words::comparisons);
  const std::string_view value = random.pick(words::registry_values);
  switch (random.below(6)) {
    case 0:
      out_ << "<bar:RegDword";
      add_registry_key(random);
      out_ << " Value=\"" << value << "\" Comparison=\"" << comparison << "\" Data=\"" << random.below(12) << "\"";
      break;
    case 1:
      out_ << "<bar:RegSz";
      add_registry_key(random);
      out_ << " Value=\"" << value << "\" Comparison=\"EqualTo\" Data=\"" << random.pick_from(facts_.theme.components)
           << "\"";
      break;
    case 2:
      out_ << "<bar:RegSzToVersion";
      add_registry_key(random);
      out_ << " Value=\"" << value << "\" Comparison=\"" << comparison << "\" Data=\"";
      add_version(random);
      out_ << "\"";
      break;
    case 3:
      out_ << "<bar:RegKeyExists";
      add_registry_key(random);
      break;
    case 4:
      out_ << "<bar:RegValueExists";
      add_registry_key(random);
      out_ << " Value=\"" << value << "\" Type=\"REG_SZ\"";
      break;
    default:
      out_ << "<bar:RegExpandSz";
      add_registry_key(random);
      out_ << " Value=\"" << value << "\" Comparison=\"BeginsWith\" Data=\"%ProgramFiles%\\" << facts_.theme.vendor
           << "\"";
      break;
  }
}

void RuleWriter::add_file_rule(Random& random) {
  const std::string_view comparison = random.pick(words::comparisons);
  const std::string_view file = random.pick_from(facts_.theme.files);
  const std::string_view component = random.pick_from(facts_.theme.components);
  switch (random.below(4)) {
    case 0:
      out_ << "<bar:FileVersionPrependRegSz Path=\"" << file << "\" Comparison=\"" << comparison << "\" Version=\"";
      add_version(random);
      out_ << "\"";
      add_registry_key(random);
      out_ << " Value=\"InstallPath\"";
      break;
    case 1:
      out_ << "<bar:FileExists Path=\"" << component << "\\" << file << "\" Csidl=\"" << random.pick(folders) << "\"";
      break;
    case 2:
      out_ << "<bar:FileSize Path=\"" << component << "\\" << file << "\" Comparison=\"" << comparison << "\" Size=\""
           << random.between(4, 4000) * 512U << "\" Csidl=\"" << random.pick(folders) << "\"";
      break;
    default:
      out_ << "<bar:FileVersion Path=\"" << component << "\\" << file << "\" Comparison=\"" << comparison
           << "\" Version=\"";
      add_version(random);
      out_ << "\" Csidl=\"" << random.pick(folders) << "\"";
      break;
  }
}

void RuleWriter::add_system_rule(Random& random) {
  switch (random.below(6)) {
    case 0:
      out_ << "<bar:Processor Architecture=\"" << random.pick({9U, 0U, 12U}) << "\"";
      break;
    case 1:
      out_ << "<bar:WindowsLanguage Language=\"" << random.pick(words::cultures) << "\"";
      break;
    case 2:
      out_ << "<bar:MuiInstalled";
      break;
    case 3:
      out_ << "<bar:LicenseDword Value=\"" << random.pick_from(facts_.theme.components)
           << "-Enabled\" Comparison=\"EqualTo\" Data=\"" << random.below(2) << "\"";
      break;
    case 4:
      out_ << "<bar:WmiQuery Namespace=\"root\\cimv2\" WqlQuery=\"SELECT Version FROM "
              "Win32_Product WHERE Name = '"
           << facts_.theme.name << "' AND Version &gt; '";
      add_version(random);
      out_ << "'\"";
      break;
    default:
      out_ << "<bar:WindowsVersion Comparison=\"" << random.pick(words::comparisons) << "\" MajorVersion=\""
           << random.pick({6U, 10U, 10U}) << "\" MinorVersion=\"" << random.below(4) << "\" BuildNumber=\""
           << random.pick({9600U, 17763U, 19045U, 22631U}) << "\" ProductType=\"" << random.between(1, 3) << "\"";
      break;
  }
}

void RuleWriter::add_msi_rule(Random& random) {
  const std::string_view code = random.pick_from(facts_.theme.msi_codes);
  if (random.percent(60)) {
    out_ << "<mar:MsiProductInstalled ProductCode=\"" << code << "\" VersionMin=\"";
    add_version(random);
    out_ << "\" ExcludeVersionMin=\"false\" Language=\"" << random.pick(locales) << "\"";
  } else {
    out_ << "<mar:MsiPatchInstalledForProduct PatchCode=\"" << random.pick_from(facts_.theme.msi_codes)
         << "\" ProductCode=\"" << code << "\"";
  }
  add_declaration(out_, ns_mar);
  out_ << " />";
}

}  // namespace ferry::tests
