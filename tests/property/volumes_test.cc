// SPDX-License-Identifier: Apache-2.0
// Splitting changes nothing but the files; no changed byte gets in.
#include <algorithm>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "common/error.h"
#include "exporter/keys.h"
#include "exporter/trust_store.h"
#include "format/chunk.h"
#include "format/state.h"
#include "importer/import_job.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

// A full bundle with many chunks of random sizes, as ChunkWriter would make them from far larger documents.
struct Parts {
  format::Manifest manifest;
  format::BundleParts parts;
  std::string raw;  // all records
};

Parts random_parts(Random& random, const format::Point& exporter, const fs::path& spool, const Clock& clock) {
  fs::create_directories(spool);
  Parts made;
  std::vector<format::StateEntry> entries;
  Compressor compressor(1);
  unsigned number = 0;
  const std::uint32_t chunks = random.between(12, 30);
  for (std::uint32_t i = 1; i <= chunks; ++i) {
    std::string raw;
    format::ChunkInfo chunk;
    chunk.name = format::chunk_name(i);
    for (std::uint32_t left = random.between(1, 4); left > 0; --left) {
      DocumentSpec spec;
      spec.number = ++number;
      // Digits of a digest hardly compress, so chunks differ in size.
      for (std::uint64_t blocks = random.low_heavy(0, 200); blocks > 0; --blocks)
        spec.extra += fmt::format("{:016x}", random.next());
      const std::string document = update_document(spec);
      format::append_put(raw, {id(number), 1}, format::Dialect::upd, document);
      entries.push_back({{id(number), 1}, sha256(document)});
      made.manifest.document_bytes += document.size();
      ++chunk.records;
    }
    chunk.raw_size = raw.size();
    const std::string stored = compressor.compress(raw);
    chunk.size = stored.size();
    chunk.sha256 = sha256(stored);
    write(format::spooled_chunk(spool, chunk), stored);
    made.parts.chunks.push_back(chunk);
    made.raw += raw;
  }
  made.manifest.tool = "test";
  made.manifest.compressor = "test";
  made.manifest.created = clock.now();
  made.manifest.next_expected = clock.now();
  made.manifest.valid_until = clock.now();
  made.manifest.publisher_name = "hq";
  made.manifest.feed = "all";
  made.manifest.lineage = id(4711);
  made.manifest.puts = number;
  made.manifest.updates = number;
  made.manifest.revisions = number;
  made.manifest.target = {1, format::state_digest(entries)};
  made.parts.spool = spool;
  const format::TrustChain trust = exporter::load_chain(exporter);
  made.parts.trust = trust.files();
  made.parts.signers = exporter::find_signers(exporter::key_store(exporter), trust.current().exporter);
  return made;
}

// The raw records of all volumes, in order, after every check.
std::string raw_records(const std::vector<fs::path>& volumes, const format::TrustFile& trust) {
  std::string raw;
  Decompressor decompressor;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    format::VolumeReader volume(volumes[i]);
    const format::VerifiedManifest manifest = format::verify_manifest(volume.front().manifest, trust);
    REQUIRE(volume.identify(manifest) == i + 1);
    REQUIRE(manifest->volumes.size() == volumes.size());
    ChunkTaker taker([&](const format::ChunkInfo& chunk, std::string_view stored) {
      raw += decompressor.decompress(stored, chunk.raw_size);
    });
    volume.check(manifest, i + 1, taker);
  }
  return raw;
}

// A site's import as one function over the bytes of a volume, fast enough for thousands of tries. A trial goes
// through every step but the last, the commit.
class Gate {
 public:
  Gate(const format::Point& site, const fs::path& file, const Clock& clock)
      : site_(site),
        file_(file),
        clock_(clock),
        lock_(site.lock()),
        catalog_(site.open_catalog(Database::Mode::read_write)) {}

  ExitCode offer(std::string_view bytes, bool is_trial) {
    {
      fs::remove(file_);
      PlainFile file(file_);
      file.write(bytes);
      file.close();
    }
    try {
      format::FoundBundles found = format::find_bundles({file_});
      if (!found.unreadable.empty()) return found.unreadable.front().code;
      importer::ImportRequest request;
      request.dry_run = is_trial;
      static_cast<void>(
          importer::import_bundle(site_, catalog_, found.bundles.front(), request, clock_,
                                  {[](const format::Manifest&) {}, [](std::uint64_t) {}, [](std::uint64_t) {}}));
      return ExitCode::done;
    } catch (const Error& error) {
      return error.code();
    }
  }

 private:
  const format::Point& site_;
  fs::path file_;
  const Clock& clock_;
  FileLock lock_;
  format::Catalog catalog_;
};

bool is_refusal(ExitCode code) { return code == ExitCode::trust || code == ExitCode::damaged; }

}  // namespace

TEST_CASE("splitting into volumes of any size changes no record and no state", "[property][volume]") {
  for (const std::uint64_t seed : seeds({41, 42, 43})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    Random random(hash_of(seed, 4));
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    Parts parts = random_parts(random, exporter, scratch / "spool", clock);
    const format::TrustFile trust = format::parse_trust(parts.parts.trust.back().bytes);
    std::uint64_t largest = 0;
    std::uint64_t all = 0;
    for (const format::ChunkInfo& chunk : parts.parts.chunks) {
      largest = std::max(largest, tar_stored_bytes(chunk.size));
      all += tar_stored_bytes(chunk.size);
    }
    std::size_t most_volumes = 0;
    for (int round = 0; round < 12; ++round) {
      // From far too small to one volume; half of them just about large enough.
      const std::uint64_t front = 4096 + random.below(16384);
      parts.parts.max_volume_bytes =
          round == 0 ? 0 : front + (round % 2 == 0 ? largest : random.below(static_cast<std::uint32_t>(all)));
      INFO("round " << round << ", limit " << parts.parts.max_volume_bytes);
      const fs::path out = scratch / fmt::format("out{}", round);
      fs::create_directories(out);
      format::WrittenBundle written;
      try {
        written = format::write_bundle(parts.manifest, parts.parts, out);
      } catch (const UsageError&) {
        CHECK(fs::is_empty(out));
        continue;
      }
      most_volumes = std::max(most_volumes, written.volumes.size());
      std::uint64_t total = 0;
      for (const fs::path& volume : written.volumes) {
        if (parts.parts.max_volume_bytes > 0) CHECK(fs::file_size(volume) <= parts.parts.max_volume_bytes);
        total += fs::file_size(volume);
      }
      CHECK(total == written.bytes);
      const bool is_same = raw_records(written.volumes, trust) == parts.raw;
      REQUIRE(is_same);
      if (round % 3 != 0) continue;
      const format::Point site = make_site(scratch / fmt::format("site{}", round), exporter, clock);
      std::vector<fs::path> shuffled = written.volumes;
      for (std::size_t i = shuffled.size(); i > 1; --i)
        std::swap(shuffled[i - 1], shuffled[random.below(static_cast<std::uint32_t>(i))]);
      CHECK(import_volumes(site, shuffled, clock) == parts.manifest.target.state);
      CHECK(recomputed(site, true) == parts.manifest.target.state);
      if (written.volumes.size() < 2) continue;
      const format::Point other = make_site(scratch / fmt::format("other{}", round), exporter, clock);
      const std::string before = logical_dump(other);
      shuffled.pop_back();
      CHECK(try_import(other, shuffled, clock) == ExitCode::damaged);
      const bool is_unchanged = logical_dump(other) == before;
      CHECK(is_unchanged);
    }
    CHECK(most_volumes > 2);
  }
}

TEST_CASE("a catalog exported in volumes is the catalog exported in one", "[property][volume]") {
  for (const std::uint64_t seed : seeds({44})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    Random random(hash_of(seed, 5));
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    for (unsigned number = 1; number <= 14; ++number) {
      DocumentSpec spec;
      spec.number = number;
      spec.relations = "<upd:Unknown>";  // what the model does not know is carried all the same
      for (int i = 0; i < 50'000; ++i) spec.relations += fmt::format("{:016x}", random.next());
      spec.relations += "</upd:Unknown>";
      write(scratch / "source" / fmt::format("{}.xml", number), update_document(spec));
    }
    sync(exporter, clock);
    const auto whole = export_bundle(exporter, scratch / "whole", clock, 0);
    REQUIRE(whole.size() == 1);
    const std::uint64_t limit = fs::file_size(whole.front()) / 2 + random.below(400'000);
    const auto volumes = export_bundle(exporter, scratch / "split", clock, 0, limit);
    CHECK(volumes.size() >= 2);
    const auto trust = exporter::load_chain(exporter).current();
    const bool is_same = raw_records(whole, trust) == raw_records(volumes, trust);
    CHECK(is_same);
    const format::Point site = make_site(scratch / "plant", exporter, clock);
    CHECK(import_volumes(site, volumes, clock) == state(exporter, false).state);
  }
}

TEST_CASE("no flipped byte, no cut and no longer volume gets into a catalog", "[property][volume][hostile]") {
  for (const std::uint64_t seed : seeds({51})) {
    const Scratch scratch;
    const FixedClock clock;
    WorldOptions options;
    options.updates = 3;
    World world(seed, options);
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    const format::Point site = make_site(scratch / "plant", exporter, clock);
    std::vector<fs::path> delta;
    grow(world, exporter, scratch / "source", clock, 2, [&](std::uint64_t generation) {
      delta = export_bundle(exporter, scratch / "out", clock, generation - 1);
      if (generation == 1) import_volumes(site, delta, clock);
    });
    REQUIRE(delta.size() == 1);
    const std::string good = read(delta.front());
    const std::size_t front = format::stored_bytes(format::VolumeReader(delta.front()).front());
    const std::string before = logical_dump(site);
    Random random(hash_of(seed, 9));
    {
      Gate gate(site, scratch / delta.front().filename().native(), clock);
      std::string admitted;  // all of them: one would hide the others
      const auto refuse = [&](const std::string& bytes, std::string_view what, std::size_t at, bool is_trial) {
        const ExitCode code = gate.offer(bytes, is_trial);
        if (is_refusal(code)) return;
        admitted += fmt::format("{} at {} of {} (front {}): exit code {}\n", what, at, good.size(), front,
                                static_cast<int>(code));
      };
      const auto flip = [&](std::size_t at, bool is_trial) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
        refuse(bytes, "byte changed", at, is_trial);
      };
      for (std::size_t at = 0; at < front; ++at) flip(at, true);
      for (std::size_t at = front; at < good.size(); at += 1 + random.below(7)) flip(at, true);
      for (std::size_t size = 0; size < good.size(); size += 1 + random.below(97))
        refuse(good.substr(0, size), "cut", size, true);
      for (std::size_t less = 1; less <= 2 * tar_block_bytes; less += 1 + random.below(16))
        refuse(good.substr(0, good.size() - less), "cut", good.size() - less, true);
      for (const std::size_t more : {1U, 511U, 512U, 1024U, 10240U}) {
        refuse(good + std::string(more, '\0'), "zeros added", good.size(), true);
        refuse(good + good.substr(0, more), "bytes added", good.size(), true);
      }
      const std::size_t middle = random.below(static_cast<std::uint32_t>(good.size() - 512));
      refuse(good.substr(0, middle) + good.substr(middle + 512), "block left out", middle, true);
      refuse(good.substr(0, middle) + std::string(512, '\0') + good.substr(middle), "block put in", middle, true);
      for (int i = 0; i < 200; ++i) flip(random.below(static_cast<std::uint32_t>(good.size())), false);
      INFO("FERRY_SEED=" << seed);
      CHECK(admitted == "");
    }
    const bool is_unchanged = logical_dump(site) == before;
    CHECK(is_unchanged);
    // The sound volume is accepted still, so the refusals above were about the bytes.
    CHECK(import_volumes(site, delta, clock) == state(exporter, false).state);
  }
}
