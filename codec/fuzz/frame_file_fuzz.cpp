#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "codec/frame_file.hpp"
#include "codec/fuzz/claim.hpp"
#include "codec/fuzz/repair_file.hpp"

namespace splitbench {
namespace {

/// Claims that the parts lie in the file one after the other and make that file again.
void check_parts(std::span<const std::byte> file, const FrameFile& parts) {
  const std::vector<std::byte> start =
      frame_file_start(parts.frames.size(), file.size(), parts.preface);
  claim(start.size() <= file.size() && std::ranges::equal(start, file.first(start.size())),
        "a file's start follows from its preface and how many frames it has");
  const std::byte* expected = file.data() + start.size();
  for (const std::span<const std::byte> frame : parts.frames) {
    claim(frame.data() == expected, "a frame begins where the one before it ends");
    claim(read_header(frame).frame_bytes == frame.size(), "a frame is as long as its header says");
    expected += frame.size();
  }
  claim(expected == file.data() + file.size(), "the last frame ends where the file does");
}

void check_file(unsigned flags, std::span<const std::byte> input) {
  // This copy has exactly the input's length, so that a memory checker sees every access outside.
  const auto memory = std::make_unique<std::byte[]>(input.size());
  const std::span file(memory.get(), input.size());
  std::ranges::copy(input, file.begin());
  repair_file(flags, file);
  try {
    check_parts(file, split_frame_file(file));
  } catch (const BadFrame&) {
    return;
  }
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  splitbench::check_file(input[0], std::as_bytes(std::span(input, size)).subspan(1));
  return 0;
}
