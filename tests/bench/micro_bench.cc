// SPDX-License-Identifier: Apache-2.0
// What a revision costs on its way: parsing, record, chunk, state digest, merge. Rates are in documents or bytes.
#include <array>

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/state.h"
#include "tests/generator/catalog_generator.h"
#include "tests/support/test_support.h"

namespace {

using namespace ferry;
using namespace ferry::tests;

struct NamedDocument {
  format::RevisionId id;
  std::string bytes;
};

// 1,000 documents as real ones are, made once.
const std::vector<NamedDocument>& documents() {
  static const std::vector<NamedDocument> made = [] {
    std::vector<NamedDocument> list;
    CatalogOptions options;
    options.revisions = 1000;
    options.max_document = 262'144;
    CatalogGenerator(options).visit(0, [&list](const DocumentName& name, std::string_view bytes) {
      list.push_back({{*Guid::parse(name.id), name.revision}, std::string(bytes)});
    });
    return list;
  }();
  return made;
}

std::string records() {
  std::string raw;
  for (const NamedDocument& document : documents()) {
    if (raw.size() + document.bytes.size() > 4ULL * 1024 * 1024) break;
    format::append_put(raw, document.id, format::Dialect::upd, document.bytes);
  }
  return raw;
}

void count_bytes(benchmark::State& state, std::uint64_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
void count_items(benchmark::State& state, std::uint64_t items) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
}

void parse_update_documents(benchmark::State& state) {
  std::uint64_t bytes = 0;
  for (const NamedDocument& document : documents()) bytes += document.bytes.size();
  for ([[maybe_unused]] auto _ : state) {
    for (const NamedDocument& document : documents()) benchmark::DoNotOptimize(format::parse_document(document.bytes));
  }
  count_items(state, documents().size());
  count_bytes(state, bytes);
}
BENCHMARK(parse_update_documents)->Unit(benchmark::kMillisecond);

void parse_packages(benchmark::State& state) {
  const std::string package = sdp_document(1, "Firmware for all of it");
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(format::parse_document(package));
  count_items(state, 1);
  count_bytes(state, package.size());
}
BENCHMARK(parse_packages)->Unit(benchmark::kMicrosecond);

void encode_records(benchmark::State& state) {
  std::string raw;
  for ([[maybe_unused]] auto _ : state) {
    raw.clear();
    for (const NamedDocument& document : documents())
      format::append_put(raw, document.id, format::Dialect::upd, document.bytes);
    benchmark::DoNotOptimize(raw.data());
  }
  count_items(state, documents().size());
  count_bytes(state, raw.size());
}
BENCHMARK(encode_records)->Unit(benchmark::kMillisecond);

void read_records(benchmark::State& state) {
  const std::string raw = records();
  std::uint64_t count = 0;
  for ([[maybe_unused]] auto _ : state) {
    format::RecordReader reader(raw);
    for (count = 0; reader.next(); ++count) {
    }
  }
  count_items(state, count);
  count_bytes(state, raw.size());
}
BENCHMARK(read_records)->Unit(benchmark::kMicrosecond);

void compress_chunk(benchmark::State& state) {
  const std::string raw = records();
  Compressor compressor(static_cast<int>(state.range(0)));
  std::size_t stored = 0;
  for ([[maybe_unused]] auto _ : state) stored = compressor.compress(raw).size();
  count_bytes(state, raw.size());
  state.counters["ratio"] = static_cast<double>(raw.size()) / static_cast<double>(stored);
}
BENCHMARK(compress_chunk)->Arg(3)->Arg(format::chunk_compression_level)->Unit(benchmark::kMillisecond);

void read_chunk(benchmark::State& state) {
  const std::string raw = records();
  const std::string stored = Compressor(format::chunk_compression_level).compress(raw);
  format::ChunkInfo chunk{format::chunk_name(1), stored.size(), raw.size(), 0, sha256(stored)};
  format::RecordReader reader(raw);
  while (reader.next()) ++chunk.records;
  Decompressor decompressor;
  for ([[maybe_unused]] auto _ : state)
    format::read_chunk(chunk, stored, decompressor, {},
                       [](const format::Record& record) { benchmark::DoNotOptimize(record.document.data()); });
  count_items(state, chunk.records);
  count_bytes(state, raw.size());
}
BENCHMARK(read_chunk)->Unit(benchmark::kMillisecond);

void digest_of_a_state(benchmark::State& state) {
  std::vector<format::StateEntry> entries;
  for (unsigned i = 1; i <= static_cast<unsigned>(state.range(0)); ++i)
    entries.push_back({{id(i), 1}, sha256(fmt::format("{}", i))});
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(format::state_digest(entries));
  count_items(state, entries.size());
}
BENCHMARK(digest_of_a_state)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A catalog whose feed has `members`, of which the loop replaces some a generation: the buckets that change.
void update_buckets(benchmark::State& state) {
  constexpr unsigned members = 5'000;
  const auto changed = static_cast<unsigned>(state.range(0));
  const Scratch scratch;
  format::Catalog catalog = format::Catalog::create(scratch / "catalog.db", "bench");
  Transaction transaction(catalog.database());
  format::Documents store(catalog);
  // Two documents for each identity, which take turns.
  std::vector<std::array<format::RevisionRow, 2>> rows(members);
  for (unsigned i = 0; i < members; ++i) {
    for (unsigned turn = 0; turn < 2; ++turn) {
      DocumentSpec spec;
      spec.number = i + 1;
      spec.extra = fmt::format("{}", turn);
      const std::string bytes = update_document(spec);
      rows[i][turn] = store.store(format::parse_document(bytes), sha256(bytes), bytes, {}).row;
    }
  }
  format::Feed feed = format::create_feed(catalog, "all", Guid::random(), false, "bench");
  const auto next_generation = [&](unsigned count, std::size_t turn) {
    format::GenerationWriter writer(catalog, feed, feed.generation + 1);
    for (unsigned i = 0; i < count; ++i) writer.add(rows[i][turn]);
    feed.generation = writer.finish({}, "bench").number;
  };
  next_generation(members, 0);
  std::size_t turn = 1;
  for ([[maybe_unused]] auto _ : state) {
    next_generation(changed, turn);
    turn = 1 - turn;
  }
  count_items(state, changed);
}
BENCHMARK(update_buckets)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

// A full bundle of 1,000 revisions into an empty site: verify, stage, parse, store, index, digest, commit.
void merge_a_thousand_revisions(benchmark::State& state) {
  const FixedClock clock;
  const Scratch scratch;
  const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
  for (std::size_t i = 0; i < documents().size(); ++i)
    write(scratch / "source" / fmt::format("{}.xml", i), documents()[i].bytes);
  sync(exporter, clock);
  const auto volumes = export_bundle(exporter, scratch / "out", clock, 0);
  int number = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const format::Point site = make_site(scratch / fmt::format("site{}", ++number), exporter, clock);
    state.ResumeTiming();
    import_volumes(site, volumes, clock);
  }
  count_items(state, documents().size());
}
BENCHMARK(merge_a_thousand_revisions)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
