#include "sim/bench/codec/bench_shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/cuda/device.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr ElementType kBf16 = ElementType::bf16;

TEST(BenchShapeTest, IsOneRanksShareOfAModel) {
  const BenchShape whole = parse_shape("qwen3-32b");
  EXPECT_EQ(whole.tensors, 2u * 64);
  EXPECT_EQ(whole.row, 8u * 128);
  EXPECT_EQ(whole.page_bytes(kBf16), 0u);
  const BenchShape rank = parse_shape("qwen3-32b:tp=4:page=16:layers=8");
  EXPECT_EQ(rank.tensors, 2u * 8);
  EXPECT_EQ(rank.row, 2u * 128);
  EXPECT_EQ(rank.page_bytes(kBf16), 16u * 512);
  EXPECT_EQ(rank.page_bytes(ElementType::fp8_e4m3), 16u * 256);
  EXPECT_EQ(parse_shape("qwen3-32b:tp=16").row, 128u);
  EXPECT_EQ(parse_shape("deepseek-v3:tp=8").row, 576u);
  EXPECT_EQ(parse_shape("deepseek-v3:tp=8").tensors, 61u);
  EXPECT_EQ(parse_shape("qwen3-next-80b-a3b").tensors, 2u * 12);
}

TEST(BenchShapeTest, TensorsHaveWholeTokensOrPages) {
  const BenchShape tokens = parse_shape("llama-3.2-1b:layers=2");
  EXPECT_EQ(tokens.tensor_bytes(4 * 1024 * 5 + 4095, kBf16), 5u * 1024);
  const BenchShape pages = parse_shape("llama-3.2-1b:layers=2:page=16");
  EXPECT_EQ(pages.tensor_bytes(4 << 20, kBf16), 1u << 20);
  EXPECT_EQ(pages.tensor_bytes((4 << 20) + 60'000, kBf16), 1u << 20);
  EXPECT_THROW(pages.tensor_bytes(4 * 1024 * 5, kBf16), InputError);
}

TEST(BenchShapeTest, MistakesAreNamed) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_shape(text);
    } catch (const InputError& wrong) {
      return wrong.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("qwen3-32b:tp=3"),
            "codec bench: --shape qwen3-32b:tp=3: 3 ranks for the 8 KV heads of qwen3-32b, "
            "expected a divisor or a multiple of them");
  EXPECT_EQ(refusal("qwen3-32b:pages=16"),
            "codec bench: --shape qwen3-32b:pages=16: 'pages=16', expected tp=N, page=TOKENS or "
            "layers=N");
  EXPECT_EQ(refusal("qwen3-32b:tp"),
            "codec bench: --shape qwen3-32b:tp: 'tp', expected tp=N, page=TOKENS or layers=N");
  EXPECT_THAT(refusal("qwen3-32b:page=0"), testing::HasSubstr("0, expected 1 to"));
  EXPECT_THAT(refusal("qwen-32b"), testing::HasSubstr("did you mean"));
}

/// That elements come back from scattered pages is what the measurement itself checks.
TEST(BenchShapeTest, PagesAreCodedInPlaceOnAGpu) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const ExponentHistogram exponents = model_exponents();
  const BenchElements elements = draw_elements(exponents, calibrated(exponents, kBf16), 0.002);
  for (const ListedCodec& codec : bench_codecs("all")) {
    const auto measure = [&](const char* text) {
      const BenchShape shape = parse_shape(text);
      const BenchCase bench{.destination = BenchDestination::device,
                            .bytes = shape.tensors * shape.tensor_bytes(8 << 20, kBf16),
                            .tensors = shape.tensors,
                            .page_bytes = shape.page_bytes(kBf16),
                            .repeats = 2,
                            .max_blocks = 0,
                            .threads = 1,
                            .codec = codec};
      return runs(codec, kBf16, bench) ? bench_on_cuda(elements, bench).frame_bytes : 0;
    };
    const std::uint64_t paged = measure("llama-3.2-1b:layers=2:page=16");
    EXPECT_EQ(paged > 0, codec.baseline() == nullptr) << codec.name;
    if (paged == 0) continue;
    // Which elements share a block is another matter for codes of many.
    const auto whole = static_cast<double>(measure("llama-3.2-1b:layers=2"));
    EXPECT_NEAR(static_cast<double>(paged), whole, 0.01 * whole) << codec.name;
  }
}

}  // namespace
}  // namespace splitbench
