#include <algorithm>
#include <array>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "codec/testing/real_dump.hpp"

namespace splitbench {
namespace {

constexpr std::array kDumps = {"babyllama105__agent", "stories260K__oz", "qwen2arch__agent"};

bool dumps_are_at_hand() {
  return std::ranges::all_of(
      kDumps, [](const char* name) { return std::filesystem::exists(real_dump_path(name)); });
}

/// The cost of wrong codebooks for trained models' caches, in escapes per hundred elements,
/// compared with values measured by other means. The caches are not part of the project: without
/// them there are no such tests, and the laws that they bear out are those of KvProfileTest and
/// DriftKindsTest.
class DriftDataTest : public testing::TestWithParam<std::string> {
 protected:
  struct Histograms {
    ExponentHistogram k{}, v{}, all{};
  };

  void SetUp() override {
    for (std::size_t i = 0; i < kDumps.size(); ++i) {
      const std::optional<RealDump> dump = read_real_dump(kDumps[i]);
      ASSERT_TRUE(dump);
      for (std::size_t tensor = 0; tensor < dump->tensors; ++tensor)
        (tensor % 2 == 0 ? dumps_[i].k : dumps_[i].v) += exponent_histogram(dump->tensor(tensor));
      (dumps_[i].all += dumps_[i].k) += dumps_[i].v;
    }
  }

  static double percent(const ExponentHistogram& histogram, const Codebook& codebook) {
    return 100 * escape_rate(histogram, codebook);
  }

  static Codebook window(unsigned first) {
    Codebook codebook;
    for (unsigned code = 0; code < codebook.size(); ++code)
      codebook.exponents[code] = static_cast<std::uint8_t>(first + code);
    return codebook;
  }

  static unsigned best_window(const ExponentHistogram& histogram) {
    unsigned best = 0;
    for (unsigned first = 1; first + 16 <= 256; ++first)
      if (escapes(histogram, window(first)) < escapes(histogram, window(best))) best = first;
    return best;
  }

  /// Expects agreement to more than two digits.
  static void expect_measured(double found, double measured, const std::string& what) {
    EXPECT_NEAR(found, measured, 0.005 * measured) << what;
  }

  std::array<Histograms, kDumps.size()> dumps_;
};

INSTANTIATE_TEST_SUITE_P(, DriftDataTest,
                         testing::ValuesIn(dumps_are_at_hand() ? std::vector<std::string>{"Dumps"}
                                                               : std::vector<std::string>{}),
                         [](const auto& test) { return test.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DriftDataTest);

TEST_P(DriftDataTest, ACodebookOfAnotherModelCostsWhatWasMeasured) {
  constexpr double kMeasured[3][3] = {
      {0.0224, 4.8853, 0.1045}, {0.1118, 0.0621, 0.0468}, {0.1118, 1.2828, 0.0298}};
  for (std::size_t from = 0; from < kDumps.size(); ++from)
    for (std::size_t on = 0; on < kDumps.size(); ++on)
      expect_measured(percent(dumps_[on].all, calibrate(dumps_[from].all)), kMeasured[from][on],
                      std::string(kDumps[from]) + " on " + kDumps[on]);
}

TEST_P(DriftDataTest, CodebooksOfKAndVAreNotForEachOther) {
  constexpr std::array kOfKOnV = {0.0372, 0.1075, 0.0428}, kOfVOnK = {18.5305, 28.4987, 0.1983};
  for (std::size_t i = 0; i < kDumps.size(); ++i) {
    expect_measured(percent(dumps_[i].v, calibrate(dumps_[i].k)), kOfKOnV[i], kDumps[i]);
    expect_measured(percent(dumps_[i].k, calibrate(dumps_[i].v)), kOfVOnK[i], kDumps[i]);
  }
}

/// A window that is too low meets the most frequent exponents, one that is too high their tail.
TEST_P(DriftDataTest, AWindowThatIsTooLowCostsMoreThanOneThatIsTooHigh) {
  constexpr std::array kBest = {114u, 116u, 115u};
  constexpr double kMeasured[3][9] = {
      {35.64, 22.09, 9.269, 0.5792, 0.0224, 0.0521, 0.1118, 0.1977, 0.4379},
      {26.63, 14.26, 4.885, 1.259, 0.0621, 0.1109, 0.2100, 0.4312, 0.8610},
      {38.49, 11.09, 1.235, 0.1045, 0.0318, 0.0468, 0.0775, 0.1400, 0.2700}};
  for (std::size_t i = 0; i < kDumps.size(); ++i) {
    ASSERT_EQ(best_window(dumps_[i].all), kBest[i]) << kDumps[i];
    for (unsigned shift = 0; shift <= 8; ++shift)
      expect_measured(percent(dumps_[i].all, window(kBest[i] + shift - 4)), kMeasured[i][shift],
                      std::string(kDumps[i]) + " window " + std::to_string(kBest[i] + shift - 4));
  }
}

TEST_P(DriftDataTest, ExactZerosMayTakeACodeFromTheWindow) {
  const Codebook codebook = calibrate(dumps_[2].all);
  EXPECT_EQ(codebook.exponents.front(), 0);
  EXPECT_EQ(codebook.exponents[1], 116);
  EXPECT_EQ(codebook.exponents.back(), 130);
}

}  // namespace
}  // namespace splitbench
