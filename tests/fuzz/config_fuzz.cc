// SPDX-License-Identifier: Apache-2.0
// point.toml: whatever a person types gives a configuration or a message, and names fit for file names.
#include "format/point.h"

#include "common/error.h"
#include "format/manifest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  try {
    const format::PointConfig config = format::parse_config(fuzz::view(data, size), "/srv/ferry");
    for (const format::FeedDefinition& feed : config.feeds)
      fuzz::require(!format::name_problem(feed.name), "a feed's name fits into file names");
    for (const format::SourceConfig& source : config.sources)
      fuzz::require(source.path.is_absolute(), "a source's path is absolute");
    for (const format::SiteConfig& site : config.sites)
      static_cast<void>(config.feed(site.feed));  // throws when a site follows a feed that is not there
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::usage, "a bad point.toml is refused with exit code 64");
  }
  return 0;
}
