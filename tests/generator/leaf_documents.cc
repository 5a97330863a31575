// SPDX-License-Identifier: Apache-2.0
//
// Hidden leaves: the documents that carry files, nine tenths of a catalog.
#include <algorithm>
#include <string_view>

#include "tests/generator/applicability_text.h"
#include "tests/generator/documents.h"
#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t leaf_key = 0x1eaf;
constexpr std::uint64_t size_key = 0x512e;
constexpr std::uint64_t manifest_key = 0x3a;

enum class Handler { command_line, windows_installer, cbs, windows_setup, windows_patch };

Handler handler_of(const GroupFacts& facts) {
  const std::uint64_t draw = facts.key(leaf_key) % 100;
  if (draw < 45) return Handler::command_line;
  if (draw < 70) return Handler::windows_installer;
  if (draw < 88) return Handler::cbs;
  return draw < 95 ? Handler::windows_setup : Handler::windows_patch;
}

Namespace namespace_of(Handler handler) {
  switch (handler) {
    case Handler::command_line:
      return ns_cmd;
    case Handler::windows_installer:
      return ns_msp;
    case Handler::cbs:
      return ns_cbs;
    case Handler::windows_setup:
      return ns_wsi;
    default:
      return ns_psf;
  }
}

std::string_view ending_of(Handler handler) {
  switch (handler) {
    case Handler::command_line:
      return ".exe";
    case Handler::windows_installer:
      return ".msp";
    case Handler::windows_setup:
      return ".wim";
    case Handler::windows_patch:
      return ".psf";
    default:
      return ".cab";
  }
}

// The size that a document is filled up to, and whether a package manifest fills it.
struct Volume {
  std::size_t bytes = 0;
  bool has_manifest = false;
};

Volume volume_of(const GroupFacts& facts, std::uint32_t member) {
  constexpr std::size_t mebibyte = 1'048'576;
  // No block is longer than this, so that the last one stays within the limit.
  constexpr std::size_t reserve = 16'384;
  constexpr std::uint64_t largest = 47'000'000;
  const std::uint64_t limit = std::min<std::uint64_t>(facts.plan.options().max_document - reserve, largest - reserve);

  Random random(facts.key(member, size_key));
  // Not drawn but counted, so that even a small catalog has one: the last member is a leaf.
  const bool is_rare = facts.group.number % 20 == 0 && member + 1 == facts.group.members;
  const bool is_giant = is_rare && facts.group.number % 100 == 0;
  if (is_giant) return {static_cast<std::size_t>(limit - random.low_heavy(0, limit / 4)), true};
  if (is_rare) {
    const std::uint64_t low = std::min<std::uint64_t>(limit / 2, 400'000);
    // Below 1 MiB the sizes spread evenly; above it most stay near 1 MiB.
    const std::uint64_t high = limit <= mebibyte || random.percent(20) ? limit : mebibyte;
    return {static_cast<std::size_t>(random.low_heavy(low, high)), true};
  }
  if (random.below(10'000) < 250) {
    const std::uint64_t low = std::min<std::uint64_t>(limit, 50'000);
    const std::uint64_t high = std::min<std::uint64_t>(limit, 400'000);
    return {static_cast<std::size_t>(random.low_heavy(low, high)), true};
  }
  return {static_cast<std::size_t>(random.low_heavy(3'000, 15'000)), false};
}

std::uint32_t file_count(Random& random, Handler handler) {
  if (handler == Handler::windows_setup) return random.between(6, 14);
  const std::uint32_t draw = random.below(100);
  if (draw < 66) return 1;
  if (draw < 88) return random.between(2, 3);
  return random.between(4, 14);
}

void add_component_identity(TextBuffer& out, std::string_view prefix, std::uint64_t key, std::string_view version,
                            std::string_view architecture) {
  Random random(key);
  out << "<assemblyIdentity name=\"" << prefix << "-" << random.pick(words::component_areas) << "-"
      << random.pick(words::component_parts) << "-" << random.pick(words::component_roles) << "\" version=\"" << version
      << "\" language=\"" << (random.percent(70) ? words::cultures[0] : random.pick(words::cultures))
      << "\" processorArchitecture=\"" << architecture << "\" publicKeyToken=\"";
  out.add_hex(hash_of(prefix.size(), random.below(3)), 16, false);
  out << "\" />";
}

// The manifest of a component-based package: one entry per component, up to `bytes` bytes.
// Siblings (the same package for other processors) have the same components, but other digests.
void add_manifest(TextBuffer& out, const GroupFacts& facts, std::uint32_t member, std::string_view architecture,
                  std::size_t bytes) {
  const std::size_t end = out.size() + bytes;
  const std::uint32_t contents = facts.plan.state(facts.group, member).content_changes();
  const std::uint64_t shared = facts.key(manifest_key);
  const std::uint64_t own = facts.key(member, manifest_key);
  const std::string_view vendor = facts.theme.vendor;
  TextBuffer version;

  out << "<upd:Metadata><cbsar:CbsPackageApplicabilityMetadata>\n"
         "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v3\" manifestVersion=\"1.0\" "
         "description=\"Fix for KB"
      << facts.kb << "\" copyright=\"" << vendor << "\">\n";
  out << "  <assemblyIdentity name=\"Package_for_KB" << facts.kb << "\" version=\"" << facts.version
      << "\" language=\"neutral\" processorArchitecture=\"" << architecture
      << "\" />\n"
         "  <package identifier=\"KB"
      << facts.kb << "\" applicabilityEvaluation=\"deep\" releaseType=\"Update\" restart=\"possible\">\n";
  for (std::uint32_t index = 0; out.size() < end; ++index) {
    Random random(hash_of(shared, index));
    std::uint32_t replaced = 0;
    for (std::uint32_t change = 1; change <= contents; ++change) {
      if (hash_of(own, index, change) % 40 == 0) ++replaced;
    }
    version.clear();
    if (random.percent(70)) {
      version << facts.version;
    } else {
      version << facts.theme.version << "." << random.below(4000) + replaced;
    }
    out << "    <update name=\"" << facts.kb << "-" << index + 1 << "_neutral_"
        << (random.percent(50) ? "PACKAGE" : "GDR") << "\">\n      <component>";
    add_component_identity(out, vendor, random.next(), version.view(), architecture);
    out << "</component>\n";
    for (std::uint32_t left = random.below(3); left > 0; --left) {
      const std::uint64_t file = random.next();
      out << "      <file name=\"" << random.pick(words::file_stems) << random.pick(words::file_tails)
          << random.pick(words::file_endings) << "\" destinationPath=\"$(runtime.system32)\\"
          << random.pick_from(facts.theme.components) << "\" version=\"" << version.view()
          << "\" attributes=\"none\">\n        <hash algorithm=\"SHA256\" value=\"";
      // Most files are the same for all processors.
      const bool is_neutral = file % 4 != 0;
      out.add_digest(hash_of(is_neutral ? shared : own, file, replaced), 32);
      out << "\" />\n      </file>\n";
    }
    if (random.percent(30)) {
      out << "      <applicable disposition=\"staged\"><detectUpdate><parent buildCompare=\"GE\" "
             "integrate=\"separate\" disposition=\"detect\">";
      add_component_identity(out, vendor, hash_of(shared, random.below(20)), facts.version, architecture);
      out << "</parent></detectUpdate></applicable>\n";
    }
    if (random.percent(20)) {
      out << "      <registryKey keyName=\"HKEY_LOCAL_MACHINE\\" << random.pick_from(facts.theme.registry_keys)
          << "\"><registryValue name=\"" << random.pick(words::registry_values) << "\" valueType=\"REG_SZ\" value=\""
          << version.view() << "\" /></registryKey>\n";
    }
    out << "    </update>\n";
  }
  out << "  </package>\n</assembly></cbsar:CbsPackageApplicabilityMetadata></upd:Metadata>";
}

void add_patch_metadata(TextBuffer& out, const GroupFacts& facts, Random& random) {
  out << "<upd:Metadata><mar:MsiPatchMetadata";
  add_declaration(out, ns_mar);
  out << "><MsiPatch xmlns=\"http://www.microsoft.com/msi/patch_applicability.xsd\" "
         "SchemaVersion=\"1.0.0.0\" PatchGUID=\"{"
      << Guid::from_key(random.next()).upper_case() << "}\" MinMsiVersion=\"3\">";
  for (std::uint32_t left = random.between(1, 4); left > 0; --left) {
    out << "<TargetProduct MinMsiVersion=\"3\"><TargetProductCode Validate=\"true\">"
        << random.pick_from(facts.theme.msi_codes)
        << "</TargetProductCode><TargetVersion Validate=\"true\" ComparisonType=\"Equal\" "
           "ComparisonFilter=\"MajorMinorUpdate\">"
        << facts.theme.version << ".0</TargetVersion></TargetProduct>";
  }
  out << "</MsiPatch></mar:MsiPatchMetadata></upd:Metadata>";
}

void add_handler_data(TextBuffer& out, const GroupFacts& facts, Handler handler, Random& random,
                      std::string_view file) {
  const std::string_view prefix = namespace_of(handler).prefix;
  static constexpr std::string_view types[] = {"CommandLineInstallation", "WindowsInstaller", "Cbs", "WindowsSetup",
                                               "WindowsPatch"};
  out << "<upd:HandlerSpecificData xsi:type=\"" << prefix << ":" << types[static_cast<std::size_t>(handler)]
      << "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";
  switch (handler) {
    case Handler::command_line:
      out << "<cmd:InstallCommand Program=\"" << file
          << "\" Arguments=\"/quiet /norestart\" RebootByDefault=\"false\" "
             "DefaultResult=\"Failed\"><cmd:ReturnCode Code=\"0\" Result=\"Succeeded\" />"
             "<cmd:ReturnCode Code=\"3010\" Result=\"Succeeded\" Reboot=\"true\" />"
             "</cmd:InstallCommand>";
      break;
    case Handler::windows_installer:
      out << "<msp:MspData PatchCode=\"" << random.pick_from(facts.theme.msi_codes)
          << "\" CommandLine=\"REBOOT=ReallySuppress\" UninstallCommandLine=\"\" />";
      break;
    case Handler::cbs:
      out << "<cbs:CbsData PackageIdentity=\"\" />";
      break;
    case Handler::windows_setup:
      out << "<wsi:InstallCommand Program=\"" << file << "\" IsSetup360=\"true\" />";
      break;
    case Handler::windows_patch:
      out << "<psf:WindowsPatchData InstallParameters=\"/q /z\" UnpackParameters=\"/x\" />";
      break;
  }
  out << "</upd:HandlerSpecificData>";
}

}  // namespace

void write_leaf(TextBuffer& out, const GroupFacts& facts, std::uint32_t member) {
  const std::size_t begin = out.size();
  const Volume volume = volume_of(facts, member);
  const Handler handler = volume.has_manifest ? Handler::cbs : handler_of(facts);
  Random random(facts.key(member, leaf_key));
  const std::uint32_t leaf = member - 1 - facts.group.hidden;
  const std::string_view architecture = words::architectures[leaf % 3];
  const std::string_view culture = words::cultures[leaf / 3 % std::size(words::cultures)];
  const std::vector<FileFacts> files = files_of(facts, member, file_count(random, handler), ending_of(handler));
  const Namespace handler_namespace = namespace_of(handler);

  open_update(out, facts, member, {ns_pub, ns_bar, ns_lar, ns_cbsar, handler_namespace});
  out << "<upd:Properties UpdateType=\"Software\" DefaultPropertiesLanguage=\"en\" Handler=\"" << namespace_base
      << handler_namespace.name << "\" MaxDownloadSize=\"" << total_size(files) << "\" MinDownloadSize=\"0\"";
  add_publication(out, facts, member);
  out << "><upd:InstallationBehavior Impact=\"" << (leaf % 4 == 0 ? "Minor" : "Normal")
      << "\" RebootBehavior=\"CanRequestReboot\" />";
  if (culture != "neutral") {
    out << "<upd:Language>" << culture.substr(0, culture.find('-')) << "</upd:Language>";
  }
  out << "</upd:Properties><upd:LocalizedPropertiesCollection>";
  TextBuffer title;
  title << random.pick(words::payloads) << " payload " << facts.version << " for " << facts.theme.name << " (KB"
        << facts.kb << ") " << architecture << " " << culture;
  add_localized(out, "en", title.view(), "");
  out << "</upd:LocalizedPropertiesCollection><upd:Relationships><upd:Prerequisites>";
  for (const Guid& detectoid : facts.theme.detectoids) {
    if (random.percent(60)) add_prerequisite(out, detectoid);
  }
  const std::vector<std::uint32_t>& detectoids = facts.plan.of_kind(GroupKind::detectoid);
  add_prerequisite(out, facts.plan.id(facts.plan.group(random.pick_from(detectoids)), 0));
  out << "<upd:AtLeastOne>";
  add_prerequisite(out, facts.plan.id(facts.plan.group(facts.group.parent), 0));
  out << "</upd:AtLeastOne></upd:Prerequisites></upd:Relationships><upd:ApplicabilityRules>";

  // The rules take what the manifest and the parts behind them leave.
  const std::size_t behind = 600 + files.size() * 330;
  const std::size_t so_far = out.size() - begin + behind;
  const std::size_t left = volume.bytes > so_far ? volume.bytes - so_far : 0;
  const std::size_t rules = volume.has_manifest ? std::min<std::size_t>(left, 4'000) : left;
  RuleWriter writer(out, facts, member);
  writer.add("IsInstalled", rules / 2);
  writer.add("IsInstallable", rules / 2);
  if (random.percent(10)) writer.add("IsSuperseded", 200);
  if (volume.has_manifest) {
    add_manifest(out, facts, member, architecture, left - rules);
  } else if (handler == Handler::windows_installer) {
    add_patch_metadata(out, facts, random);
  }
  out << "</upd:ApplicabilityRules>";
  add_files(out, facts, files);
  add_handler_data(out, facts, handler, random, files.front().name);
  close_update(out);
}

}  // namespace ferry::tests
