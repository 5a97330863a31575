// SPDX-License-Identifier: Apache-2.0
#include "exporter/wsus_languages.h"

#include <catch2/catch.hpp>

using namespace ferry;
using namespace ferry::exporter;
using format::FeedDefinition;
using format::wsus::LanguageData;

namespace {

FeedDefinition feed_for(const std::vector<std::string>& languages, const std::string& content = "all") {
  FeedDefinition feed;
  feed.languages = languages;
  feed.content = content;
  return feed;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a language of a feed that the server has not enabled is named, once", "[wsus][source]") {
  const std::vector<LanguageData> offered{{0, "all", "All", false},
                                          {1033, "en", "English", true},
                                          {1031, "de", "German", false},
                                          {1046, "pt-BR", "", true}};
  CHECK(languages_not_offered({feed_for({"en", "pt-br"})}, offered).empty());
  CHECK(languages_not_offered({feed_for({"fr", "de", "en"}), feed_for({"DE"})}, offered) == Names{"de", "fr"});
  CHECK(languages_not_offered({feed_for({"*"}), feed_for({})}, offered).empty());
  CHECK(languages_not_offered({feed_for({"fr"}, "none")}, offered).empty());
}

TEST_CASE("a server that has all languages, or does not say, lacks none", "[wsus][source]") {
  CHECK(languages_not_offered({feed_for({"fr"})}, {}).empty());
  CHECK(languages_not_offered({feed_for({"fr"})}, {{0, "all", "All", true}, {1033, "en", "English", true}}).empty());
}
