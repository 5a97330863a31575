// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/trust_edit.h"
#include "exporter/trust_store.h"
#include "format/catalog/feeds.h"
#include "format/limits.h"
#include "format/trust_report.h"
#include "format/verification.h"

namespace ferry::exporter {
namespace {

struct TrustOptions {
  std::uint64_t exporters = 1;
  std::uint64_t threshold = 0;  // 0: as it is
  std::uint64_t roots = 1;
  std::uint64_t root_threshold = 1;
  std::string role = "exporter";
  std::string type = "p256";
  std::string algorithms;
  std::string purpose;
  std::string minimum_format;
  std::vector<std::string> certificates;
  std::vector<std::string> pins;
  std::string key;
  std::string file;
  std::vector<std::string> key_folders;
  bool make_key = false;
  bool encrypt = false;
  bool is_stolen = false;
  bool is_retired = false;
  bool new_epoch = false;
  bool needs_crl = false;
  bool named_sites_only = false;
};

constexpr std::uint64_t max_certificate_file_bytes = 256ULL * 1024;

// Where new keys of a role go: root keys may belong on a stick of their own.
std::filesystem::path folder_for(const format::Point& point, const TrustOptions& options, std::string_view role) {
  return role == "root" && !options.key_folders.empty() ? std::filesystem::path(options.key_folders.front())
                                                        : point.key_directory();
}

// A certificate such as a new key will get.
Certificate trial_certificate(const TrustOptions& options) {
  return Certificate::self_signed(PrivateKey::generate(parse_key_type(options.type)), "trial", SystemClock().now());
}

// REQUIRES: the rules of the role are those that will stand in the trust file.
Certificate make_role_key(const format::Point& point, const KeyStore& keys, const TrustOptions& options,
                          const format::Role& rules, std::string_view role) {
  if (const auto problem = signing_problem(trial_certificate(options), format::signature_policy(rules)))
    throw UsageError(fmt::format("a new {} key could sign nothing in role {}: {}; choose another --type or other rules",
                                 options.type, role, *problem));
  const auto folder = folder_for(point, options, role);
  make_directories(folder);
  NewKey wanted;
  wanted.name = free_key_name(folder, role);
  wanted.type = parse_key_type(options.type);
  wanted.subject = fmt::format("Ferry {} of {}", wanted.name, point.config().name);
  wanted.encrypt = options.encrypt;
  return make_key(keys, folder, wanted);
}

void apply_rules(format::TrustFile& trust, const TrustOptions& options, format::Role& role) {
  if (options.threshold > 0) role.threshold = options.threshold;
  if (!options.algorithms.empty()) role.algorithms = parse_algorithm_list(options.algorithms);
  if (!options.purpose.empty()) {
    if (!is_object_identifier(options.purpose))
      throw UsageError(fmt::format("--purpose {}: expected an object identifier such as {}", quote(options.purpose),
                                   code_signing_purpose));
    role.purpose = options.purpose;
  }
  if (options.needs_crl) role.needs_crl = true;
  if (options.named_sites_only) trust.broadcast = false;
  if (!options.minimum_format.empty()) trust.minimum_format = options.minimum_format;
}

void add_given_keys(format::Role& role, const TrustOptions& options) {
  for (const std::string& file : options.certificates)
    add_key(role, Certificate::from_pem(read_file(file, max_certificate_file_bytes)));
  for (const std::string& pin : options.pins) {
    const auto key = Digest::from_hex(pin);
    if (!key)
      throw UsageError(
          fmt::format("--pin {}: expected the SHA-256 of a SubjectPublicKeyInfo in hexadecimal", quote(pin)));
    add_pin(role, *key);
  }
}

// What became of a change: in force, or waiting.
ExitCode report(const Console& console, const format::Point& point, const Draft& draft, std::string_view event) {
  const format::TrustFile trust = format::parse_trust(draft.trust.bytes);
  Json json = format::trust_json(draft.trust.bytes);
  json["installed"] = draft.signatures.complete;
  json["signatures"] = draft.trust.signatures.size();
  console.note(point.audit(SystemClock(), event, json));
  console.emit(Json{{"version", 1}, {"trust", Json::array({json})}});
  format::say_trust(console, draft.trust.bytes);
  if (draft.signatures.complete) {
    console.say(fmt::format("trust file {} is in force here; the next bundles carry it to the sites", trust.version));
    return ExitCode::done;
  }
  const auto file = point.trust_directory() / "draft" / format::trust_file_name(trust.version);
  console.warn(
      fmt::format("trust file {} is NOT in force: it has {} signatures of root keys of the version before and "
                  "{} of its own; bring {} to the other holders of root keys, who run: ferry-export trust "
                  "sign --file FILE --keys FOLDER",
                  trust.version, draft.signatures.of_current, draft.signatures.of_next, quote(file.native())));
  return ExitCode::incomplete;
}

ExitCode run_init(const Console& console, const std::string& point_option, const TrustOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const auto target = point.trust_directory() / format::trust_file_name(1);
  if (file_exists(target))
    throw UsageError(
        fmt::format("there is a trust file already: {}; making new keys would cut off every site; see "
                    "'trust rotate'",
                    quote(target.native())));
  const bool has_given = !options.certificates.empty() || !options.pins.empty();
  const std::uint64_t made = has_given ? 0 : options.exporters;
  const std::uint64_t threshold = std::max<std::uint64_t>(options.threshold, 1);
  if (!has_given && threshold > made)
    throw UsageError(
        fmt::format("a threshold of {} cannot be reached with {}", threshold, counted(made, "key", "keys")));
  if (options.root_threshold == 0 || options.root_threshold > options.roots)
    throw UsageError(fmt::format("a threshold of {} cannot be reached with {}", options.root_threshold,
                                 counted(options.roots, "root key", "root keys")));
  if (made > format::limits::max_signatures || options.roots > format::limits::max_signatures)
    throw UsageError(fmt::format("at most {} keys of a role are possible", format::limits::max_signatures));
  const KeyStore keys = key_store(point, options.key_folders);
  format::TrustFile trust;
  trust.lineage = Guid::random();
  trust.created = SystemClock().now();
  add_given_keys(trust.exporter, options);
  apply_rules(trust, options, trust.exporter);
  trust.exporter.threshold = threshold;
  trust.root.threshold = options.root_threshold;
  format::TrustFile trial = trust;  // a refusal comes before any key is made
  trial.root.certificates.assign(options.roots, trial_certificate(options));
  if (!has_given) trial.exporter.certificates.assign(made, trial.root.certificates.front());
  require_usable(trial);
  for (std::uint64_t i = 0; i < options.roots; ++i)
    trust.root.certificates.push_back(make_role_key(point, keys, options, trust.root, "root"));
  for (std::uint64_t i = 0; i < made; ++i)
    trust.exporter.certificates.push_back(make_role_key(point, keys, options, trust.exporter, "exporter"));
  const std::string bytes = format::encode(trust);
  static_cast<void>(format::parse_trust(bytes));
  install_first(point, trust);
  console.note(point.audit(SystemClock(), "trust init", Json{{"fingerprint", sha256(bytes).hex()}}));
  format::say_trust(console, bytes);
  console.emit(Json{{"version", 1}, {"trust", Json::array({format::trust_json(bytes)})}});
  console.say(
      fmt::format("next: carry {} to each site by a way you trust, and there run: ferry-import init --trust FILE "
                  "--site NAME",
                  quote(target.native())));
  console.say(fmt::format("the root keys in {} sign later trust files; keep them offline, with a copy",
                          quote(folder_for(point, options, "root").native())));
  return ExitCode::done;
}

// The feeds of this point with the generation that comes next.
FeedGenerations next_generations(const format::Point& point) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  FeedGenerations list;
  for (const format::Feed& feed : format::list_feeds(catalog)) {
    if (!feed.imported) list.push_back({feed.lineage, feed.generation + 1});
  }
  return list;
}

using Change = std::function<void(const format::Point&, const KeyStore&, format::TrustFile&)>;

// Every change of the trust file: the next version, signed with the root keys at hand.
ExitCode change_trust(const Console& console, const std::string& point_option, const TrustOptions& options,
                      std::string_view event, const Change& change) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::TrustChain chain = load_chain(point);
  const KeyStore keys = key_store(point, options.key_folders);
  const Time now = SystemClock().now();
  format::TrustFile next = next_version(chain.current(), now);
  change(point, keys, next);
  if (options.new_epoch) ++next.epoch;
  return report(console, point, propose(point, chain, next, keys, now), event);
}

ExitCode run_add(const Console& console, const std::string& point_option, const TrustOptions& options) {
  return change_trust(console, point_option, options, "trust add",
                      [&](const format::Point& point, const KeyStore& keys, format::TrustFile& next) {
                        format::Role& role = role_named(next, options.role);
                        add_given_keys(role, options);
                        apply_rules(next, options, role);
                        if (options.make_key) add_key(role, make_role_key(point, keys, options, role, options.role));
                      });
}

// A new key for each own one of the role that still counts.
ExitCode run_rotate(const Console& console, const std::string& point_option, const TrustOptions& options) {
  return change_trust(
      console, point_option, options, "trust rotate",
      [&](const format::Point& point, const KeyStore& keys, format::TrustFile& next) {
        format::Role& role = role_named(next, options.role);
        std::vector<Digest> old;
        if (!options.key.empty()) {
          old.push_back(find_key(next, options.key));
          require_key_of(next, options.role, old.front());
        }
        for (const Certificate& certificate : role.certificates) {
          const auto is_revoked = std::any_of(next.revoked.begin(), next.revoked.end(), [&](const auto& revocation) {
            return revocation.key == certificate.key_id();
          });
          if (options.key.empty() && !is_revoked) old.push_back(certificate.key_id());
        }
        apply_rules(next, options, role);
        if (old.empty())
          throw NotFoundError(fmt::format(
              "role {} has no certificate to rotate; name a key, or add one with 'trust add --new-key'", options.role));
        for (std::size_t i = 0; i < old.size(); ++i)
          add_key(role, make_role_key(point, keys, options, role, options.role));
        const FeedGenerations from = next_generations(point);
        for (const Digest& key : old) {
          // A root key signs no bundles, so nothing of it is on its way.
          if (options.role == "root" || from.empty()) {
            remove_key(role, key);
          } else {
            retire_key(next, key, from);
          }
        }
      });
}

ExitCode run_revoke(const Console& console, const std::string& point_option, const TrustOptions& options) {
  if (options.is_stolen == options.is_retired)
    throw UsageError(
        "say either --stolen (nothing that the key signed counts) or --retired (what leads up to the "
        "current generation stays good)");
  return change_trust(console, point_option, options, "trust revoke",
                      [&](const format::Point& point, const KeyStore& keys, format::TrustFile& next) {
                        const Digest key = find_key(next, options.key);
                        const bool is_root = [&] {
                          const auto roots = next.root.keys();
                          return std::find(roots.begin(), roots.end(), key) != roots.end();
                        }();
                        format::Role& role = is_root ? next.root : next.exporter;
                        if (options.is_stolen) {
                          revoke_key(next, key);
                        } else if (is_root) {
                          // It signs no bundles, so nothing of it is on its way.
                          remove_key(next.root, key);
                        } else {
                          retire_key(next, key, next_generations(point));
                        }
                        apply_rules(next, options, role);
                        if (options.make_key)
                          add_key(role, make_role_key(point, keys, options, role, is_root ? "root" : "exporter"));
                      });
}

ExitCode run_sign(const Console& console, const std::string& point_option, const TrustOptions& options) {
  const Time now = SystemClock().now();
  if (!options.file.empty()) {
    // Whoever holds a root key needs no point, only the draft.
    KeyStore keys;
    for (const std::string& folder : options.key_folders) keys.directories.emplace_back(folder);
    if (keys.directories.empty()) throw UsageError("name the folder with the root key: --keys FOLDER");
    std::optional<format::TrustFile> current;
    if (!options.certificates.empty())
      current = format::parse_trust(read_file(options.certificates.front(), format::limits::max_trust_bytes));
    const std::size_t made = sign_trust_file(options.file, current, keys, now);
    console.emit(Json{{"version", 1}, {"signatures", made}});
    if (made == 0) {
      console.warn("no key in these folders is a root key that has not signed yet");
      return ExitCode::nothing_to_do;
    }
    console.say(fmt::format("made {} beside {}", counted(made, "signature", "signatures"), quote(options.file)));
    return ExitCode::done;
  }
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::TrustChain chain = load_chain(point);
  return report(console, point, sign_draft(point, chain, key_store(point, options.key_folders), now), "trust sign");
}

ExitCode run_show(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  const format::TrustChain chain = load_chain(point);
  Json list = Json::array();
  for (const format::SignedTrust& trust : chain.files()) {
    list.push_back(format::trust_json(trust.bytes));
    format::say_trust(console, trust.bytes);
  }
  Json waiting(nullptr);
  if (const auto draft = load_draft(point, chain)) {
    waiting = format::trust_json(draft->trust.bytes);
    console.warn(fmt::format("trust file {} waits for signatures; see 'trust sign'", chain.current().version + 1));
  }
  console.emit(Json{{"version", 1}, {"trust", list}, {"draft", waiting}});
  return ExitCode::done;
}

ExitCode run_fingerprint(const Console& console, const std::string& point_option, const TrustOptions& options) {
  const std::string bytes =
      options.file.empty()
          ? load_chain(format::Point(format::Point::choose_directory(point_option))).files().back().bytes
          : read_file(options.file, format::limits::max_trust_bytes);
  const format::TrustFile trust = format::parse_trust(bytes);
  console.say(fmt::format("trust file {}, made {}", trust.version, trust.created.text()));
  format::say_fingerprint(console, bytes);
  console.emit(Json{{"version", 1},
                    {"number", trust.version},
                    {"fingerprint", sha256(bytes).hex()},
                    {"fingerprint_words", format::fingerprint_words(bytes)}});
  return ExitCode::done;
}

}  // namespace

void add_trust_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  CLI::App& group = program.command_group("trust", "Keys and trust files: who may sign bundles");
  const auto add = [&](const std::string& name, const std::string& description, const std::string& example, auto run) {
    auto options = std::make_shared<TrustOptions>();
    CLI::App& command = program.command_in(group, name, description, example, [&console, &point_option, options, run] {
      return run(console, point_option, *options);
    });
    return std::pair<CLI::App*, std::shared_ptr<TrustOptions>>{&command, options};
  };
  const auto rules = [](CLI::App* command, const std::shared_ptr<TrustOptions>& options) {
    command->add_option("--threshold", options->threshold, "How many signatures the role demands");
    command
        ->add_option("--algorithms", options->algorithms,
                     "Allowed ones, with commas: ecdsa-p256, ecdsa-p384, rsa-pkcs1, rsa-pss (default all)")
        ->type_name("LIST");
    command->add_option("--purpose", options->purpose, "Extended key usage of signers, as object identifier")
        ->type_name("OID");
    command->add_flag("--crl", options->needs_crl, "Signatures must bring a revocation list of their authority");
    command->add_flag("--named-sites-only", options->named_sites_only, "Sites refuse bundles that name no site");
    command->add_option("--minimum-format", options->minimum_format, "Sites refuse bundles of an older format")
        ->type_name("VERSION");
  };
  const auto new_keys = [](CLI::App* command, const std::shared_ptr<TrustOptions>& options) {
    command->add_option("--type", options->type, "Type of new keys: p256 (default), p384 or rsa3072")
        ->type_name("p256|p384|rsa3072");
    command->add_flag("--encrypt", options->encrypt, "Encrypt new keys with a passphrase");
    command
        ->add_option("--keys", options->key_folders,
                     "Folder with root keys, such as a stick; new root keys go there too")
        ->type_name("DIR");
  };
  const auto given_keys = [](CLI::App* command, const std::shared_ptr<TrustOptions>& options) {
    command
        ->add_option("--certificate", options->certificates,
                     "Name this certificate (PEM), of a signer or of an authority")
        ->type_name("FILE");
    command->add_option("--pin", options->pins, "Name the key with this SHA-256 of its SubjectPublicKeyInfo")
        ->type_name("SHA256");
  };

  const auto [init, init_options] = add("init", "Make signing keys and the first trust file",
                                        "ferry-export trust init --exporters 2 --threshold 2", &run_init);
  init->add_option("--exporters", init_options->exporters, "How many signing keys to make (default 1)");
  init->add_option("--roots", init_options->roots, "How many root keys to make (default 1)");
  init->add_option("--root-threshold", init_options->root_threshold,
                   "How many of them must sign a later trust file (default 1)");
  rules(init, init_options);
  new_keys(init, init_options);
  given_keys(init, init_options);

  const auto [add_command, add_options] =
      add("add", "Add keys to a role, or change its rules", "ferry-export trust add --new-key --threshold 2", &run_add);
  add_command->add_option("--role", add_options->role, "exporter (default) or root")->type_name("exporter|root");
  add_command->add_flag("--new-key", add_options->make_key, "Make a key here and add it");
  rules(add_command, add_options);
  new_keys(add_command, add_options);
  given_keys(add_command, add_options);

  const auto [rotate, rotate_options] = add("rotate", "Replace keys by new ones; bundles on their way stay good",
                                            "ferry-export trust rotate", &run_rotate);
  rotate->add_option("key", rotate_options->key, "Only this key, by its first digits")->type_name("KEY");
  rotate->add_option("--role", rotate_options->role, "exporter (default) or root")->type_name("exporter|root");
  rules(rotate, rotate_options);
  new_keys(rotate, rotate_options);

  const auto [revoke, revoke_options] =
      add("revoke", "Let signatures by a key count no more",
          "ferry-export trust revoke 3f9a02c1 --stolen --new-key --new-epoch", &run_revoke);
  revoke->add_option("key", revoke_options->key, "The key, by its first digits as 'trust show' prints them")
      ->type_name("KEY")
      ->required();
  revoke->add_flag("--stolen", revoke_options->is_stolen, "Nothing that it signed counts, whenever that was");
  revoke->add_flag("--retired", revoke_options->is_retired, "What leads up to the current generation stays good");
  revoke->add_flag("--new-key", revoke_options->make_key, "Make another key in its place");
  revoke->add_flag("--new-epoch", revoke_options->new_epoch,
                   "Bring back sites that a thief led to a generation of his own; the next bundles are full");
  rules(revoke, revoke_options);
  new_keys(revoke, revoke_options);

  const auto [sign, sign_options] =
      add("sign", "Add root signatures to a trust file that waits for them",
          "ferry-export trust sign --file /media/stick/trust-0002.xml --keys /media/rootkey", &run_sign);
  sign->add_option("--file", sign_options->file, "This file instead of the point's draft")->type_name("FILE");
  sign->add_option("--keys", sign_options->key_folders, "Folder with root keys")->type_name("DIR");
  sign->add_option("--current", sign_options->certificates, "The version before it, where the root keys change")
      ->type_name("FILE")
      ->expected(1);

  add("show", "Show the trust files with their fingerprints", "ferry-export trust show --json",
      [](const Console& out, const std::string& point, const TrustOptions&) { return run_show(out, point); });

  const auto [fingerprint, fingerprint_options] =
      add("fingerprint", "Show the newest trust file's fingerprint, to read aloud",
          "ferry-export trust fingerprint /media/stick/trust-0001.xml", &run_fingerprint);
  fingerprint->add_option("file", fingerprint_options->file, "A trust file (default: the point's newest)")
      ->type_name("FILE");
}

}  // namespace ferry::exporter
