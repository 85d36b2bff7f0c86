#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "codec/baselines/cpu_batch.hpp"
#include "codec/errors.hpp"
#include "codec/testing/missing_baseline.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;

/// Returns pieces of which none divides into whole chunks, and some have only a few elements.
std::vector<Bytes> some_pieces() {
  std::vector<Bytes> pieces;
  for (const std::size_t elements : {300'001, 1, 7, 65'536, 131'073})
    pieces.push_back(like_a_cache(ElementType::bf16, elements, elements));
  return pieces;
}

Bytes noise(std::size_t bytes) {
  std::mt19937 random(7);
  Bytes noise(bytes);
  std::ranges::generate(noise, [&] { return static_cast<std::byte>(random()); });
  return noise;
}

class PayloadTest : public testing::TestWithParam<Codec> {
 protected:
  void SetUp() override {
    baseline_ = find_baseline(GetParam().name);
    if (baseline_ == nullptr) GTEST_SKIP() << why_missing(GetParam());
  }

  Bytes payload_of(const std::vector<Bytes>& pieces) const {
    const std::vector<std::span<const std::byte>> in(pieces.begin(), pieces.end());
    Bytes out(layout_of(pieces).most_bytes(), std::byte{0xee});
    out.resize(CpuPayloads(*baseline_).write(in, out));
    return out;
  }

  std::vector<Bytes> pieces_of(const Bytes& payload, const std::vector<Bytes>& like) const {
    std::vector<Bytes> back;
    for (const Bytes& piece : like) back.emplace_back(piece.size());
    CpuPayloads(*baseline_)
        .read(payload, std::vector<std::span<std::byte>>(back.begin(), back.end()));
    return back;
  }

  PayloadLayout layout_of(const std::vector<Bytes>& pieces) const {
    const std::vector<std::span<const std::byte>> spans(pieces.begin(), pieces.end());
    return {std::span(spans), baseline_->planes, baseline_->chunk_bytes};
  }

  const Baseline* baseline_ = nullptr;
};

TEST_P(PayloadTest, GivesBackPiecesOfAnyLength) {
  const std::vector<Bytes> pieces = some_pieces();
  EXPECT_TRUE(pieces_of(payload_of(pieces), pieces) == pieces);
}

TEST_P(PayloadTest, IsNeverLongerThanItsLayoutSays) {
  const std::vector<Bytes> pieces = {noise(1 << 20), noise(2), noise(70'000)};
  const Bytes payload = payload_of(pieces);
  EXPECT_EQ(payload.size(), layout_of(pieces).most_bytes());  // nothing of it shrinks
  EXPECT_TRUE(pieces_of(payload, pieces) == pieces);
}

TEST_P(PayloadTest, IsTheSameEveryTime) {
  EXPECT_TRUE(payload_of(some_pieces()) == payload_of(some_pieces()));
}

TEST_P(PayloadTest, IsRefusedIfItIsCutOrLengthened) {
  const std::vector<Bytes> pieces = some_pieces();
  const Bytes payload = payload_of(pieces);
  for (std::size_t bytes = 0; bytes < payload.size(); bytes += bytes < 400 ? 1 : 9'973) {
    const Bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_THROW(pieces_of(cut, pieces), BadFrame) << bytes;
  }
  for (const std::size_t more : {1u, 16u, 4096u}) {
    Bytes longer = payload;
    longer.insert(longer.end(), more, std::byte{0});
    EXPECT_THROW(pieces_of(longer, pieces), BadFrame) << more;
  }
}

TEST_P(PayloadTest, IsRefusedOrGivesOtherBytesIfItIsChanged) {
  const std::vector<Bytes> pieces = some_pieces();
  const Bytes payload = payload_of(pieces);
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    Bytes changed = payload;
    const std::size_t within = i % 2 == 0 ? 100 : payload.size();  // lengths, and anything
    for (int flips = 0; flips <= i % 3; ++flips)
      changed[random() % within] ^= static_cast<std::byte>(1u << random() % 8);
    try {
      pieces_of(changed, pieces);
    } catch (const BadFrame&) {
    }
  }
}

TEST_P(PayloadTest, OfNoiseIsRefusedOrGivesOtherBytes) {
  const std::vector<Bytes> pieces = {Bytes(200'000)};
  Bytes payload = noise(layout_of(pieces).most_bytes());
  for (std::uint32_t length = 1; length < 50'000; length = 3 * length + 1) {
    payload.resize(layout_of(pieces).chunks_at());
    const std::size_t chunks = layout_of(pieces).chunks().size();
    for (std::size_t i = 0; i < chunks; ++i)
      std::memcpy(payload.data() + 4 * i, &length, sizeof(length));
    const Bytes more = noise(chunks * PayloadLayout::aligned(length));
    payload.insert(payload.end(), more.begin(), more.end());
    try {
      pieces_of(payload, pieces);
    } catch (const BadFrame&) {
    }
  }
}

std::vector<Codec> baselines_of_the_cpu() {
  std::vector<Codec> baselines(kBaselines.begin(), kBaselines.end());
  std::erase_if(baselines, [](const Codec& baseline) { return !baseline.on_cpu; });
  return baselines;
}

INSTANTIATE_TEST_SUITE_P(Baselines, PayloadTest, testing::ValuesIn(baselines_of_the_cpu()),
                         [](const auto& test) {
                           std::string name(test.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(PayloadLayoutTest, PutsPlanesBeforeChunksAndEverythingOnSixteenBytes) {
  const PayloadLayout layout(std::vector<std::uint64_t>{200, 34}, true, 64);
  ASSERT_EQ(layout.chunks().size(), 3u);  // 64 and 36 of 100 exponents, and 17
  EXPECT_EQ(layout.chunks()[1].first, 64u);
  EXPECT_EQ(layout.chunks()[1].seen, 36u);
  EXPECT_EQ(layout.rest_at(), 16u);     // after 12 bytes of lengths
  EXPECT_EQ(layout.plane_at(1), 112u);  // after 100 bytes
  EXPECT_EQ(layout.chunks_at(), 16u + 112 + 32);
  EXPECT_EQ(layout.most_bytes(), layout.chunks_at() + 64 + 48 + 32);
}

}  // namespace
}  // namespace splitbench
