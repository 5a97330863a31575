// SPDX-License-Identifier: Apache-2.0
// Open catalogs of one point for several threads that only read: each gets one of its own for as long as it needs it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "format/catalog/catalog.h"

namespace ferry::format {

class CatalogPool {
 public:
  explicit CatalogPool(std::filesystem::path catalog) : path_(std::move(catalog)) {}

  // A catalog on loan. It goes back when the loan goes, unless an exception is on its way: what it was in the middle of
  // is then nobody's business any more.
  class Loan {
   public:
    Loan(CatalogPool& pool, std::unique_ptr<Catalog> catalog);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    [[nodiscard]] Catalog& operator*() const noexcept { return *catalog_; }

   private:
    CatalogPool& pool_;
    std::unique_ptr<Catalog> catalog_;
    int exceptions_;
  };
  // Throws as Catalog::open() does.
  [[nodiscard]] Loan lend();

 private:
  void give_back(std::unique_ptr<Catalog> catalog) noexcept;
  // Of the file under the name: a restored backup is another file.
  [[nodiscard]] std::uint64_t file_number() const noexcept;

  std::filesystem::path path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Catalog>> idle_;
  std::uint64_t number_ = 0;  // of the file that the idle ones have open
};

}  // namespace ferry::format
