#include "sim/dump_file.hpp"

#include <fmt/core.h>
#include <fstream>
#include <system_error>
#include <utility>

#include "workers/kv_dump.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

template <typename Unit>
std::vector<Unit> read_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (error)
    throw InputError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
  if (bytes % sizeof(Unit) != 0) {
    throw InputError(fmt::format("{}: {} bytes are not whole elements of {} bytes", path.string(),
                                 bytes, sizeof(Unit)));
  }
  std::vector<Unit> contents(bytes / sizeof(Unit));
  std::ifstream stream(path, std::ios::binary);
  stream.read(reinterpret_cast<char*>(contents.data()), static_cast<std::streamsize>(bytes));
  if (!stream) throw InputError(fmt::format("{}: cannot be read", path.string()));
  return contents;
}

}  // namespace

Dump read_dump(const fs::path& path) {
  const fs::path json = fs::path(path).replace_extension(".json");
  const bool shaped = json != path && fs::exists(json);
  if (!shaped) {
    Dump dump{.path = path.string(), .elements = read_file<std::uint16_t>(path), .tensors = {}};
    dump.tensors = {{.key = {}, .elements = dump.elements}};
    return dump;
  }
  KvDump kv = load_kv_dump(path);
  Dump dump{.path = path.string(), .elements = std::move(kv.values), .tensors = {}};
  const std::span<const std::uint16_t> elements = dump.elements;
  const std::uint64_t each = kv.tokens * kv.width;
  for (std::uint32_t i = 0; i < 2 * kv.layers; ++i) {
    dump.tensors.push_back({.key = {.layer = i / 2, .tensor_class = i % 2 == 0 ? "k" : "v"},
                            .elements = elements.subspan(i * each, each)});
  }
  return dump;
}

std::vector<std::byte> read_bytes(const fs::path& path) {
  return read_file<std::byte>(path);
}

void write_bytes(const fs::path& path, std::span<const std::byte> contents) {
  const fs::path partial = path.string() + ".partial";
  std::ofstream stream(partial, std::ios::binary);
  if (!stream) throw InputError(fmt::format("{}: cannot be written", path.string()));
  stream.write(reinterpret_cast<const char*>(contents.data()),
               static_cast<std::streamsize>(contents.size()));
  stream.close();
  std::error_code error;
  if (stream) fs::rename(partial, path, error);
  if (stream && !error) return;
  fs::remove(partial);
  throw std::system_error(error ? error : std::make_error_code(std::errc::io_error),
                          "write " + path.string());
}

}  // namespace splitbench
