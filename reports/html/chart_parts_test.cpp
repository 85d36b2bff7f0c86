#include "reports/html/chart_parts.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

namespace splitbench {
namespace {

constexpr SeriesColumn kWaiting = {&Series::waiting, "requests waiting", "count"};

Series random_series(std::uint64_t seed, std::size_t bins, Time bin) {
  std::mt19937_64 random(seed);
  Series series{.begin = Time{0}, .bin = bin};
  for (std::size_t i = 0; i < bins; ++i)
    series.waiting.push_back(static_cast<double>(random() % 100));
  return series;
}

Report report_of(const std::vector<std::pair<std::string, Series>>& arms) {
  Report report;
  for (const auto& [arm, series] : arms) {
    report.rows.push_back({.axes = {{"arm", arm}}});
    report.series[arm] = series;
  }
  return report;
}

double area(const Series& series) {
  return seconds(series.bin) * std::accumulate(series.waiting.begin(), series.waiting.end(), 0.0);
}

/// Returns the area under a line whose points are `width` seconds apart.
double area(const nlohmann::ordered_json& points, double width) {
  double sum = 0;
  for (const auto& point : points) sum += point[1].get<double>() * width;
  return sum;
}

TEST(SeriesChartTest, WhatLiesUnderALineStaysTheSame) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Series longer = random_series(seed, 100 + 97 * seed, std::chrono::milliseconds(30));
    const Series shorter = random_series(seed + 50, 20 + 31 * seed, std::chrono::milliseconds(70));
    const nlohmann::ordered_json chart =
        series_chart(report_of({{"raw", longer}, {"splitzip", shorter}}), kWaiting);
    ASSERT_EQ(chart["x"]["unit"], "s");
    const auto& points = chart["series"][0]["points"];
    ASSERT_LE(points.size(), 240u);
    const double width = points[1][0].get<double>() - points[0][0].get<double>();
    EXPECT_NEAR(area(points, width) / area(longer), 1, 1e-3);
    EXPECT_NEAR(area(chart["series"][1]["points"], width) / area(shorter), 1, 1e-3);
  }
}

TEST(SeriesChartTest, ArmsAreShownAtTheSameMoments) {
  const Report report = report_of({{"raw", random_series(1, 100, Time{30'000'000})},
                                   {"bypass", random_series(2, 89, Time{20'000'000})}});
  const nlohmann::ordered_json chart = series_chart(report, kWaiting);
  const auto& raw = chart["series"][0]["points"];
  const auto& bypass = chart["series"][1]["points"];
  EXPECT_EQ(raw.size(), 100u);
  EXPECT_EQ(bypass.size(), 60u);  // it ended earlier
  for (std::size_t i = 0; i < bypass.size(); ++i) EXPECT_EQ(raw[i][0], bypass[i][0]);
}

TEST(SeriesChartTest, ArmsStandInTheOrderOfTheReport) {
  const Series series = random_series(1, 3, Time{1000});
  const nlohmann::ordered_json chart = series_chart(
      report_of({{"raw", series}, {"bypass", series}, {"splitzip", series}}), kWaiting);
  EXPECT_EQ(chart["series"][0]["name"], "raw");
  EXPECT_EQ(chart["series"][1]["name"], "bypass");
}

TEST(SeriesChartTest, WithoutASeriesThereIsNoChart) {
  EXPECT_TRUE(series_chart(Report{}, kWaiting).is_null());
  EXPECT_TRUE(series_chart(report_of({{"raw", Series{}}}), kWaiting).is_null());
}

}  // namespace
}  // namespace splitbench
