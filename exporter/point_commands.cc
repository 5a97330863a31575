// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/keys.h"

namespace ferry::exporter {
namespace {

constexpr std::string_view config_template =
    R"(# What this point synchronizes, selects and feeds. Full reference: README.md, "point.toml".
[point]
name = "{}"

# Where update documents come from; the source named first wins when two offer the same update.
#[[source]]
#name = "vendor"
#kind = "scup"              # a SCUP catalog: folder, .zip, .cab or V1 .xml
#path = "/srv/catalogs/vendor.cab"

#[[source]]
#name = "documents"
#kind = "updates"           # a folder of upd:Update documents
#path = "/srv/catalogs/documents"

# A feed is a selection that travels. "*" means all.
#[[feed]]
#name = "all"
#products = ["*"]
#classifications = ["Security Updates", "Critical Updates"]
#languages = ["en", "de"]
#content = "none"

# A site is a disconnected point that follows a feed.
#[[site]]
#name = "plant-1"
#feed = "all"
)";

void say_trust(const Console& console, const std::vector<std::string>& files) {
  Json json = Json::array();
  for (const std::string& bytes : files) {
    const format::TrustFile trust = format::parse_trust(bytes);
    Json exporters = Json::array();
    console.say(fmt::format("trust file {}, made {}", trust.version, trust.created.text()));
    console.say(fmt::format("  bundles need {} of:", counted(trust.exporter.threshold, "signature", "signatures")));
    for (const Certificate& certificate : trust.exporter.certificates) {
      console.say(fmt::format("    {}  key {}", for_terminal(certificate.subject()), certificate.key_id().hex()));
      exporters.push_back(Json{{"subject", certificate.subject()}, {"key", certificate.key_id().hex()}});
    }
    console.say("  fingerprint, to compare by voice:");
    const std::string print = format::fingerprint(bytes);
    console.say("    " + print.substr(0, 39));
    console.say("    " + print.substr(40));
    json.push_back(Json{{"number", trust.version},
                        {"created", trust.created.text()},
                        {"threshold", trust.exporter.threshold},
                        {"exporters", exporters},
                        {"fingerprint", sha256(bytes).hex()}});
  }
  console.emit(Json{{"version", 1}, {"trust", json}});
}

}  // namespace

void add_point_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto name = std::make_shared<std::string>("exporter");
  CLI::App& init = program.command(
      "init", "Make a new exporting point", "ferry-export --point /var/lib/ferry init --name headquarters",
      [&console, &point_option, name] {
        const auto directory = format::Point::choose_directory(point_option);
        const format::Point point = format::Point::create(directory, *name, fmt::format(config_template, *name));
        console.note(point.audit(SystemClock(), "init", Json{{"name", *name}}));
        console.say(fmt::format("made point {} in {}", quote(*name), quote(directory.native())));
        console.say(fmt::format("next: describe sources, feeds and sites in {}, then run: ferry-export trust init",
                                quote(point.config_path().native())));
        console.emit(Json{{"version", 1}, {"point", *name}, {"directory", directory.native()}});
        return ExitCode::done;
      });
  init.add_option("--name", *name, "Name of the point: a-z, 0-9, '.' and '-'");

  CLI::App& trust = program.command_group("trust", "Keys and trust files: who may sign bundles");
  auto options = std::make_shared<TrustInit>();
  CLI::App& trust_init = program.command_in(
      trust, "init", "Make signing keys and the first trust file", "ferry-export trust init",
      [&console, &point_option, options] {
        const format::Point point(format::Point::choose_directory(point_option));
        const FileLock lock = point.lock();
        init_trust(point, *options, SystemClock());
        const std::vector<std::string> files = load_trust_files(point);
        console.note(point.audit(SystemClock(), "trust init", Json{{"fingerprint", sha256(files.front()).hex()}}));
        say_trust(console, files);
        const auto file = point.trust_directory() / format::trust_file_name(1);
        console.say(
            fmt::format("next: carry {} to each site by a way you trust, and there run: ferry-import init "
                        "--trust FILE --site NAME",
                        quote(file.native())));
        console.say(fmt::format("the root key {} signs later trust files; keep a copy offline",
                                quote((point.key_directory() / "root-1.pem").native())));
        return ExitCode::done;
      });
  trust_init.add_option("--exporters", options->exporters, "How many signing keys to make (default 1)");
  trust_init.add_option("--threshold", options->threshold, "How many of them must sign a bundle (default 1)");
  program.command_in(trust, "show", "Show the trust files with their fingerprints", "ferry-export trust show --json",
                     [&console, &point_option] {
                       const format::Point point(format::Point::choose_directory(point_option));
                       say_trust(console, load_trust_files(point));
                       return ExitCode::done;
                     });
}

}  // namespace ferry::exporter
