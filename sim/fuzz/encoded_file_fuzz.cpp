#include <algorithm>
#include <cstdint>
#include <string>

#include "codec/fuzz/repair_file.hpp"
#include "sim/verbs/codec/codec_frames.hpp"
#include "workloads/fuzz/claim.hpp"
#include "workloads/fuzz/memory_file.hpp"

namespace splitbench {
namespace {

/// Takes a file of frames with flags before it, as codec/fuzz/frame_file_fuzz.cpp does.
void check(std::string_view input) {
  if (input.empty()) return;
  std::string bytes(input.substr(1));
  repair_file(static_cast<unsigned char>(input[0]), std::as_writable_bytes(std::span(bytes)));
  const MemoryFile memory(bytes);
  read_or_refuse(memory, [&] {
    const EncodedFile file = read_encoded_file(memory.path());
    if (file.raw_bytes() > 1 << 20) return;  // the codec's own fuzzer decodes
    std::uint64_t raw_bytes = 0;
    decode_frames(file, nullptr, 1,
                  [&](std::size_t, std::span<const std::byte> raw) { raw_bytes += raw.size(); });
    claim(raw_bytes == file.raw_bytes(), "the elements are as many as the headers say");
  });
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
