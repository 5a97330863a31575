// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/soundness.h"

#include <catch2/catch.hpp>

#include "common/clock.h"
#include "common/error.h"
#include "common/text.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

struct SoundnessSetting {
  Scratch scratch;
  std::filesystem::path catalog = scratch / "catalog.db";
  std::filesystem::path mark = scratch / "catalog.db-sound";

  SoundnessSetting() { write(catalog, "what stands for a catalog"); }
  [[nodiscard]] bool known_good() const { return Soundness(catalog).known_good(); }
  void read_whole() const {
    Soundness soundness(catalog);
    soundness.was_read();
  }
};

}  // namespace

TEST_CASE("a catalog counts as sound while it is as a command left it", "[soundness]") {
  const SoundnessSetting setting;
  CHECK_FALSE(setting.known_good());
  setting.read_whole();
  CHECK(setting.known_good());
  CHECK(setting.known_good());
  SECTION("another size") { write(setting.catalog, "other"); }
  SECTION("another time") { std::filesystem::last_write_time(setting.catalog, std::filesystem::file_time_type()); }
  SECTION("changes beside it") { write(setting.catalog.native() + "-wal", "x"); }
  SECTION("no catalog") { std::filesystem::remove(setting.catalog); }
  SECTION("no mark") { std::filesystem::remove(setting.mark); }
  SECTION("a torn mark") { write(setting.mark, read(setting.mark).substr(0, 20)); }
  SECTION("a mark of another boot") { write(setting.mark, read(setting.mark).substr(0, 40) + "\n"); }
  SECTION("words") { write(setting.mark, "sound\n"); }
  CHECK_FALSE(setting.known_good());
}

TEST_CASE("after a day, and when the clock was set back, the index is read again", "[soundness]") {
  const SoundnessSetting setting;
  setting.read_whole();
  const std::string text = read(setting.mark);
  const auto space = text.find(' ');
  const auto read_at = static_cast<std::int64_t>(*parse_u64(text.substr(0, space)));
  const auto moved = [&](std::int64_t seconds) {
    write(setting.mark, std::to_string(read_at + seconds) + text.substr(space));
    return setting.known_good();
  };
  CHECK(moved(-soundness_lasts + 600));
  CHECK_FALSE(moved(-soundness_lasts));
  CHECK_FALSE(moved(600));
  CHECK_FALSE(moved(-read_at));
}

TEST_CASE("a run that ends with an error vouches for nothing", "[soundness]") {
  const SoundnessSetting setting;
  try {
    Soundness soundness(setting.catalog);
    soundness.was_read();
    throw IoError("the disk is gone");
  } catch (const IoError&) {
    CHECK_FALSE(std::filesystem::exists(setting.mark));
  }
  CHECK_FALSE(setting.known_good());
}

TEST_CASE("a run that met damage and told it vouches for nothing", "[soundness]") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "catalog.db";
  { static_cast<void>(Catalog::create(path, "hq")); }
  std::size_t at = 0;
  {
    Catalog catalog = Catalog::open(path, Database::Mode::read_write);
    catalog.require_sound();
    Database& database = catalog.database();
    at = static_cast<std::size_t>((database.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'setting'") - 1) *
                                  database.integer("PRAGMA page_size"));
  }
  REQUIRE(Soundness(path).known_good());
  // Bits that rot change no time.
  const auto time = std::filesystem::last_write_time(path);
  std::string bytes = read(path);
  bytes.replace(at, 8, 8, '\xFF');
  write(path, bytes);
  std::filesystem::last_write_time(path, time);
  {
    Catalog catalog = Catalog::open(path, Database::Mode::read_write);
    catalog.require_sound();
    CHECK_THROWS_AS(catalog.point_id(), IoError);
  }
  CHECK_FALSE(Soundness(path).known_good());
  Catalog catalog = Catalog::open(path, Database::Mode::read_write);
  CHECK_THROWS_AS(catalog.require_sound(), IoError);
}

TEST_CASE("a catalog that was written is sound for the next command", "[soundness]") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "catalog.db";
  { const Catalog made = Catalog::create(path, "hq"); }
  CHECK_FALSE(Soundness(path).known_good());
  {
    Catalog catalog = Catalog::open(path, Database::Mode::read_write);
    catalog.require_sound();
    catalog.set("key", "value");
  }
  CHECK(Soundness(path).known_good());
  { Catalog::open(path, Database::Mode::read_write).set("key", "other"); }
  CHECK_FALSE(Soundness(path).known_good());  // by a command that did not look
}
