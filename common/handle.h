// SPDX-License-Identifier: Apache-2.0
// Owns an object of a C library and frees it with the library's own function; costs one pointer.
#pragma once

#include <memory>

namespace ferry {

template <auto Free>
struct HandleDeleter {
  template <typename T>
  void operator()(T* object) const noexcept {
    static_cast<void>(Free(object));
  }
};

template <typename T, auto Free>
using Handle = std::unique_ptr<T, HandleDeleter<Free>>;

}  // namespace ferry
