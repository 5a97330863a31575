// SPDX-License-Identifier: Apache-2.0
// The key with which a disconnected point signs its receipts: keys/site.pem and keys/site.crt.
#pragma once

#include "common/clock.h"
#include "common/cms.h"
#include "format/point.h"

namespace ferry::format {

// Makes the key where the point has none yet. Throws TrustError for one that cannot be opened, IoError.
[[nodiscard]] Signer open_site_key(const Point& point, Time now);

}  // namespace ferry::format
