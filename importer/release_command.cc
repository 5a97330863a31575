// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "importer/commands.h"
#include "importer/gatekeeper.h"

namespace ferry::importer {
namespace {

constexpr std::uint64_t max_key_bytes = 1024ULL * 1024;

struct ReleaseOptions {
  std::string tree;
  std::string key;
  std::string certificate;
};

Signer load_signer(const ReleaseOptions& options) {
  const auto passphrase = [&options] { return ask_passphrase("passphrase of " + quote(options.key), false); };
  std::vector<Certificate> certificates = Certificate::all_from_pem(read_file(options.certificate, max_key_bytes));
  Signer signer{PrivateKey::from_pem(read_file(options.key, max_key_bytes), passphrase), certificates.front()};
  signer.chain.assign(certificates.begin() + 1, certificates.end());
  if (!signer.certificate.belongs_to(signer.key))
    throw TrustError(fmt::format("certificate {} belongs to another key than {}; name the two that belong together",
                                 quote(options.certificate), quote(options.key)));
  return signer;
}

ExitCode run_release(const Console& console, const ReleaseOptions& options) {
  const Release release = release_tree(options.tree, load_signer(options), SystemClock().now());
  console.say(fmt::format("{}: {} {}", for_terminal(release.bundle),
                          release.file ? "released by" : "was released already by", for_terminal(release.signer)));
  if (release.file) console.say("  " + for_terminal(release.file->native(), 4096));
  console.emit(Json{{"version", 1},
                    {"name", release.bundle},
                    {"signer", release.signer},
                    {"signature", release.file ? Json(release.file->native()) : Json(nullptr)}});
  return release.file ? ExitCode::done : ExitCode::nothing_to_do;
}

}  // namespace

void add_release_command(Program& program) {
  Console& console = program.console();
  auto options = std::make_shared<ReleaseOptions>();
  CLI::App& command = program.command(
      "release", "Sign a staged bundle as a gatekeeper, so that it may be applied",
      "ferry-import release /srv/inspect/all_plant-1_g3-g4_delta --key gatekeeper.pem --certificate gatekeeper.crt",
      [&console, options] { return run_release(console, *options); });
  command.add_option("tree", options->tree, "What 'import --stage' laid out")->type_name("DIR")->required();
  command.add_option("--key", options->key, "Private key of the gatekeeper (PEM)")->type_name("FILE")->required();
  command
      .add_option("--certificate", options->certificate, "Its certificate (PEM), others up to an authority behind it")
      ->type_name("FILE")
      ->required();
}

}  // namespace ferry::importer
