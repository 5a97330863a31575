// SPDX-License-Identifier: Apache-2.0
// What libtomlplusplus.so holds, from its own headers: there is no static library of it.
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
