// SPDX-License-Identifier: Apache-2.0
// Takes a V1 catalog apart: one SystemsManagementCatalog document with a SoftwareDistributionPackage element
// for each update (WSUS-FORMATS e).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ferry::exporter {

// Gives each package as a document of its own: the element's bytes, with the namespace declarations that
// are in scope around it added to its start tag, and its PackageID as written (empty when it has none).
// Throws FormatError when the catalog is not well-formed or not one.
void split_v1_catalog(std::string_view bytes,
                      const std::function<void(std::string_view package_id, std::string_view document)>& visit);

// Whether the bytes begin like a V1 catalog, as far as their first few kilobytes can tell.
[[nodiscard]] bool looks_like_v1_catalog(std::string_view bytes);

}  // namespace ferry::exporter
