// SPDX-License-Identifier: Apache-2.0
#include "common/cabinet.h"

#include <libgcab.h>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

template <typename T>
using GObjectHandle = Handle<T, &g_object_unref>;
using GlibBytes = Handle<GBytes, &g_bytes_unref>;
using GlibError = Handle<GError, &g_error_free>;
using GlibTime = Handle<GDateTime, &g_date_time_unref>;

[[noreturn]] void throw_cabinet_error(std::string_view path, GError* raw) {
  const GlibError error(raw);
  const bool is_full = error && g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_NO_SPACE) != 0;
  throw IoError(fmt::format("cannot write cabinet {}: {}", quote(path),
                            error ? for_terminal(error->message) : std::string("unknown reason")),
                is_full ? ExitCode::no_space : ExitCode::failed);
}

GObjectHandle<GFile> local_file(const std::filesystem::path& path) {
  // Not g_file_new_for_path(), which loads the modules of a desktop to ask whether the path is theirs.
  return GObjectHandle<GFile>(g_vfs_get_file_for_path(g_vfs_get_local(), path.c_str()));
}

GObjectHandle<GCabFile> member_file(const CabinetMember& member) {
  GObjectHandle<GCabFile> file;
  if (member.path.empty()) {
    const GlibBytes bytes(g_bytes_new_static(member.bytes.data(), member.bytes.size()));
    file.reset(gcab_file_new_with_bytes(member.name.c_str(), bytes.get()));
  } else {
    const auto source = local_file(member.path);
    file.reset(gcab_file_new_with_file(member.name.c_str(), source.get()));
  }
  return file;
}

constexpr std::size_t max_cabinet_members = 65535;

void require_cabinet_size(const std::vector<CabinetMember>& members) {
  std::uint64_t total = 0;
  for (const CabinetMember& member : members)
    total += member.path.empty() ? member.bytes.size() : FileSource(member.path).size();
  if (members.size() > max_cabinet_members)
    throw UsageError(fmt::format("a cabinet holds at most {} members, here are {}", format_count(max_cabinet_members),
                                 format_count(members.size())));
  if (total <= max_cabinet_bytes) return;
  throw UsageError(fmt::format("a cabinet holds at most {} bytes, these members have {}",
                               format_count(max_cabinet_bytes), format_count(total)));
}

void write_members(GOutputStream* out, std::string_view path, const std::vector<CabinetMember>& members,
                   CabinetCompression compression) {
  const GObjectHandle<GCabCabinet> cabinet(gcab_cabinet_new());
  const GObjectHandle<GCabFolder> folder(
      gcab_folder_new(compression == CabinetCompression::mszip ? GCAB_COMPRESSION_MSZIP : GCAB_COMPRESSION_NONE));
  const GlibTime nobodys(g_date_time_new_utc(1980, 1, 1, 0, 0, 0));
  GError* error = nullptr;
  for (const CabinetMember& member : members) {
    const auto file = member_file(member);
    if (gcab_folder_add_file(folder.get(), file.get(), FALSE, nullptr, &error) == 0) throw_cabinet_error(path, error);
    // After it was added, which sets those of the file on the disk.
    gcab_file_set_attributes(file.get(), 0);
    gcab_file_set_date_time(file.get(), nobodys.get());
  }
  if (gcab_cabinet_add_folder(cabinet.get(), folder.get(), &error) == 0) throw_cabinet_error(path, error);
  if (gcab_cabinet_write_simple(cabinet.get(), out, nullptr, nullptr, nullptr, &error) == 0)
    throw_cabinet_error(path, error);
  if (g_output_stream_close(out, nullptr, &error) == 0) throw_cabinet_error(path, error);
}

}  // namespace

void write_cabinet(const std::filesystem::path& path, const std::vector<CabinetMember>& members,
                   CabinetCompression compression) {
  require_cabinet_size(members);
  GError* error = nullptr;
  const GObjectHandle<GFileOutputStream> out(
      g_file_create(local_file(path).get(), G_FILE_CREATE_NONE, nullptr, &error));
  if (!out) throw_cabinet_error(path.native(), error);
  try {
    write_members(G_OUTPUT_STREAM(out.get()), path.native(), members, compression);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw;
  }
}

std::string cabinet_of(std::string_view name, std::string_view bytes, CabinetCompression compression) {
  const std::vector<CabinetMember> members{{std::string(name), {}, bytes}};
  require_cabinet_size(members);
  const GObjectHandle<GOutputStream> out(g_memory_output_stream_new_resizable());
  write_members(out.get(), "in memory", members, compression);
  auto* memory = G_MEMORY_OUTPUT_STREAM(out.get());
  return {static_cast<const char*>(g_memory_output_stream_get_data(memory)),
          g_memory_output_stream_get_data_size(memory)};
}

}  // namespace ferry
