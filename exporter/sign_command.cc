// SPDX-License-Identifier: Apache-2.0
// Two-person release: a second key signs a finished bundle, after checking all of it again.
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/trust_store.h"
#include "format/bundle.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

struct SignOptions {
  std::vector<std::string> places;
  std::string trust;
  std::vector<std::string> key_folders;
};

// The trust and the keys to sign with: the point's, or what is named, for a person who has no point.
struct SigningKit {
  format::TrustChain trust;
  KeyStore keys;
};

SigningKit signing_kit(const std::string& point_option, const SignOptions& options) {
  if (options.trust.empty()) {
    const format::Point point(format::Point::choose_directory(point_option));
    return {load_chain(point), key_store(point, options.key_folders)};
  }
  if (options.key_folders.empty()) throw UsageError("with --trust, name the folder of your key: --keys FOLDER");
  SigningKit kit{format::TrustChain({read_file(options.trust, format::limits::max_trust_bytes), {}}), {}};
  for (const std::string& folder : options.key_folders) kit.keys.directories.emplace_back(folder);
  return kit;
}

struct Signing {
  std::string bundle;
  std::vector<std::filesystem::path> made;
  std::uint64_t missing = 0;
};

// Nobody signs what he has not checked: every signature that is there must hold so far, every byte be right.
format::VerifiedManifest check_bundle(format::FoundBundle& bundle, format::TrustFile trust) {
  const std::vector<std::string> signatures = format::all_signatures(bundle);
  const auto found = format::count_signatures(bundle.front().manifest.bytes, signatures, trust.exporter);
  if (found.counted.empty())
    throw TrustError(fmt::format("no signature of this bundle holds{}; its exporter signs first", found.faults));
  trust.exporter.threshold = std::min<std::uint64_t>(trust.exporter.threshold, found.counted.size());
  format::VerifiedManifest manifest = format::verify_bundle(bundle, trust);
  format::MemberTaker taker;
  format::check_volumes(bundle, manifest, taker);
  return manifest;
}

std::filesystem::path free_signature_file(const std::filesystem::path& directory, const std::string& bundle) {
  for (std::size_t number = 1;; ++number) {
    auto file = directory / format::signature_file_name(bundle, number);
    if (!file_exists(file)) return file;
  }
}

Signing sign_bundle(format::FoundBundle& bundle, const SigningKit& kit, Time now) {
  format::TrustChain trust = kit.trust;
  trust.follow(bundle.front().trust);
  const format::TrustFile& current = trust.current();
  const format::VerifiedManifest manifest = check_bundle(bundle, current);
  const auto directory = bundle.volumes.front().path().parent_path();
  Signing signing;
  signing.bundle = manifest->bundle_name;
  std::vector<std::string> signatures = format::all_signatures(bundle);
  for (const Signer& signer : find_signers(kit.keys, current.exporter)) {
    const Digest key = signer.certificate.key_id();
    const auto& there = manifest.signatures();
    const bool has_signed =
        std::any_of(there.begin(), there.end(), [&key](const auto& one) { return one.key_id == key; });
    if (has_signed || current.is_revoked(key, manifest->lineage, manifest->target.generation)) continue;
    const std::string signature =
        format::sign_for(current.exporter, bundle.front().manifest.bytes, signer, std::max(now, manifest->created));
    signatures.push_back(signature);
    const auto file = free_signature_file(directory, manifest->bundle_name);
    write_file(file, signature);
    signing.made.push_back(file);
  }
  // Read again as a site would, so that nothing is claimed that does not hold.
  const auto counted = format::count_signatures(bundle.front().manifest.bytes, signatures, current.exporter);
  if (counted.counted.size() < manifest.signatures().size() + signing.made.size())
    throw TrustError("a signature just made does not verify" + counted.faults);
  signing.missing =
      current.exporter.threshold - std::min<std::uint64_t>(current.exporter.threshold, counted.counted.size());
  return signing;
}

ExitCode sign_bundle(const Console& console, const std::string& point_option, const SignOptions& options) {
  const SigningKit kit = signing_kit(point_option, options);
  format::FoundBundles found = format::find_bundles({options.places.begin(), options.places.end()});
  for (const format::UnreadableVolume& volume : found.unreadable)
    throw Error(fmt::format("{}: {}", quote(volume.path.native()), volume.error), volume.code);
  Json list = Json::array();
  bool any_made = false;
  bool any_missing = false;
  for (format::FoundBundle& bundle : found.bundles) {
    const Signing signing = sign_bundle(bundle, kit, SystemClock().now());
    Json files = Json::array();
    for (const auto& file : signing.made) files.push_back(file.native());
    list.push_back(Json{{"name", signing.bundle}, {"signatures", files}, {"signatures_missing", signing.missing}});
    any_made |= !signing.made.empty();
    any_missing |= signing.missing > 0;
    console.say(fmt::format("{}: {}", for_terminal(signing.bundle),
                            signing.made.empty() ? "no key here has not signed it already" : "checked and signed"));
    for (const auto& file : signing.made) console.say("  " + for_terminal(file.native(), 4096));
    if (signing.missing > 0)
      console.warn(fmt::format("{} from other keys are still missing; no site takes this bundle yet",
                               counted(signing.missing, "signature", "signatures")));
  }
  console.emit(Json{{"version", 1}, {"bundles", list}});
  if (any_missing) return ExitCode::incomplete;
  return any_made ? ExitCode::done : ExitCode::nothing_to_do;
}

}  // namespace

void add_sign_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<SignOptions>();
  CLI::App& command = program.command(
      "sign", "Check finished bundles and add a signature beside them", "ferry-export sign /media/stick",
      [&console, &point_option, options] { return sign_bundle(console, point_option, *options); });
  command.add_option("path", options->places, "Volumes, or directories with volumes")->type_name("PATH")->required();
  command.add_option("--trust", options->trust, "Trust file to check against, where there is no point")
      ->type_name("FILE");
  command.add_option("--keys", options->key_folders, "Another folder with keys")->type_name("DIR");
}

}  // namespace ferry::exporter
