#include "codec/cpu/ranked_block.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "codec/frame_layout.hpp"
#include "codec/testing/instruction_sets.hpp"
#include "codec/testing/sample_tensors.hpp"
#include "codec/testing/test_backend.hpp"

namespace splitbench {
namespace {

/// A block as it stands in each section.
struct Block {
  std::size_t elements;
  Bytes plane;
  Bytes second_plane;
  Bytes first_level;
  Bytes stream;

  bool operator==(const Block&) const = default;
};

/// The result of decoding a block.
struct Decoded {
  FrameFault fault;
  Bytes raw;

  bool operator==(const Decoded&) const = default;
};

Block encoded(const CodeTable& table, const Bytes& raw) {
  const ElementType type = table.element_type();
  const std::size_t n = raw.size() / element_bytes(type);
  const RankedFormat format = ranked_format(type);
  Block block{.elements = n,
              .plane = Bytes(plane_bytes(n, format.plane_bits[0])),
              .second_plane = Bytes(plane_bytes(n, format.plane_bits[1])),
              .first_level = Bytes(kFirstLevelBytes),
              .stream = {}};
  std::vector<std::uint32_t> words;
  encode_ranked_block(table, raw,
                      {{block.plane.data(), block.second_plane.data()}, block.first_level.data()},
                      words, {});
  const std::span bytes = std::as_bytes(std::span(words));
  block.stream.assign(bytes.begin(), bytes.end());
  return block;
}

Decoded decoded(const CodeTable& table, const Block& block) {
  Decoded decoded{.fault = FrameFault::none,
                  .raw = Bytes(block.elements * element_bytes(table.element_type()))};
  decoded.fault = decode_ranked_block(
      table, {{block.plane.data(), block.second_plane.data()}, block.first_level.data()},
      block.stream, decoded.raw, {});
  return decoded;
}

/// Returns elements of which a share has each of a codebook's exponents with about equal
/// probability, and the others one that has no code.
Bytes elements_of(const Codebook& codebook, std::size_t n, double escaping,
                  std::mt19937_64& random) {
  const ElementFormat format = element_format(codebook.element_type);
  const unsigned ranks = codebook.size(FrameKind::ranked);
  // Half of the blocks use few ranks, as real ones do.
  const unsigned used = random() % 2 == 0 ? ranks : 1 + static_cast<unsigned>(random() % ranks);
  std::bernoulli_distribution escapes(escaping);
  Bytes raw(n * format.bytes);
  for (std::size_t i = 0; i < n; ++i) {
    unsigned exponent = codebook.exponents[random() % used];
    if (escapes(random)) {
      const auto coded = std::span(codebook.exponents).first(ranks);
      do {
        exponent = static_cast<unsigned>(random() % format.exponents());
      } while (std::ranges::find(coded, exponent) != coded.end());
    }
    const auto rest = static_cast<unsigned>(random()) & ((2u << format.mantissa_bits) - 1);
    store_element(raw.data(), i, format.bytes, format.join(exponent, rest));
  }
  return raw;
}

class RankedBlockTest : public testing::TestWithParam<ElementType> {
 protected:
  /// Returns blocks with none, few and only escapes, of all codebooks, whole ones and shorter ones.
  template <typename Visit>
  void for_each_block(const Visit& visit) {
    for (const Codebook& codebook : sample_codebooks(GetParam(), FrameKind::ranked)) {
      const CodeTable table(codebook, FrameKind::ranked);
      for (const std::size_t n : {1, 63, 64, 65, 511, 2047, 2048}) {
        for (const double escaping : {0.0, 0.001, 0.025, 0.5, 1.0})
          visit(table, elements_of(codebook, n, escaping, random_));
      }
    }
  }

  std::mt19937_64 random_{5};
  const std::vector<std::int64_t> sets_ = instruction_sets();
};

INSTANTIATE_TEST_SUITE_P(Types, RankedBlockTest, testing::ValuesIn(kElementTypes),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST_P(RankedBlockTest, IsTheSameFromEveryInstructionSetAndComesBack) {
  for_each_block([&](const CodeTable& table, const Bytes& raw) {
    const Block plain = [&] {
      const OnlyInstructionSet only(sets_.back());
      return encoded(table, raw);
    }();
    for (const std::int64_t set : sets_) {
      SCOPED_TRACE(hwy::TargetName(set));
      const OnlyInstructionSet only(set);
      EXPECT_TRUE(encoded(table, raw) == plain);
      EXPECT_TRUE(decoded(table, plain) == (Decoded{FrameFault::none, raw}));
    }
  });
}

TEST_P(RankedBlockTest, WhateverItsBytesEveryInstructionSetFindsTheSame) {
  std::vector<int> faults(32);
  for_each_block([&](const CodeTable& table, const Bytes& raw) {
    const Block sound = encoded(table, raw);
    for (int round = 0; round < 20; ++round) {
      Block block = sound;
      const auto damage = [&](Bytes& bytes) {
        if (!bytes.empty()) bytes[random_() % bytes.size()] ^= std::byte(1 << random_() % 8);
      };
      if (round % 4 == 0) damage(block.first_level);
      if (round % 4 == 1) damage(block.stream);
      if (round % 4 == 2) block.stream.resize(4 * (random_() % 900), std::byte(random_()));
      if (round == 3)
        std::ranges::generate(block.first_level, [&] { return std::byte(random_()); });
      if (round == 7) std::ranges::fill(block.first_level, std::byte{0xff});
      const Decoded plain = [&] {
        const OnlyInstructionSet only(sets_.back());
        return decoded(table, block);
      }();
      ++faults[static_cast<std::size_t>(plain.fault)];
      for (const std::int64_t set : sets_) {
        const OnlyInstructionSet only(set);
        ASSERT_TRUE(decoded(table, block) == plain) << hwy::TargetName(set);
      }
    }
  });
  for (const FrameFault fault :
       {FrameFault::none, FrameFault::stream, FrameFault::padding, FrameFault::escape_exponent})
    EXPECT_GT(faults[static_cast<std::size_t>(fault)], 0) << describe(fault);
}

}  // namespace
}  // namespace splitbench
