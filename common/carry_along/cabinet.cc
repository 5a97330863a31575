// SPDX-License-Identifier: Apache-2.0
// Stands for common/cabinet.cc in the program without shared libraries: of libgcab there is no static one.
#include "common/cabinet.h"

#include "common/error.h"

namespace ferry {

void write_cabinet(const std::filesystem::path&, const std::vector<CabinetMember>&, CabinetCompression) {
  throw UsageError("this carry-along ferry-import cannot write cabinets; write .xml.gz, .zip or a folder, or use an "
                   "installed ferry-import");
}

std::string cabinet_of(std::string_view, std::string_view, CabinetCompression) {
  throw UsageError("this carry-along ferry-import cannot write cabinets; use an installed ferry-import");
}

}  // namespace ferry
