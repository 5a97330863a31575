// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/confine.h"
#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/catalog/journal.h"
#include "format/catalog/references.h"
#include "format/change_page.h"
#include "format/change_summary.h"
#include "format/chunk.h"
#include "format/limits.h"
#include "format/point.h"
#include "importer/commands.h"
#include "importer/repair.h"

namespace ferry::importer {
namespace {

struct LookOptions {
  std::vector<std::string> places;
  std::string trust;   // a trust file to check against instead of the point's
  std::string output;  // of repair
  std::string html;    // of inspect
};

std::vector<std::filesystem::path> paths(const std::vector<std::string>& places) {
  return {places.begin(), places.end()};
}

// The trust files to check against: the one named, else the point's; nothing where there is neither.
std::optional<format::TrustChain> available_trust(const std::string& point_option, const std::string& file) {
  if (!file.empty()) return format::TrustChain({read_file(file, format::limits::max_trust_bytes), {}});
  try {
    const format::Point point(format::Point::choose_directory(point_option));
    format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
    const auto files = format::trust_files(catalog);
    if (!files.empty()) return format::TrustChain::walk(files);
  } catch (const NotFoundError&) {
    // A courier's machine has no point; he still may look.
  }
  return {};
}

// Every check of the front, under what follows from `trust` with the trust files that the bundle brings.
format::VerifiedManifest verified(const format::FoundBundle& bundle, format::TrustChain trust) {
  trust.follow(bundle.front().trust);
  return format::verify_bundle(bundle, trust.current());
}

Json manifest_json(const format::Manifest& manifest) {
  Json bases = Json::array();
  for (const format::GenerationState& base : manifest.bases)
    bases.push_back(Json{{"generation", base.generation}, {"state", base.state.hex()}});
  Json provenance = Json::array();
  for (const format::Provenance& source : manifest.provenance)
    provenance.push_back(Json{{"publisher", source.publisher},
                              {"feed", source.feed},
                              {"lineage", source.lineage.text()},
                              {"generation", source.generation},
                              {"sequence", source.sequence},
                              {"manifest", source.manifest.hex()}});
  return Json{{"name", manifest.bundle_name},
              {"kind", format::name_of(manifest.kind)},
              {"created", manifest.created.text()},
              {"next_expected", manifest.next_expected.text()},
              {"valid_until", manifest.valid_until.text()},
              {"publisher", manifest.publisher_name},
              {"feed", manifest.feed},
              {"recipients", manifest.recipients},
              {"bases", bases},
              {"target", manifest.target.generation},
              {"state", manifest.target.state.hex()},
              {"updates", manifest.updates},
              {"revisions", manifest.revisions},
              {"puts", manifest.puts},
              {"drops", manifest.drops},
              {"document_bytes", manifest.document_bytes},
              {"content_policy", manifest.content_policy},
              {"languages", manifest.languages},
              {"files", manifest.files},
              {"file_bytes", manifest.file_bytes},
              {"volumes", manifest.volumes.size()},
              {"sequence", manifest.chain.sequence},
              {"previous", manifest.chain.previous.hex()},
              {"provenance", provenance},
              {"tool", manifest.tool}};
}

void say_manifest(const Console& console, const format::Manifest& manifest) {
  std::string recipients;
  for (const std::string& site : manifest.recipients)
    recipients += (recipients.empty() ? "" : ", ") + for_terminal(site);
  const auto field = [&console](std::string_view name, const std::string& value) {
    console.say(fmt::format("  {:<11}{}", name, value));
  };
  console.say(for_terminal(manifest.bundle_name));
  field("publisher", for_terminal(manifest.publisher_name));
  field("for", recipients.empty() ? "every site of feed " + quote(manifest.feed) : "site " + recipients);
  field("made", manifest.created.text() + " by " + for_terminal(manifest.tool));
  field("feed", fmt::format("{}, {} to generation {}, which has {}", quote(manifest.feed),
                            manifest.bases.empty() ? std::string("everything up")
                                                   : fmt::format("from generation {} or later", manifest.base()),
                            manifest.target.generation, counted(manifest.updates, "update", "updates")));
  field("brings", fmt::format("{} ({} of documents), takes out {}", counted(manifest.puts, "revision", "revisions"),
                              format_size(manifest.document_bytes), format_count(manifest.drops)));
  if (manifest.files > 0)
    field("files", fmt::format("{}, {}", counted(manifest.files, "payload file", "payload files"),
                               format_size(manifest.file_bytes)));
  field("next",
        "expected by " + manifest.next_expected.text() + "; without it, stale after " + manifest.valid_until.text());
  field("volumes", format_count(manifest.volumes.size()));
  field("number", fmt::format("{} of all bundles of the feed", format_count(manifest.chain.sequence)));
  for (const format::Provenance& source : manifest.provenance)
    field("passes on", fmt::format("feed {} of {} at generation {}", quote(source.feed), quote(source.publisher),
                                   source.generation));
}

// Worst result first, so that one bad bundle among many shows in the exit code.
void worsen(ExitCode& code, ExitCode found) {
  if (code == ExitCode::done || found == ExitCode::trust) code = found;
}

void say_unreadable(const Console& console, const format::FoundBundles& found, Json& failures, ExitCode& code) {
  for (const format::UnreadableVolume& volume : found.unreadable) {
    console.warn(fmt::format("{}: {}", quote(volume.path.native()), volume.error));
    failures.push_back(Json{{"path", volume.path.native()}, {"error", volume.error}});
    worsen(code, volume.code);
  }
}

// Of the point, if there is one; a courier's machine and a gatekeeper's have none.
std::optional<format::Catalog> available_catalog(const std::string& point_option) {
  try {
    return format::Point(format::Point::choose_directory(point_option)).open_catalog(Database::Mode::read_only);
  } catch (const NotFoundError&) {
    return {};
  }
}

// Feeds a report from chunks whose digests were right.
class ReportTaker final : public format::MemberTaker {
 public:
  explicit ReportTaker(format::LoadReference load) : load_(std::move(load)) {}
  void chunk(const format::ChunkInfo& chunk, std::string_view stored) override {
    format::read_chunk(chunk, stored, decompressor_, load_,
                       [this](const format::Record& record) { reporter_.record(record); });
  }
  [[nodiscard]] format::ChangeReport finish(const format::Manifest& manifest) { return reporter_.finish(manifest); }

 private:
  Decompressor decompressor_;
  format::LoadReference load_;
  format::ChangeReporter reporter_;
};

// Reads every byte of the bundle: what is told was verified.
Json write_page(const Console& console, const std::string& point_option, format::FoundBundle& bundle,
                const format::VerifiedManifest& manifest, const std::string& file) {
  std::optional<format::Catalog> catalog = available_catalog(point_option);
  ReportTaker taker(catalog ? format::load_references(*catalog, manifest.get()) : format::LoadReference());
  format::check_volumes(bundle, manifest, taker);
  const format::ChangeReport report = taker.finish(manifest.get());
  write_file(file, format::change_page(report));
  format::say_report(console, report);
  return format::report_json(report);
}

ExitCode inspect(const Console& console, const std::string& point_option, const LookOptions& options) {
  confine(console);
  const auto trust = available_trust(point_option, options.trust);
  if (!options.html.empty() && !trust)
    throw TrustError(
        "--html tells of verified bundles only, and there is no trust file to check against; name one with "
        "--trust FILE, or a point with --point");
  format::FoundBundles found = format::find_bundles(paths(options.places));
  if (!options.html.empty() && found.bundles.size() > 1)
    throw UsageError("--html takes one bundle; name its volumes alone");
  ExitCode code = ExitCode::done;
  Json list = Json::array();
  Json failures = Json::array();
  for (format::FoundBundle& bundle : found.bundles) {
    Json entry;
    try {
      if (trust) {
        const format::VerifiedManifest manifest = verified(bundle, *trust);
        entry = manifest_json(manifest.get());
        say_manifest(console, manifest.get());
        Json signers = Json::array();
        for (const VerifiedSignature& signature : manifest.signatures()) {
          signers.push_back(signature.signer);
          console.say(
              fmt::format("  {:<11}{} at {}", "signed by", for_terminal(signature.signer), signature.signed_at.text()));
        }
        entry["signature"] = "valid";
        entry["signers"] = signers;
        if (!options.html.empty())
          entry["change_report"] = write_page(console, point_option, bundle, manifest, options.html);
      } else {
        const format::Manifest unverified_manifest = format::parse_manifest(bundle.front().manifest.bytes);
        entry = manifest_json(unverified_manifest);
        entry["signature"] = "not checked";
        say_manifest(console, unverified_manifest);
        console.say(fmt::format("  {:<11}NOT CHECKED: no trust file at hand (--trust FILE); all this is only claimed",
                                "signature"));
      }
    } catch (const Error& error) {
      entry["signature"] = "refused";
      entry["error"] = error.what();
      console.warn(fmt::format("{}: {}", quote(bundle.volumes.front().path().native()), error.what()));
      worsen(code, error.code());
    }
    Json files = Json::array();
    for (const format::VolumeReader& volume : bundle.volumes) files.push_back(volume.path().native());
    entry["files"] = files;
    list.push_back(std::move(entry));
  }
  say_unreadable(console, found, failures, code);
  console.emit(Json{{"version", 1}, {"bundles", list}, {"failures", failures}});
  return code;
}

ExitCode verify_bundles(const Console& console, const std::string& point_option, const LookOptions& options,
                        Json& report) {
  const auto trust = available_trust(point_option, options.trust);
  if (!trust)
    throw TrustError("there is no trust file to check against; name one with --trust FILE, or a point with --point");
  format::FoundBundles found = find_bundles_or_parity(paths(options.places));
  std::uint64_t total = 0;
  for (const format::FoundBundle& bundle : found.bundles) {
    for (const format::VolumeReader& volume : bundle.volumes) total += volume.size();
  }
  ExitCode code = found.bundles.empty() && found.unreadable.empty() ? ExitCode::damaged : ExitCode::done;
  Json list = Json::array();
  Json failures = Json::array();
  Progress progress(console, "verifying", total, "B");
  for (format::FoundBundle& bundle : found.bundles) {
    Json entry;
    try {
      const format::VerifiedManifest manifest = verified(bundle, *trust);
      entry["name"] = manifest->bundle_name;
      format::ProgressTaker taker([&progress](std::uint64_t bytes) { progress.advance(bytes); });
      format::check_volumes(bundle, manifest, taker);
      entry["result"] = "sound";
      console.say(fmt::format("{}: sound, {}, signed by {}", for_terminal(manifest->bundle_name),
                              counted(manifest->volumes.size(), "volume", "volumes"),
                              for_terminal(manifest.signatures().front().signer)));
    } catch (const Error& error) {
      entry["result"] = "refused";
      entry["error"] = error.what();
      console.warn(fmt::format("{}: {}", quote(bundle.volumes.front().path().native()), error.what()));
      worsen(code, error.code());
    }
    entry["path"] = bundle.volumes.front().path().native();
    list.push_back(std::move(entry));
  }
  say_unreadable(console, found, failures, code);
  report = Json{{"version", 1}, {"bundles", list}, {"failures", failures}};
  return code;
}

// What is damaged, and what parity can do about it.
void say_damage(const Console& console, const LookOptions& options, Json& json) {
  Progress progress(console, "assessing the damage", 0, "B");
  for (const BundleDamage& damage :
       assess_damage(paths(options.places), [&progress](std::uint64_t bytes) { progress.advance(bytes); })) {
    json.push_back(Json{{"name", damage.name}, {"repairable", damage.is_repairable()}, {"text", damage.text()}});
    console.warn(damage.text());
    console.warn(damage.is_repairable()
                     ? "parity repairs that: 'import' does it by itself, 'repair' writes whole volumes"
                     : "parity cannot repair that; copy the volumes again that are named");
  }
}

ExitCode verify(const Console& console, const std::string& point_option, const LookOptions& options) {
  confine(console);
  Json damage = Json::array();
  Json report;
  const ExitCode code = verify_bundles(console, point_option, options, report);
  if (code == ExitCode::damaged || code == ExitCode::failed) say_damage(console, options, damage);
  report["damage"] = damage;
  console.emit(report);
  return code;
}

ExitCode repair(const Console& console, const std::string& /*point_option*/, const LookOptions& options) {
  confine(console);
  make_directories(options.output);
  std::vector<BundleDamage> repaired;
  {
    Progress progress(console, "repairing", 0, "B");
    repaired = repair_damage(paths(options.places), options.output,
                             [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  ExitCode code = repaired.empty() ? ExitCode::nothing_to_do : ExitCode::done;
  Json list = Json::array();
  for (const BundleDamage& damage : repaired) {
    console.warn(damage.text());
    Json files = Json::array();
    for (const BundleDamage::File& file : damage.files) {
      if (file.repaired.empty()) continue;
      files.push_back(file.repaired.native());
      console.say("repaired: " + for_terminal(file.repaired.native(), 4096));
    }
    if (!damage.is_repairable()) code = ExitCode::damaged;
    list.push_back(Json{{"name", damage.name}, {"repaired", damage.is_repairable()}, {"files", files}});
  }
  if (repaired.empty()) console.say("nothing is damaged, or there are no parity files");
  console.emit(Json{{"version", 1}, {"bundles", list}});
  return code;
}

}  // namespace

void confine(const Console& console) {
  // Twice what the largest bundle that the format allows was seen to need.
  constexpr std::uint64_t max_data_bytes = 512ULL * 1024 * 1024;
  console.note(confine_process(max_data_bytes));
}

void add_look_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const auto add = [&](const std::string& name, const std::string& description, const std::string& example, auto run) {
    auto options = std::make_shared<LookOptions>();
    CLI::App& command = program.command(name, description, example, [&console, &point_option, options, run] {
      return run(console, point_option, *options);
    });
    command.add_option("path", options->places, "Volumes, or directories with volumes")->type_name("PATH")->required();
    command.add_option("--trust", options->trust, "Check against this trust file instead of the point's")
        ->type_name("FILE");
  };
  auto inspected = std::make_shared<LookOptions>();
  CLI::App& inspect_command =
      program.command("inspect", "Show what bundles say they are, without importing",
                      "ferry-import inspect /media/stick\n  ferry-import inspect --html report.html /media/stick",
                      [&console, &point_option, inspected] { return inspect(console, point_option, *inspected); });
  inspect_command.add_option("path", inspected->places, "Volumes, or directories with volumes")
      ->type_name("PATH")
      ->required();
  inspect_command.add_option("--trust", inspected->trust, "Check against this trust file instead of the point's")
      ->type_name("FILE");
  inspect_command
      .add_option("--html", inspected->html, "Check every byte, and write the change report of the bundle to this file")
      ->type_name("FILE");
  add("verify", "Check signatures and every byte of bundles, without importing", "ferry-import verify /media/stick",
      &verify);
  auto repaired = std::make_shared<LookOptions>();
  CLI::App& command =
      program.command("repair", "Write whole copies of damaged or lost volumes, from their parity files",
                      "ferry-import repair /media/disc -o /tmp/whole",
                      [&console, &point_option, repaired] { return repair(console, point_option, *repaired); });
  command.add_option("path", repaired->places, "Volumes and parity files, or directories with them")
      ->type_name("PATH")
      ->required();
  command.add_option("-o,--output", repaired->output, "Directory for the repaired volumes")
      ->type_name("DIR")
      ->required();
}

}  // namespace ferry::importer
