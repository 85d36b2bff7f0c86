#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/fuzz/claim.hpp"
#include "codec/fuzz/repair_predicted.hpp"
#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

constexpr unsigned kRepairFrame = 1;  ///< repair what follows from the header's and entries' counts
constexpr unsigned kRepairDigest = 2;  ///< repair the digest, if nothing else is wrong

const LoadedPredictor& fuzzed_predictor() {
  static const LoadedPredictor predictor = loaded(random_predictor(kFuzzedModel));
  return predictor;
}

/// Returns the message of the refusal, or nothing if the frame was decoded.
std::optional<std::string> refusal(std::span<const std::byte> frame, const References& references,
                                   std::span<std::uint16_t> elements) {
  try {
    const std::uint64_t returned =
        decode_predicted(frame, fuzzed_predictor(), references, elements);
    claim(returned == digest(elements), "decode returns the digest of the elements");
    return std::nullopt;
  } catch (const BadFrame& fault) {
    return fault.what();
  }
}

std::optional<FrameHeader> predicted_header(std::span<const std::byte> frame) {
  try {
    const FrameHeader header = read_header(frame);
    if (header.kind != FrameKind::predicted || header.elements > kMostFuzzedElements)
      return std::nullopt;
    return header;
  } catch (const BadFrame&) {
    return std::nullopt;
  }
}

/// Claims that these elements, if the frame brings no means and scales, make this frame.
void check_canonical(std::span<const std::byte> frame, const FrameHeader& header,
                     const References& references, std::span<const std::uint16_t> elements) {
  const PredictedPart part = header.predicted();
  const auto tokens = static_cast<std::uint32_t>(header.elements / part.row);
  if (part.adjusted == 1) return;
  PredictedTensor what{.layer = part.layer, .role = part.role, .mode = part.mode, .pages = {}};
  what.pages.page_tokens = part.page_tokens;
  what.pages.first_positions.resize(predicted_pages(tokens, part.page_tokens));
  std::memcpy(what.pages.first_positions.data(), frame.data() + kHeaderBytes,
              4 * what.pages.first_positions.size());
  claim(std::ranges::equal(predicted_frame(elements, what, fuzzed_predictor(), references), frame),
        "the elements of a frame make that frame again");
}

void check_frame(unsigned flags, std::vector<std::byte> input) {
  if (flags & kRepairFrame) input = repair_predicted(std::move(input), fuzzed_predictor());
  // This copy has exactly the frame's length, so that a memory checker sees every access outside.
  const auto memory = std::make_unique<std::byte[]>(input.size());
  const std::span frame(memory.get(), input.size());
  std::ranges::copy(input, frame.begin());
  std::optional<FrameHeader> header = predicted_header(frame);
  if (!header) return;
  std::vector<std::uint16_t> elements(header->elements), before(header->elements, 0x3f80);
  const References references{before, before, before, before};
  std::optional<std::string> fault = refusal(frame, references, elements);
  if (fault == describe(FrameFault::digest) && flags & kRepairDigest) {
    header->digest = digest(elements);
    header->checksum = header_checksum(*header);
    std::memcpy(frame.data(), &*header, sizeof *header);
    fault = refusal(frame, references, elements);
    claim(!fault, "a frame with nothing wrong but its digest is one with another digest");
  }
  if (!fault) check_canonical(frame, *header, references, elements);
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  const std::span bytes = std::as_bytes(std::span(input, size)).subspan(1);
  splitbench::check_frame(input[0], {bytes.begin(), bytes.end()});
  return 0;
}
