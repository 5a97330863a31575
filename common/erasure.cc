// SPDX-License-Identifier: Apache-2.0
#include "common/erasure.h"

#include <isa-l/crc.h>
#include <isa-l/erasure_code.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/error.h"

namespace ferry {
namespace {

// ISA-L expands every coefficient to a table of this size.
constexpr std::size_t table_bytes = 32;

using Octets = std::vector<unsigned char>;

// The library's interface knows neither const nor char.
unsigned char** octets(const char* const* blocks) {
  return const_cast<unsigned char**>(reinterpret_cast<const unsigned char* const*>(blocks));
}

void add(char* target, const char* source, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) target[i] = static_cast<char>(target[i] ^ source[i]);
}

}  // namespace

struct ErasureCode::State {
  Octets matrix;  // of the parity rows only
  Octets tables;
  // Of reconstruct().
  Octets square, inverse, rows, solution;
  std::vector<char> sums;
};

ErasureCode::ErasureCode(unsigned data, unsigned parity)
    : data_(data), parity_(parity), state_(std::make_unique<State>()) {
  if (data == 0 || parity == 0 || data > max_blocks || parity > max_blocks - data)
    throw UsageError(
        fmt::format("{} data and {} parity blocks are no code; together they are 2 to {}", data, parity, max_blocks));
  Octets matrix(std::size_t{data + parity} * data);
  gf_gen_cauchy1_matrix(matrix.data(), static_cast<int>(data + parity), static_cast<int>(data));
  state_->matrix.assign(matrix.begin() + static_cast<std::ptrdiff_t>(std::size_t{data} * data), matrix.end());
  state_->tables.resize(table_bytes * data * parity);
  ec_init_tables(static_cast<int>(data), static_cast<int>(parity), state_->matrix.data(), state_->tables.data());
}

ErasureCode::~ErasureCode() = default;
ErasureCode::ErasureCode(ErasureCode&&) noexcept = default;

void ErasureCode::encode(std::size_t bytes, std::span<const char* const> data, std::span<char* const> parity) const {
  if (bytes == 0) return;
  ec_encode_data(static_cast<int>(bytes), static_cast<int>(data_), static_cast<int>(parity_), state_->tables.data(),
                 octets(data.data()), octets(parity.data()));
}

// The parity that the data left over would have, added to the parity that was stored, is what the lost blocks
// contributed: as many equations as were lost. Only this small matrix is inverted, not that of all data blocks.
bool ErasureCode::reconstruct(std::size_t bytes, std::span<char* const> blocks, const std::vector<bool>& is_lost) {
  std::vector<unsigned> lost;
  for (unsigned i = 0; i < data_; ++i) {
    if (is_lost[i]) lost.push_back(i);
  }
  if (lost.empty() || bytes == 0) return true;
  const std::size_t count = lost.size();
  std::vector<unsigned> used;  // parity rows
  for (unsigned i = 0; i < parity_ && used.size() < count; ++i) {
    if (!is_lost[data_ + i]) used.push_back(i);
  }
  if (used.size() < count) return false;

  State& state = *state_;
  state.square.resize(count * count);
  state.inverse.resize(count * count);
  state.rows.resize(table_bytes * data_ * count);
  state.sums.resize(bytes * count);
  std::vector<char*> sums;
  std::vector<char*> targets;
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t first = std::size_t{used[row]} * data_;
    std::memcpy(&state.rows[table_bytes * data_ * row], &state.tables[table_bytes * first], table_bytes * data_);
    for (std::size_t column = 0; column < count; ++column)
      state.square[row * count + column] = state.matrix[first + lost[column]];
    sums.push_back(&state.sums[bytes * row]);
    targets.push_back(blocks[lost[row]]);
    std::memset(targets.back(), 0, bytes);
  }
  ec_encode_data(static_cast<int>(bytes), static_cast<int>(data_), static_cast<int>(count), state.rows.data(),
                 octets(blocks.data()), octets(sums.data()));
  for (std::size_t row = 0; row < count; ++row) add(sums[row], blocks[data_ + used[row]], bytes);
  // Every square part of a Cauchy matrix has an inverse.
  if (gf_invert_matrix(state.square.data(), state.inverse.data(), static_cast<int>(count)) != 0)
    throw Error("a Cauchy matrix could not be inverted");
  state.solution.resize(table_bytes * count * count);
  ec_init_tables(static_cast<int>(count), static_cast<int>(count), state.inverse.data(), state.solution.data());
  ec_encode_data(static_cast<int>(bytes), static_cast<int>(count), static_cast<int>(count), state.solution.data(),
                 octets(sums.data()), octets(targets.data()));
  return true;
}

std::uint32_t crc32c(std::string_view bytes) {
  constexpr std::size_t largest = 1U << 30U;
  std::uint32_t crc = 0xFFFFFFFF;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, largest);
    // ISA-L only reads, though its interface does not say so.
    auto* start = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
    crc = crc32_iscsi(start, static_cast<int>(part.size()), crc);
    bytes.remove_prefix(part.size());
  }
  return ~crc;
}

}  // namespace ferry
