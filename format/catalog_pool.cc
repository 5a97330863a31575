// SPDX-License-Identifier: Apache-2.0
#include "format/catalog_pool.h"

#include <sys/stat.h>

#include <exception>

namespace ferry::format {
namespace {

// Of each catalog that is open: there are as many as threads, and the system keeps the file in its own cache.
constexpr std::uint64_t cache_bytes = 4ULL * 1024 * 1024;

}  // namespace

CatalogPool::Loan::Loan(CatalogPool& pool, std::unique_ptr<Catalog> catalog)
    : pool_(pool), catalog_(std::move(catalog)), exceptions_(std::uncaught_exceptions()) {}

CatalogPool::Loan::~Loan() {
  if (std::uncaught_exceptions() == exceptions_) pool_.give_back(std::move(catalog_));
}

CatalogPool::Loan CatalogPool::lend() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::uint64_t number = file_number();
    if (number != number_) idle_.clear();
    number_ = number;
    if (!idle_.empty()) {
      auto catalog = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(catalog)};
    }
  }
  auto catalog = std::make_unique<Catalog>(Catalog::open(path_, Database::Mode::read_only));
  catalog->database().limit_cache(cache_bytes);
  return {*this, std::move(catalog)};
}

void CatalogPool::give_back(std::unique_ptr<Catalog> catalog) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  try {
    if (file_number() == number_) idle_.push_back(std::move(catalog));
  } catch (const std::bad_alloc&) {
    // The next thread opens another one.
  }
}

std::uint64_t CatalogPool::file_number() const noexcept {
  struct stat status {};
  return ::stat(path_.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace ferry::format
