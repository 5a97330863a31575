// SPDX-License-Identifier: Apache-2.0
// The answers of MS-WSUSSS that are made of the catalog alone. Each needs a Snapshot around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/serving.h"
#include "format/wsus/messages.h"

namespace ferry::format::wsus {

inline constexpr std::uint32_t max_updates_in_request = 100;
inline constexpr std::uint32_t max_files_in_request = 100;

// The languages that the feeds carry, and whether the files of all updates are here.
[[nodiscard]] GetConfigDataResponse config_answer(Catalog& catalog, const std::vector<ServedFeed>& feeds,
                                                  const GetConfigDataRequest& request);

// Throws ProtocolFault, like all that follow.
[[nodiscard]] GetRevisionIdListResponse revision_list_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                             const GetRevisionIdListRequest& request);

// `content_url` is where payload files are: "http://server:8530/Content/".
[[nodiscard]] GetUpdateDataResponse update_data_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                       const GetUpdateDataRequest& request,
                                                       std::string_view content_url);

// No update has a key here: catalogs carry none.
[[nodiscard]] GetUpdateDecryptionDataResponse decryption_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                                const GetUpdateDecryptionDataRequest& request);

// Nothing is fetched: a file that is not here comes with a bundle, or by hand. But unknown ones are told.
[[nodiscard]] DownloadFilesResponse download_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                    const DownloadFilesRequest& request);

}  // namespace ferry::format::wsus
