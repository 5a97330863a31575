// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "format/point.h"

namespace ferry::exporter {
namespace {

constexpr std::string_view config_template =
    R"(# What this point synchronizes, selects and feeds. Full reference: man 5 ferry-point.toml.
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

#[[source]]
#name = "upstream"
#kind = "wsus-server"       # a WSUS, asked as a downstream server asks
#url = "http://wsus.example:8530"

# A feed is a selection that travels. "*" means all.
#[[feed]]
#name = "all"
#products = ["*"]
#classifications = ["Security Updates", "Critical Updates"]
#languages = ["en", "de"]
#content = "none"
#approvals = false          # true: what was approved here travels, as a suggestion

# A site is a disconnected point that follows a feed.
#[[site]]
#name = "plant-1"
#feed = "all"
#cover-drops = 4            # a delta starts so many bundles back: all but one of them may be lost
#next-drop-days = 31        # bundles promise the next one within so many days
#valid-days = 93            # and say that a site without a newer one after so many is stale

# What 'prune' keeps of each feed. Without this section: as shown.
#[retain]
#generations = 64           # the newest so many
#days = 0                   # and those made within so many days; 0: only the number decides

# What opens the signing keys, and what goes into signatures.
#[signing]
#pkcs11-module = "/usr/lib/softhsm/libsofthsm2.so"  # library of the token that holds keys
#passphrase-file = "/etc/ferry/passphrase"          # its first line opens encrypted keys and tokens
#crl = ["/srv/pki/authority.crl"]                   # certificate revocation lists to embed
)";

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
  init.add_option("--name", *name, "Name of the point: a-z, 0-9, '.' and '-'")->type_name("NAME");
}

}  // namespace ferry::exporter
