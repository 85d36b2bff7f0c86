#include "workloads/traces/files/archive.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <dlfcn.h>
#include <fmt/format.h>
#include <string_view>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

/// The functions of libarchive that are used.
struct ArchiveFunctions {
  decltype(&archive_read_new) read_new;
  decltype(&archive_read_free) read_free;
  decltype(&archive_read_support_filter_xz) support_xz;
  decltype(&archive_read_support_filter_gzip) support_gzip;
  decltype(&archive_read_support_filter_zstd) support_zstd;
  decltype(&archive_read_support_format_tar) support_tar;
  decltype(&archive_read_support_format_zip) support_zip;
  decltype(&archive_read_support_format_raw) support_raw;
  decltype(&archive_format) format;
  decltype(&archive_read_open_filename) open_filename;
  decltype(&archive_read_next_header) next_header;
  decltype(&archive_read_data) read_data;
  decltype(&archive_error_string) error_string;
  decltype(&archive_entry_pathname) entry_pathname;
  decltype(&archive_entry_pathname_utf8) entry_pathname_utf8;
  decltype(&archive_entry_size) entry_size;
  decltype(&archive_entry_size_is_set) entry_size_is_set;
  decltype(&archive_entry_filetype) entry_filetype;
};

namespace {

constexpr std::size_t kBlock = 128 << 10;

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) throw InputError(fmt::format("libarchive.so.13: has no {}, expected it", name));
}

ArchiveFunctions load(const std::filesystem::path& path) {
  void* const library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw InputError(fmt::format(
        "{}: a compressed file or an archive, but libarchive.so.13 cannot be loaded, expected the "
        "package libarchive13 (libarchive13t64) to be installed, or the unpacked files",
        path.string()));
  ArchiveFunctions functions{};
  find(library, "archive_read_new", functions.read_new);
  find(library, "archive_read_free", functions.read_free);
  find(library, "archive_read_support_filter_xz", functions.support_xz);
  find(library, "archive_read_support_filter_gzip", functions.support_gzip);
  find(library, "archive_read_support_filter_zstd", functions.support_zstd);
  find(library, "archive_read_support_format_tar", functions.support_tar);
  find(library, "archive_read_support_format_zip", functions.support_zip);
  find(library, "archive_read_support_format_raw", functions.support_raw);
  find(library, "archive_format", functions.format);
  find(library, "archive_read_open_filename", functions.open_filename);
  find(library, "archive_read_next_header", functions.next_header);
  find(library, "archive_read_data", functions.read_data);
  find(library, "archive_error_string", functions.error_string);
  find(library, "archive_entry_pathname", functions.entry_pathname);
  find(library, "archive_entry_pathname_utf8", functions.entry_pathname_utf8);
  find(library, "archive_entry_size", functions.entry_size);
  find(library, "archive_entry_size_is_set", functions.entry_size_is_set);
  find(library, "archive_entry_filetype", functions.entry_filetype);
  return functions;
}

const ArchiveFunctions& libarchive(const std::filesystem::path& path) {
  static const ArchiveFunctions functions = load(path);
  return functions;
}

constexpr std::string_view kExpected = "an archive such as .tar.xz";

/// Returns the path of a regular file. Throws InputError for anything else: the library would wait
/// for a pipe.
const std::filesystem::path& checked(const std::filesystem::path& path) {
  const InputFile file(path, kExpected, kAnyLength);
  return path;
}

/// The bytes with which files of a kind begin.
struct Magic {
  std::size_t offset;
  std::string_view bytes;
};
constexpr std::array kMagics = {Magic{0, "\x1f\x8b"},
                                Magic{0, std::string_view("\xfd"
                                                          "7zXZ\0",
                                                          6)},
                                Magic{0, "\x28\xb5\x2f\xfd"}, Magic{0, "PK\x03\x04"},
                                Magic{257, "ustar"}};

}  // namespace

bool is_packed(const std::filesystem::path& path) {
  std::array<char, 512> head{};
  InputFile file(path, "a trace", kAnyLength);
  const std::size_t length = file.read(std::as_writable_bytes(std::span(head)));
  const std::string_view text(head.data(), length);
  return std::ranges::any_of(kMagics, [&](const Magic& magic) {
    return text.size() > magic.offset && text.substr(magic.offset).starts_with(magic.bytes);
  });
}

Archive::Archive(const std::filesystem::path& path)
    : path_(checked(path)), functions_(libarchive(path)), archive_(functions_.read_new()) {
  // Only a part of what it can read: some formats name other files, some filters start programs.
  functions_.support_xz(archive_);
  functions_.support_gzip(archive_);
  functions_.support_zstd(archive_);
  functions_.support_tar(archive_);
  functions_.support_zip(archive_);
  functions_.support_raw(archive_);
  if (functions_.open_filename(archive_, path.c_str(), kBlock) == ARCHIVE_OK) return;
  const std::string why = functions_.error_string(archive_);
  functions_.read_free(archive_);
  throw InputError(fmt::format("{}: {}, expected {}", path.string(), why, kExpected));
}

Archive::~Archive() {
  functions_.read_free(archive_);
}

bool Archive::next(Entry& entry) {
  archive_entry* found = nullptr;
  const int status = functions_.next_header(archive_, &found);
  if (status == ARCHIVE_EOF) return false;
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) refuse();  // such as of a name's letters
  const bool one_file =
      (functions_.format(archive_) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_RAW;
  const char* name = one_file ? nullptr : functions_.entry_pathname(found);
  if (!one_file && !name) name = functions_.entry_pathname_utf8(found);
  entry.name = name ? name : "";
  entry.bytes.reset();
  if (functions_.entry_size_is_set(found))
    entry.bytes = static_cast<std::uint64_t>(functions_.entry_size(found));
  entry.is_file = functions_.entry_filetype(found) == AE_IFREG;
  return true;
}

std::size_t Archive::read(std::span<std::byte> room) {
  const la_ssize_t got = functions_.read_data(archive_, room.data(), room.size());
  if (got < 0) refuse();
  return static_cast<std::size_t>(got);
}

void Archive::refuse() const {
  const char* const why = functions_.error_string(archive_);
  throw InputError(fmt::format("{}: {}, expected a whole archive", path_.string(),
                               why ? why : "a broken archive"));
}

}  // namespace splitbench
