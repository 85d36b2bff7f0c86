#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/codec.hpp"

namespace splitbench {
namespace {

/// Dumps of trained models' caches, which are not part of the project.
struct Dump {
  const char* name;
  double escape_percent;  ///< with one codebook for all of it, as measured by other means
};

class RealDataTest : public testing::TestWithParam<Dump> {
 protected:
  void SetUp() override {
    const std::filesystem::path path = std::filesystem::path("../shared/data/kv") / GetParam().name;
    if (!std::filesystem::exists(path.string() + ".bf16"))
      GTEST_SKIP() << "no " << path.string() << ".bf16";
    elements_.resize(std::filesystem::file_size(path.string() + ".bf16") / 2);
    std::ifstream(path.string() + ".bf16", std::ios::binary)
        .read(reinterpret_cast<char*>(elements_.data()),
              static_cast<std::streamsize>(2 * elements_.size()));
    const auto json = nlohmann::json::parse(std::ifstream(path.string() + ".json"));
    tensors_ = json.at("shape").at(0).get<std::size_t>() * 2;
  }

  std::vector<std::uint16_t> elements_;
  std::size_t tensors_ = 0;  ///< K and V of each layer, equally long
};

INSTANTIATE_TEST_SUITE_P(Dumps, RealDataTest,
                         testing::Values(Dump{"babyllama105__agent", 0.0224},
                                         Dump{"stories260K__oz", 0.0621},
                                         Dump{"qwen2arch__agent", 0.0298}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(RealDataTest, EscapesAsOftenAsWasMeasured) {
  const ExponentHistogram histogram = exponent_histogram(elements_);
  const Codebook codebook = calibrate(histogram);
  std::vector<std::byte> frame(max_frame_bytes(elements_.size()));
  const EncodedFrame encoded = encode(elements_, codebook, FrameKind::splitzip, frame);
  EXPECT_EQ(encoded.escapes, escapes(histogram, codebook));
  EXPECT_NEAR(100.0 * static_cast<double>(encoded.escapes) / static_cast<double>(elements_.size()),
              GetParam().escape_percent, 0.00005);
}

TEST_P(RealDataTest, EveryLayersKAndVComesBackAndShrinksByAQuarter) {
  const std::size_t each = elements_.size() / tensors_;
  std::vector<std::byte> frame(max_frame_bytes(each));
  std::vector<std::uint16_t> decoded(each);
  for (std::size_t i = 0; i < tensors_; ++i) {
    const std::span<const std::uint16_t> tensor = std::span(elements_).subspan(i * each, each);
    const Codebook codebook = calibrate(exponent_histogram(tensor));
    const EncodedFrame encoded = encode(tensor, codebook, FrameKind::splitzip, frame);
    EXPECT_GE(2.0 * static_cast<double>(each) / static_cast<double>(encoded.frame_bytes), 1.329)
        << "tensor " << i;
    EXPECT_EQ(encoded.frame_bytes, splitzip_frame_bytes(each, encoded.escapes));
    decode(std::span(frame).first(encoded.frame_bytes), decoded);
    EXPECT_TRUE(std::ranges::equal(decoded, tensor)) << "tensor " << i;
  }
}

}  // namespace
}  // namespace splitbench
