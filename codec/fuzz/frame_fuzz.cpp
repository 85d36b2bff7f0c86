#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/codec.hpp"
#include "codec/fuzz/claim.hpp"
#include "codec/fuzz/repair.hpp"

namespace splitbench {
namespace {

constexpr unsigned kRepairFrame = 1;    ///< repair what follows from the header's counts
constexpr unsigned kRepairDigest = 2;   ///< repair the digest, if nothing else is wrong
constexpr unsigned kMisalign = 4;       ///< let frame and elements begin on an odd address
constexpr unsigned kWithoutPlanes = 8;  ///< the input has no planes; needs kRepairFrame

/// Bytes between guards, which must not change.
class GuardedBytes {
 public:
  GuardedBytes(std::size_t size, bool misalign)
      : begin_(kGuard + misalign), size_(size), memory_(begin_ + size + kGuard, kUntouched) {}

  std::span<std::byte> inner() { return std::span(memory_).subspan(begin_, size_); }

  bool guards_are_whole() const {
    const auto untouched = [](std::byte byte) { return byte == kUntouched; };
    const std::span<const std::byte> memory(memory_);
    return std::ranges::all_of(memory.first(begin_), untouched) &&
           std::ranges::all_of(memory.subspan(begin_ + size_), untouched);
  }

 private:
  static constexpr std::size_t kGuard = 512;
  static constexpr std::byte kUntouched{0xa5};

  std::size_t begin_;
  std::size_t size_;
  std::vector<std::byte> memory_;
};

/// Decodes into `raw`. Returns the message of the refusal, or nothing if the frame was decoded, and
/// claims that nothing outside `raw` is written.
std::optional<std::string> refusal(std::span<const std::byte> frame, GuardedBytes& raw) {
  try {
    const std::uint64_t returned = decode(frame, raw.inner());
    claim(returned == frame_digest(read_header(frame).version, raw.inner()),
          "decode returns the digest of the elements");
    claim(raw.guards_are_whole(), "decode writes the elements and nothing else");
    return std::nullopt;
  } catch (const BadFrame& fault) {
    claim(raw.guards_are_whole(), "a refused frame writes nothing outside the elements");
    return fault.what();
  }
}

std::optional<FrameHeader> header_of(std::span<const std::byte> frame) {
  try {
    return read_header(frame);
  } catch (const BadFrame&) {
    return std::nullopt;
  }
}

/// Claims that there is only one frame of these elements, this codebook and this kind; one of
/// version 1 differs from it in its header alone.
void check_canonical(std::span<std::byte> frame, FrameHeader header,
                     std::span<const std::byte> raw) {
  if (header.version == 1) {
    header.version = FrameHeader::kVersion;
    header.digest = digest(raw);
    header.checksum = header_checksum(header);
    put_header(header, frame);
  }
  std::vector<std::byte> again(max_frame_bytes(header.element_type, header.elements));
  const EncodedFrame encoded = encode(raw, header.codebook(), header.kind, again);
  const EncodedFrame said{.frame_bytes = header.frame_bytes,
                          .escapes = header.escapes,
                          .digest = header.digest,
                          .kind = header.kind};
  claim(encoded == said, "an encoder says what the frame's header says");
  claim(std::ranges::equal(std::span(again).first(encoded.frame_bytes), frame),
        "the elements of a frame make that frame again");
}

void check_frame(unsigned flags, std::vector<std::byte> frame) {
  if (flags & kRepairFrame) frame = repair_frame(std::move(frame), flags & kWithoutPlanes);
  // This copy has exactly the frame's length, so that a memory checker sees every access outside.
  const std::size_t shift = flags & kMisalign ? 1 : 0;
  const auto memory = std::make_unique<std::byte[]>(shift + frame.size());
  const std::span placed(memory.get() + shift, frame.size());
  std::ranges::copy(frame, placed.begin());

  std::optional<FrameHeader> header = header_of(placed);
  const bool in_reach = header && header->elements <= kMostElements;
  GuardedBytes raw(in_reach ? header->elements * element_bytes(header->element_type) : 0, shift);
  std::optional<std::string> fault = refusal(placed, raw);
  claim(in_reach || fault, "a frame is refused where its header or its length is wrong");
  if (fault == describe(FrameFault::digest) && flags & kRepairDigest) {
    header->digest = frame_digest(header->version, raw.inner());
    header->checksum = header_checksum(*header);
    put_header(*header, placed);
    fault = refusal(placed, raw);
    claim(!fault, "a frame with nothing wrong but its digest is one with another digest");
  }
  if (!fault) check_canonical(placed, *header, raw.inner());
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  const std::span bytes = std::as_bytes(std::span(input, size)).subspan(1);
  splitbench::check_frame(input[0], {bytes.begin(), bytes.end()});
  return 0;
}
