// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program: its n-th allocation since main began fails.
//
// FERRY_ALLOC_FAIL_AT=n: that one; FERRY_ALLOC_PERSISTENT=1: and all after it. FERRY_ALLOC_COUNT=FILE: how many there
// were is written into this file at the end.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

// The C library's own names for what is replaced here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

long fail_at = 0;
long passed = 0;
bool is_persistent = false;
bool is_counting = false;

// The C library's next function of this name.
template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

bool must_fail() {
  if (!is_counting) return false;
  ++passed;
  if (fail_at == 0 || passed < fail_at || (passed > fail_at && !is_persistent)) return false;
  errno = ENOMEM;
  return true;
}

int counted_main(int argc, char** argv, char** environment) {
  const char* at = std::getenv("FERRY_ALLOC_FAIL_AT");
  if (at != nullptr) fail_at = std::strtol(at, nullptr, 10);
  is_persistent = std::getenv("FERRY_ALLOC_PERSISTENT") != nullptr;
  // OpenSSL 3.0 dies of a null pointer when it runs out of memory as it wakes up; that is not what is tested.
  unsigned char byte = 0;
  static_cast<void>(next<int (*)(unsigned char*, int)>("RAND_bytes")(&byte, 1));
  is_counting = true;
  const int code = real_main(argc, argv, environment);
  is_counting = false;
  if (const char* file = std::getenv("FERRY_ALLOC_COUNT"); file != nullptr) {
    const int fd = ::open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ::dprintf(fd, "%ld\n", passed);
    ::close(fd);
  }
  return code;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept { return must_fail() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) noexcept {
  return must_fail() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept { return must_fail() ? nullptr : __libc_realloc(old, size); }

// libseccomp 2.5.4 frees twice when it runs out of memory in here; that is not what is tested.
int seccomp_load(void* filter) {
  const bool was_counting = is_counting;
  is_counting = false;
  const int result = next<int (*)(void*)>("seccomp_load")(filter);
  is_counting = was_counting;
  return result;
}

// Who links a program lets this call its main.
int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(), void (*loader_fini)(),
                      void* stack_end) {
  using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  real_main = main;
  return next<Start>("__libc_start_main")(&counted_main, argc, argv, init, fini, loader_fini, stack_end);
}
}
