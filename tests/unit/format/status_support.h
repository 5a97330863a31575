// SPDX-License-Identifier: Apache-2.0
// A status with something of everything, made by hand.
#pragma once

#include <string>

#include "format/point_status.h"

namespace ferry::tests {

inline format::SiteStatus some_site(const std::string& name, std::uint64_t exported, const std::string& exported_at) {
  format::SiteStatus site;
  site.name = name;
  site.feed = "all";
  site.generation = 7;
  site.exported = exported;
  site.exported_at = Time::parse(exported_at);
  site.next_drop_days = 31;
  site.valid_days = 93;
  return site;
}

inline format::PointStatus some_status() {
  format::PointStatus status;
  status.program = "ferry-export";
  status.tool = "ferry-export 0";
  status.point = "hq";
  status.directory = "/var/lib/ferry";
  status.now = *Time::parse("2026-11-23T12:00:00Z");
  format::FeedStatus feed;
  feed.feed.name = "all";
  feed.feed.generation = 7;
  format::Generation generation;
  generation.number = 7;
  generation.updates = 1829;
  generation.revisions = 2000;
  generation.made = *Time::parse("2026-11-22T12:00:00Z");
  feed.current = generation;
  feed.history.push_back(generation);
  status.feeds.push_back(feed);
  status.sites.push_back(some_site("plant-1", 5, "2026-11-22T12:00:00Z"));
  for (format::SiteStatus& site : status.sites) format::judge(site, status.now);
  return status;
}

}  // namespace ferry::tests
