// SPDX-License-Identifier: Apache-2.0
// The data files that the parity files of the corpus were made for.
#pragma once

#include <array>
#include <string>

namespace ferry::fuzz {

inline const std::array<std::string, 2> parity_data{std::string(3000, 'a'), std::string(100, 'b')};

}  // namespace ferry::fuzz
