// SPDX-License-Identifier: Apache-2.0
#include "common/confine.h"

#include <seccomp.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "common/handle.h"

namespace ferry {
namespace {

using Filter = Handle<void, &seccomp_release>;

// A list of what is refused and not of what is allowed: an importer that dies at a site because its C library
// uses a new system call would be worse than the little that this leaves open.
constexpr int refused_calls[] = {
    // the network
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4),
    // other programs, and other processes' memory
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp),
    // the machine
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
    SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(swapon), SCMP_SYS(swapoff),
    SCMP_SYS(reboot), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(mknod), SCMP_SYS(mknodat),
    SCMP_SYS(open_by_handle_at),
    // parts of the kernel with a history of holes
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(personality),
    SCMP_SYS(vmsplice)};

int load_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return ENOMEM;
  for (const int call : refused_calls) {
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    if (error != 0) return -error;
  }
  return -seccomp_load(filter.get());
}

int limit_memory(std::uint64_t bytes) {
#if defined(FERRY_ADDRESS_SANITIZER)
  static_cast<void>(bytes);  // the sanitizer's shadow memory counts, and is larger than any limit
  return 0;
#else
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return errno;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < bytes) bytes = limit.rlim_max;
  limit = {bytes, bytes};
  return ::setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
#endif
}

}  // namespace

std::optional<std::string> confine_process(std::uint64_t max_data_bytes) {
  const int memory = limit_memory(max_data_bytes);
  const int calls = load_filter();
  if (calls == 0 && memory == 0) return {};
  return fmt::format(
      "this process could not be confined ({}: {}); a fault in reading a hostile bundle would have all "
      "rights of its user",
      calls != 0 ? "system calls" : "memory", std::strerror(calls != 0 ? calls : memory));
}

}  // namespace ferry
