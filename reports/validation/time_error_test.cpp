#include "reports/validation/time_error.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "reports/validation/time_error_text.hpp"

namespace splitbench {
namespace {

TEST(TimeErrorTest, HasTheFiguresThatAHandComputes) {
  const TimeError error = time_error("raw", "ttft", {{1, 1.1}, {2, 1.8}, {4, 4}, {0, 0.5}});
  EXPECT_EQ(error.requests, 4u);
  EXPECT_DOUBLE_EQ(error.real_mean, 1.75);
  EXPECT_DOUBLE_EQ(error.virtual_mean, 1.85);
  EXPECT_NEAR(error.bias, 0.1, 1e-12);
  EXPECT_NEAR(*error.mean_percentage_error, 0, 1e-12);  // +10%, -10% and 0%
  EXPECT_NEAR(*error.mape, 0.2 / 3, 1e-12);
  EXPECT_NEAR(*error.p50, 0.1, 1e-12);
  EXPECT_NEAR(*error.p99, 0.1, 1e-12);
  // Deviations (-0.75, 0.25, 2.25, -1.75) and (-0.75, -0.05, 2.15, -1.35).
  EXPECT_NEAR(*error.pearson, 7.75 / std::sqrt(8.75 * 7.01), 1e-12);
}

TEST(TimeErrorTest, LeavesOutWhatHasNoMeaning) {
  const TimeError constant = time_error("raw", "encode", {{0, 0}, {0, 0}});
  EXPECT_EQ(constant.mape, std::nullopt);
  EXPECT_EQ(constant.p99, std::nullopt);
  EXPECT_EQ(constant.pearson, std::nullopt);
  const TimeError unmoved = time_error("raw", "ttft", {{0.1, 0.7}, {0.2, 0.7}, {0.3, 0.7}});
  EXPECT_EQ(unmoved.pearson, std::nullopt);  // though the mean of three 0.7 is not 0.7
  const TimeError one = time_error("raw", "ttft", {{2, 2}});
  EXPECT_EQ(one.pearson, std::nullopt);
  EXPECT_EQ(one.mape, 0.0);
}

TEST(TimeErrorTest, BothTextsNameTheArmAndTheFigure) {
  const std::vector<TimeError> errors = {time_error("raw", "ttft", {{1, 1.5}, {2, 2}}),
                                         time_error("ranked", "encode", {{0, 0}})};
  const std::string table = to_table(errors);
  EXPECT_NE(table.find("raw "), table.npos);
  EXPECT_NE(table.find("+25.00%"), table.npos);
  EXPECT_NE(table.find("ranked "), table.npos);
  const std::string json = to_json(errors, {}, "both");
  EXPECT_NE(json.find("\"mape\": 0.25"), json.npos);
  EXPECT_NE(json.find("\"mape\": null"), json.npos);
}

}  // namespace
}  // namespace splitbench
