// SPDX-License-Identifier: Apache-2.0
//
// Drivers: one update with a metadata element for every device it supports.
#include <string>
#include <string_view>
#include <vector>

#include "tests/generator/documents.h"
#include "tests/generator/localized_text.h"
#include "tests/generator/word_lists.h"

namespace ferry::tests {

namespace {

constexpr std::uint64_t driver_key = 0xd21;
// Position in the list of classifications.
constexpr std::uint32_t drivers = 8;

struct Device {
  std::string_view bus;
  std::string_view driver_class;
  std::string_view noun;
  std::uint32_t vendor = 0;
  std::vector<Guid> computers;  // hardware that the driver is meant for
};

Device make_device(Random& random) {
  static constexpr std::string_view buses[] = {"PCI", "PCI", "USB", "ACPI", "HDAUDIO"};
  Device device;
  device.bus = random.pick(buses);
  device.driver_class = random.pick(words::driver_classes);
  device.noun = random.pick(words::device_nouns);
  device.vendor = random.between(0x1000, 0x9fff);
  for (std::uint32_t left = random.between(3, 12); left > 0; --left) {
    device.computers.push_back(Guid::from_key(random.next()));
  }
  return device;
}

void add_hardware_id(TextBuffer& out, const Device& device, Random& random) {
  const bool is_usb = device.bus == "USB";
  out << device.bus << (is_usb ? "\\VID_" : "\\VEN_");
  out.add_hex(device.vendor, 4, true);
  out << (is_usb ? "&amp;PID_" : "&amp;DEV_");
  out.add_hex(random.below(0x10000), 4, true);
  if (!is_usb && random.percent(70)) {
    out << "&amp;SUBSYS_";
    out.add_hex(random.below(0x10000), 4, true);
    out.add_hex(device.vendor, 4, true);
  }
}

void add_metadata(TextBuffer& out, const GroupFacts& facts, const Device& device, Random& random) {
  out << "<drv:WindowsDriverMetaData HardwareID=\"";
  add_hardware_id(out, device, random);
  out << "\" DriverVerDate=\"";
  TextBuffer moment;
  add_birth_time(moment, facts, facts.key(driver_key));
  out << moment.view().substr(0, 10) << "\" DriverVerVersion=\"" << facts.version << "\" WhqlDriverID=\""
      << 1'400'000U + static_cast<std::uint32_t>(facts.key(driver_key) % 900'000) << "\" Class=\""
      << device.driver_class << "\" Company=\"" << facts.theme.vendor << "\" Provider=\"" << facts.theme.vendor
      << "\" Manufacturer=\"" << facts.theme.vendor << "\" Model=\"" << facts.theme.vendor << " " << device.noun << " "
      << random.between(100, 999) << "\"";
  add_declaration(out, ns_drv);
  out << "><drv:CompatibleProvider>" << facts.theme.vendor << "</drv:CompatibleProvider>";
  for (const std::string_view system : {"AMD64.10.0", "X86.10.0", "ARM64.10.0"}) {
    if (!random.percent(60)) continue;
    out << "<drv:FeatureScore OperatingSystem=\"" << system << "\" FeatureScore=\"";
    out.add_hex(random.percent(80) ? 0xff : random.below(256), 2, true);
    out << "\" />";
  }
  for (const Guid& computer : device.computers) {
    if (random.percent(30)) {
      out << "<drv:DistributionComputerHardwareId>" << computer << "</drv:DistributionComputerHardwareId>";
    }
    if (random.percent(10)) {
      out << "<drv:TargetComputerHardwareId>" << computer << "</drv:TargetComputerHardwareId>";
    }
  }
  out << "</drv:WindowsDriverMetaData>";
}

}  // namespace

void write_driver(TextBuffer& out, const GroupFacts& facts) {
  const CatalogPlan& plan = facts.plan;
  const std::size_t begin = out.size();
  Random random(facts.key(driver_key));
  const Device device = make_device(random);
  const std::size_t target = static_cast<std::size_t>(random.low_heavy(5'500, 58'000));
  const std::vector<FileFacts> files = files_of(facts, 0, random.between(1, 2), ".cab");

  open_update(out, facts, 0, {ns_pub, ns_bar, ns_lar, ns_drv});
  out << "<upd:Properties DefaultPropertiesLanguage=\"en\" UpdateType=\"Driver\" "
         "ExplicitlyDeployable=\"true\" Handler=\""
      << namespace_base << ns_drv.name << "\" MaxDownloadSize=\"" << total_size(files) << "\" MinDownloadSize=\"0\"";
  add_publication(out, facts, 0);
  out << "><upd:InstallationBehavior RebootBehavior=\"CanRequestReboot\" />"
         "<upd:SupportUrl>https://support.example.com/drivers</upd:SupportUrl></upd:Properties>"
         "<upd:LocalizedPropertiesCollection>";
  TextBuffer title;
  title << facts.theme.vendor << " - " << device.driver_class << " - " << facts.version;
  TextBuffer description;
  description << facts.theme.vendor << " " << device.driver_class << " driver for " << device.noun;
  for (const LocalizedText& text : localized_texts()) {
    // A third of the drivers has the few languages that the vendor serves.
    const bool wanted = text.language == "en" || (facts.group.number % 3 == 0 && text.lcid % 5 == 1);
    if (wanted) add_localized(out, text.language, title.view(), description.view());
  }
  out << "</upd:LocalizedPropertiesCollection><upd:Relationships><upd:Prerequisites>";
  for (const Guid& detectoid : facts.theme.detectoids) {
    if (random.percent(30)) add_prerequisite(out, detectoid);
  }
  add_category_clause(out, plan.id(plan.group(facts.group.parent), 0));
  const std::uint32_t classification = plan.of_kind(GroupKind::classification)[drivers];
  add_category_clause(out, plan.id(plan.group(classification), 0));
  out << "</upd:Prerequisites></upd:Relationships><upd:ApplicabilityRules><upd:IsInstalled>"
         "<drv:WindowsDriverInstalled /></upd:IsInstalled><upd:IsInstallable>"
         "<drv:WindowsDriverInstallable /></upd:IsInstallable><upd:IsSuperseded>"
         "<drv:WindowsDriverSuperseded /></upd:IsSuperseded><upd:Metadata>";
  const std::size_t behind = 400 + files.size() * 330;
  do {
    add_metadata(out, facts, device, random);
  } while (out.size() - begin + behind < target);
  out << "</upd:Metadata></upd:ApplicabilityRules>";
  add_files(out, facts, files);
  out << "<upd:HandlerSpecificData xsi:type=\"drv:WindowsDriver\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" />";
  close_update(out);
}

}  // namespace ferry::tests
