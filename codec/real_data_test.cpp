#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/codec.hpp"
#include "codec/fp8_rounding.hpp"
#include "codec/testing/real_dump.hpp"

namespace splitbench {
namespace {

/// A dump, and figures of it that were measured by other means.
struct Dump {
  const char* name;
  double escape_percent;  ///< escapes with one codebook for all of it
  double
      splitzip_ratio;   ///< lower bound of the ratio in bf16, fixed costs of small tensors included
  double ranked_ratio;  ///< the same with ranked frames
};

class RealDataTest : public testing::TestWithParam<Dump> {
 protected:
  void SetUp() override {
    std::optional<RealDump> dump = read_real_dump(GetParam().name);
    ASSERT_TRUE(dump);
    elements_ = std::move(dump->elements);
    tensors_ = dump->tensors;
  }

  /// Returns the ratio of frames of each layer's K and V, each with its own codebook, headers and
  /// all. Every frame must decode to its elements.
  double ratio(ElementType type, FrameKind kind = FrameKind::splitzip) {
    const std::vector<std::byte> raw = as_type(elements_, type);
    const std::size_t each = raw.size() / tensors_;
    std::vector<std::byte> frame(max_frame_bytes(type, each / element_bytes(type)));
    std::vector<std::byte> decoded(each);
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < tensors_; ++i) {
      const std::span<const std::byte> tensor = std::span(raw).subspan(i * each, each);
      const Codebook codebook = calibrate(exponent_histogram(tensor, type), type, kind);
      const EncodedFrame encoded = encode(tensor, codebook, kind, frame);
      decode(std::span(frame).first(encoded.frame_bytes), decoded);
      EXPECT_TRUE(std::ranges::equal(decoded, tensor)) << "tensor " << i;
      bytes += encoded.frame_bytes;
    }
    const double ratio = static_cast<double>(raw.size()) / static_cast<double>(bytes);
    RecordProperty(std::string(name(type)) + "_ratio", std::to_string(ratio));
    return ratio;
  }

  std::vector<std::uint16_t> elements_;
  std::size_t tensors_ = 0;  ///< 2 per layer, K and V, all equally long
};

INSTANTIATE_TEST_SUITE_P(
    Dumps, RealDataTest,
    testing::ValuesIn(at_hand<Dump>({{"channels", 0.03586, 1.327, 1.45},
                                     {"babyllama105__agent", 0.0224, 1.329, 1.48},
                                     {"stories260K__oz", 0.0621, 1.329, 1.45},
                                     {"qwen2arch__agent", 0.0298, 1.329, 1.48}})),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(RealDataTest, EscapesAsOftenAsWasMeasured) {
  const ExponentHistogram histogram = exponent_histogram(elements_);
  const Codebook codebook = calibrate(histogram);
  std::vector<std::byte> frame(max_frame_bytes(ElementType::bf16, elements_.size()));
  const EncodedFrame encoded = encode(elements_, codebook, FrameKind::splitzip, frame);
  EXPECT_EQ(encoded.escapes, escapes(histogram, codebook));
  EXPECT_NEAR(100.0 * static_cast<double>(encoded.escapes) / static_cast<double>(elements_.size()),
              GetParam().escape_percent, 0.00005);
}

TEST_P(RealDataTest, ShrinksByAQuarterInBfloat16) {
  EXPECT_GE(ratio(ElementType::bf16), GetParam().splitzip_ratio);
}

TEST_P(RealDataTest, ShrinksByAnEighthInE5M2) {
  EXPECT_GE(ratio(ElementType::fp8_e5m2), 1.135);
}

/// There is hardly anything to gain in E4M3, but never anything to lose, whatever the tensor.
TEST_P(RealDataTest, NeverGrowsInE4M3) {
  EXPECT_GE(ratio(ElementType::fp8_e4m3), 1.0);
}

TEST_P(RealDataTest, ShrinksByNearlyAThirdWithRanks) {
  EXPECT_GE(ratio(ElementType::bf16, FrameKind::ranked), GetParam().ranked_ratio);
}

TEST_P(RealDataTest, ShrinksInFp8WithRanks) {
  EXPECT_GE(ratio(ElementType::fp8_e5m2, FrameKind::ranked), 1.33);
  EXPECT_GE(ratio(ElementType::fp8_e4m3, FrameKind::ranked), 1.15);
}

}  // namespace
}  // namespace splitbench
