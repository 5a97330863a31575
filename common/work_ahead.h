// SPDX-License-Identifier: Apache-2.0
// Work that other processor cores do ahead, given back in the order in which it was begun: output and errors are those
// of one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <future>
#include <thread>
#include <utility>

namespace ferry {

// So many pieces are under way at once, on a machine with one core, too: one is worked on while the next is read.
[[nodiscard]] inline std::size_t pieces_ahead() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 8);
}

// Used by one thread. Its end waits for what was begun.
template <typename Result>
class WorkAhead {
 public:
  [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return pieces_.size(); }
  // `call` runs on a thread of its own, or where the system gives none, in take().
  template <typename Call>
  void begin(Call call) {
    pieces_.push_back(std::async(std::launch::async | std::launch::deferred, std::move(call)));
  }
  // Waits for the oldest piece and gives its result, or throws what it threw. REQUIRES: !empty()
  [[nodiscard]] Result take() {
    std::future<Result> oldest = std::move(pieces_.front());
    pieces_.pop_front();
    return oldest.get();
  }

 private:
  std::deque<std::future<Result>> pieces_;
};

}  // namespace ferry
