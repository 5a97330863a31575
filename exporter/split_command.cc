// SPDX-License-Identifier: Apache-2.0
// The same bundle in volumes of another size: nothing is packed again, but the manifest lists the volumes, so it is
// signed again.
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_job.h"
#include "exporter/keys.h"
#include "exporter/trust_store.h"
#include "exporter/written_report.h"

namespace ferry::exporter {
namespace {

struct SplitOptions {
  std::vector<std::string> places;
  std::string volume_size;
  std::optional<std::string> parity;
  std::string directory;
};

// Chunks into the spool, files into a store of their own.
class Unpacker final : public format::MemberTaker {
 public:
  Unpacker(const std::filesystem::path& spool, const format::ContentStore& store, Progress& progress)
      : spool_(spool), store_(store), progress_(progress) {}
  void chunk(const format::ChunkInfo& chunk, std::string_view stored) override {
    format::spool_chunk(spool_, chunk, stored);
    chunks_.push_back(chunk);
  }
  Sink* begin(const format::FilePart& part) override {
    const std::filesystem::path path = store_.path_of(part.file);
    part_.emplace(path, part.offset);
    return &*part_;
  }
  void end(const format::FilePart& part) override {
    part_->close();
    if (part.is_last()) files_.push_back({part.file, {}, part.file_size});
  }
  void read(std::uint64_t bytes) override { progress_.advance(bytes); }

  std::vector<format::ChunkInfo> chunks_;
  std::vector<format::ContentFile> files_;

 private:
  std::filesystem::path spool_;
  format::ContentStore store_;
  Progress& progress_;
  std::optional<PlainFile> part_;
};

format::WrittenBundle split_bundle(const Console& console, const format::Point& point, format::FoundBundle& bundle,
                                   const SplitOptions& options) {
  const format::TrustChain trust = load_chain(point);
  const format::TrustFile& current = trust.current();
  const format::VerifiedManifest manifest = format::verify_bundle(bundle, current);
  std::uint64_t total = 0;
  for (const format::VolumeReader& volume : bundle.volumes) total += volume.size();
  require_space(point.directory(), total, "splitting the bundle again");
  const TempDir spool = point.spool("split");
  format::BundleParts parts;
  parts.spool = spool.path();
  parts.store = format::ContentStore(spool.path() / "content");
  parts.trust = trust.files();
  parts.signers = current_signers(point, current);
  parts.max_volume_bytes = parse_volume_size(options.volume_size);
  if (options.parity) parts.parity = parse_parity(*options.parity);
  {
    Progress progress(console, "reading and verifying", total, "B");
    Unpacker unpacker(spool.path(), parts.store, progress);
    format::check_volumes(bundle, manifest, unpacker);
    parts.chunks = std::move(unpacker.chunks_);
    parts.files = std::move(unpacker.files_);
  }
  make_directories(options.directory);
  Progress writing(console, "writing and verifying", 2 * manifest->file_bytes, "B");
  parts.progress = [&writing](std::uint64_t bytes) { writing.advance(bytes); };
  return format::write_bundle(manifest.get(), parts, options.directory);
}

ExitCode run_split(const Console& console, const std::string& point_option, const SplitOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::FoundBundles found = format::find_bundles({options.places.begin(), options.places.end()});
  for (const format::UnreadableVolume& volume : found.unreadable)
    throw Error(fmt::format("{}: {}", quote(volume.path.native()), volume.error), volume.code);
  Json list = Json::array();
  ExitCode code = ExitCode::done;
  for (format::FoundBundle& bundle : found.bundles) {
    for (const format::VolumeReader& volume : bundle.volumes) {
      std::error_code ignored;
      if (std::filesystem::equivalent(volume.path().parent_path(), options.directory, ignored))
        throw UsageError(fmt::format("{} holds the bundle itself; choose another directory for the new volumes",
                                     quote(options.directory)));
    }
    const format::WrittenBundle written = split_bundle(console, point, bundle, options);
    if (!say_written(console, written, options.directory)) code = ExitCode::incomplete;
    list.push_back(written_json(written));
  }
  const Json json{{"version", 1}, {"bundles", list}};
  console.note(point.audit(SystemClock(), "split", json));
  console.emit(json);
  return code;
}

}  // namespace

void add_split_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<SplitOptions>();
  CLI::App& command =
      program.command("split", "Write finished bundles again in volumes of another size",
                      "ferry-export split /srv/drop --volume-size dvd -o /srv/discs",
                      [&console, &point_option, options] { return run_split(console, point_option, *options); });
  command.add_option("path", options->places, "Volumes, or directories with volumes")->type_name("PATH")->required();
  command.add_option("--volume-size", options->volume_size, "As of 'export'")->type_name("SIZE")->required();
  command.add_option("--parity", options->parity, "As of 'export'")->type_name("PARITY");
  command.add_option("-o,--output", options->directory, "Directory for the new volumes")->type_name("DIR")->required();
}

}  // namespace ferry::exporter
