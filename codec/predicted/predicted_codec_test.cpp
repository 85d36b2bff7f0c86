#include "codec/predicted/predicted_codec.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "codec/testing/instruction_sets.hpp"
#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

constexpr std::array kModes = {PredictionMode::means, PredictionMode::own_values,
                               PredictionMode::layer_before};
constexpr std::array kRoles = {TensorRole::key, TensorRole::value};

/// Geometries whose slabs are heads, of even and odd numbers of patches, and whole rows.
constexpr std::array kModels = {
    TestModel{3, 64, RopeStyle::interleaved}, TestModel{1, 96, RopeStyle::halves},
    TestModel{5, 8, RopeStyle::interleaved}, TestModel{2, 18, RopeStyle::none}};

/// Returns elements of any bit pattern, not finite ones among them.
std::vector<std::uint16_t> any_elements(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint16_t> elements(count);
  for (std::uint16_t& element : elements) element = static_cast<std::uint16_t>(random());
  return elements;
}

/// A layer's tensor and all from which it may be predicted.
struct AnyTensor {
  AnyTensor(std::size_t count, std::uint64_t seed)
      : elements(any_elements(count, seed)),
        own_key(any_elements(count, seed + 1)),
        own_values(any_elements(count, seed + 2)),
        key_before(any_elements(count, seed + 3)),
        values_before(any_elements(count, seed + 4)) {}

  References references() const { return {own_key, own_values, key_before, values_before}; }

  std::vector<std::uint16_t> elements, own_key, own_values, key_before, values_before;
};

void expect_lossless(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                     const LoadedPredictor& predictor, const References& references) {
  const std::vector<std::byte> frame = predicted_frame(elements, what, predictor, references);
  std::vector<std::uint16_t> back(elements.size());
  EXPECT_EQ(decode_predicted(frame, predictor, references, back), digest(elements));
  EXPECT_TRUE(std::ranges::equal(back, elements));
}

/// Returns what is thrown, or nothing if the frame is decoded to these elements; else "wrong".
std::string refusal_of(std::span<const std::byte> frame, const LoadedPredictor& predictor,
                       const AnyTensor& tensor) {
  std::vector<std::uint16_t> back(tensor.elements.size());
  try {
    decode_predicted(frame, predictor, tensor.references(), back);
    return back == tensor.elements ? "" : "wrong";
  } catch (const BadFrame& fault) {
    return fault.what();
  }
}

void repair_checksum(std::span<std::byte> frame) {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  header.checksum = header_checksum(header);
  std::memcpy(frame.data(), &header, sizeof header);
}

/// A frame of 20 tokens that all tests of hostile frames begin with.
class HostilePredictedFrameTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kTokens = 20;

  const LoadedPredictor predictor_ = loaded(random_predictor({2, 32}));
  const AnyTensor tensor_{kTokens * 64, 5};
  const std::vector<std::byte> frame_ = predicted_frame(tensor_.elements,
                                                        {.layer = 1,
                                                         .role = TensorRole::value,
                                                         .mode = PredictionMode::layer_before,
                                                         .pages = one_page(kTokens)},
                                                        predictor_, tensor_.references());
};

TEST(PredictedCodecTest, GivesBackEveryBfloat16BitPattern) {
  std::vector<std::uint16_t> patterns(65'536);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  for (const RopeStyle rope : {RopeStyle::none, RopeStyle::halves, RopeStyle::interleaved}) {
    const LoadedPredictor predictor = loaded(random_predictor({2, 32, rope}));
    const References all{patterns, patterns, patterns, patterns};
    for (const TensorRole role : kRoles)
      for (const PredictionMode mode : kModes)
        expect_lossless(patterns, {1, role, mode, one_page(1024)}, predictor, all);
  }
}

TEST(PredictedCodecTest, IsLosslessAtEveryLength) {
  for (const TestModel& model : kModels) {
    const LoadedPredictor predictor = loaded(random_predictor(model));
    for (std::uint32_t tokens = 1; tokens <= 50; ++tokens) {
      SCOPED_TRACE(testing::Message() << model.head_dim << " a head, " << tokens << " tokens");
      const AnyTensor tensor(std::size_t{tokens} * model.row(), tokens);
      const auto role = kRoles[tokens % 2];
      expect_lossless(tensor.elements, {2, role, kModes[tokens % 3], one_page(tokens, 1000)},
                      predictor, tensor.references());
    }
  }
}

TEST(PredictedCodecTest, IsLosslessInSeveralStreamsAndPages) {
  const LoadedPredictor predictor = loaded(random_predictor(kModels[0]));
  const AnyTensor tensor(600 * 192, 3);
  const Pages pages{.page_tokens = 250, .first_positions = {7, kMaxPositions - 250, 0}};
  for (const TensorRole role : kRoles)
    for (const PredictionMode mode : kModes)
      expect_lossless(tensor.elements, {1, role, mode, pages}, predictor, tensor.references());
}

TEST(PredictedCodecTest, ThreadsWriteTheSameBytes) {
  const LoadedPredictor predictor = loaded(random_predictor({5, 8}));
  const AnyTensor tensor(40'000 * 40, 3);
  const PredictedTensor what{0, TensorRole::key, PredictionMode::own_values, one_page(40'000)};
  const auto frame = predicted_frame(tensor.elements, what, predictor, tensor.references());
  EXPECT_EQ(predicted_frame(tensor.elements, what, predictor, tensor.references(), 3), frame);
  std::vector<std::uint16_t> back(tensor.elements.size());
  decode_predicted(frame, predictor, tensor.references(), back, 3);
  EXPECT_TRUE(back == tensor.elements);
}

TEST(PredictedCodecTest, EveryInstructionSetWritesTheSameBytes) {
  for (const TestModel& model : kModels) {
    const LoadedPredictor predictor = loaded(random_predictor(model));
    const AnyTensor tensor(600 * model.row(), 4);
    for (const TensorRole role : kRoles) {
      for (const PredictionMode mode : kModes) {
        const PredictedTensor what{1, role, mode, one_page(600, 5)};
        const auto expected =
            predicted_frame(tensor.elements, what, predictor, tensor.references());
        for (const std::int64_t set : instruction_sets()) {
          const OnlyInstructionSet only(set);
          EXPECT_EQ(predicted_frame(tensor.elements, what, predictor, tensor.references()),
                    expected)
              << hwy::TargetName(set);
          EXPECT_EQ(refusal_of(expected, predictor, tensor), "") << hwy::TargetName(set);
        }
      }
    }
  }
}

TEST(PredictedCodecTest, NoFrameIsLongerThanSaid) {
  Predictor predictor = random_predictor({5, 8});
  for (PredictorLayer& layer : predictor.layers)
    for (LayerFit& fit : layer.fits)
      for (PredictedChannel& channel : fit.channels) channel.log_scale = kLowestLogScale;
  const LoadedPredictor wrong = loaded(predictor);
  for (const std::uint32_t tokens : {1u, 15u, 300u}) {
    const AnyTensor tensor(tokens * 40, 3);
    expect_lossless(tensor.elements,
                    {0, TensorRole::key, PredictionMode::own_values, one_page(tokens)}, wrong,
                    tensor.references());
  }
}

TEST(PredictedCodecTest, RefusesArgumentsThatBreakARule) {
  const LoadedPredictor predictor = loaded(random_predictor({2, 32}));
  const AnyTensor tensor(64 * 20, 1);
  const auto refuses = [&](const PredictedTensor& what, References references,
                           std::size_t elements = 64 * 20) {
    EXPECT_THROW(
        predicted_frame(std::span(tensor.elements).first(elements), what, predictor, references),
        std::invalid_argument);
  };
  const PredictedTensor right{1, TensorRole::key, PredictionMode::own_values, one_page(20)};
  const References all = tensor.references();
  refuses(right, all, 64 * 20 - 1);
  refuses(right, all, 64 * 19);
  refuses(right, {});
  refuses({3, TensorRole::key, PredictionMode::means, one_page(20)}, all);
  refuses({0, TensorRole::key, PredictionMode::layer_before, one_page(20)}, all);
  refuses({1, TensorRole::key, PredictionMode::means, one_page(21)}, all);
  refuses({1, TensorRole::key, PredictionMode::means, one_page(20, kMaxPositions - 19)}, all);
}

TEST_F(HostilePredictedFrameTest, EveryPrefixIsRefused) {
  for (std::size_t size = 0; size < frame_.size(); ++size)
    EXPECT_EQ(refusal_of(std::span(frame_).first(size), predictor_, tensor_),
              describe(FrameFault::length));
  std::vector<std::byte> longer = frame_;
  longer.resize(frame_.size() + kAlignment);
  EXPECT_EQ(refusal_of(longer, predictor_, tensor_), describe(FrameFault::length));
}

TEST_F(HostilePredictedFrameTest, NoChangedByteGoesUnseen) {
  for (std::size_t i = 0; i < frame_.size(); ++i) {
    std::vector<std::byte> changed = frame_;
    changed[i] ^= std::byte(1 << i % 8);
    const std::string said = refusal_of(changed, predictor_, tensor_);
    EXPECT_TRUE(said != "" && said != "wrong") << "byte " << i;
  }
}

/// Changes of all parts, with the header's checksum put right; also with other streams than those
/// of the frame, whatever the elements then are.
TEST_F(HostilePredictedFrameTest, TenThousandAreRefusedOrHarmless) {
  std::mt19937_64 random(3);
  const PredictedShape shape{.tokens = kTokens, .row = 64, .head_dim = 32};
  const PredictedLayout layout = predicted_layout(shape, kTokens, false, 0);
  std::size_t decoded = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::vector<std::byte> changed = frame_;
    const std::size_t begin = i % 3 == 0   ? 0
                              : i % 3 == 1 ? layout.entries
                                           : static_cast<std::size_t>(layout.pages);
    const std::size_t end = i % 3 == 0 ? kHeaderBytes : changed.size();
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes)
      changed[begin + random() % (end - begin)] = static_cast<std::byte>(random());
    repair_checksum(changed);
    const std::string said = refusal_of(changed, predictor_, tensor_);
    EXPECT_NE(said, "wrong");
    decoded += said == "" ? 1 : 0;
  }
  EXPECT_LT(decoded, 100u);  // changes that change nothing
}

TEST_F(HostilePredictedFrameTest, IsRefusedIfItsHeaderLies) {
  const auto fault = [&](auto change) {
    std::vector<std::byte> changed = frame_;
    FrameHeader header;
    std::memcpy(&header, changed.data(), sizeof header);
    PredictedPart part = header.predicted();
    change(header, part);
    const auto words = std::bit_cast<std::array<std::uint64_t, 3>>(part);
    std::ranges::copy(words, header.reserved);
    header.checksum = header_checksum(header);
    std::memcpy(changed.data(), &header, sizeof header);
    return refusal_of(changed, predictor_, tensor_);
  };
  using H = FrameHeader;
  using P = PredictedPart;
  const auto place = describe(FrameFault::place);
  const auto reserved = describe(FrameFault::reserved);
  EXPECT_EQ(fault([](H&, P&) {}), "");
  EXPECT_EQ(fault([](H&, P& p) { p.layer = 3; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.layer = 0; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.role = TensorRole{2}; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.mode = PredictionMode{0}; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.mode = PredictionMode{4}; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.adjusted = 2; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.row = 0; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.row = 128; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.head_dim = 0; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.page_tokens = 0; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.page_tokens = kTokens + 1; }), place);
  EXPECT_EQ(fault([](H&, P& p) { p.reserved = 1; }), reserved);
  EXPECT_EQ(fault([](H&, P& p) { p.reserved_too = 1; }), reserved);
  EXPECT_EQ(fault([](H& h, P&) { h.exponents[3] = 1; }), reserved);
  EXPECT_EQ(fault([](H& h, P&) { h.reserved[4] = 1; }), reserved);
  EXPECT_EQ(fault([](H& h, P&) { h.version = 1; }), describe(FrameFault::version));
  EXPECT_EQ(fault([](H& h, P&) { h.code_bits = 7; }), describe(FrameFault::code_bits));
  EXPECT_EQ(fault([](H& h, P&) { h.elements = 0; }), describe(FrameFault::elements));
  EXPECT_EQ(fault([](H& h, P&) { h.elements = std::uint64_t{1} << 34; }),
            describe(FrameFault::elements));
  EXPECT_EQ(fault([](H& h, P&) { h.escapes = ~std::uint64_t{0}; }), describe(FrameFault::escapes));
  EXPECT_EQ(fault([](H& h, P&) { h.stream_words = ~std::uint64_t{0}; }),
            describe(FrameFault::escapes));
  EXPECT_EQ(fault([](H& h, P&) { h.stream_words += 64; }), describe(FrameFault::frame_bytes));
}

TEST_F(HostilePredictedFrameTest, OneOfAnotherPredictorIsRefusedByName) {
  const LoadedPredictor other = loaded(random_predictor({2, 32}, 2));
  const std::string said = refusal_of(frame_, other, tensor_);
  EXPECT_NE(said.find(fmt::format("{:016x}", predictor_.id)), said.npos) << said;
  EXPECT_NE(said.find(fmt::format("{:016x}", other.id)), said.npos) << said;
}

TEST_F(HostilePredictedFrameTest, IsRefusedWithoutAPredictor) {
  std::vector<std::byte> raw(2 * tensor_.elements.size());
  EXPECT_EQ(read_header(frame_).kind, FrameKind::predicted);
  EXPECT_THROW(decode(frame_, raw), BadFrame);
}

}  // namespace
}  // namespace splitbench
