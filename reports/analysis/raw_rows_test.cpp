#include "reports/analysis/raw_rows.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

Row row(const std::string& arm, const std::string& bandwidth, const std::string& folder) {
  return {.axes = {{"arm", arm}, {"link.bandwidth", bandwidth}}, .folder = folder};
}

TEST(RawRowsTest, ArmsOfOnePointAreComparedWithItsRawRowWhereverTheirResultsLie) {
  Report report;
  report.rows = {row("raw", "1 Gbit/s", "points/003"), row("splitzip", "1 Gbit/s", "points/005"),
                 row("raw", "2 Gbit/s", "points/004"), row("splitzip", "2 Gbit/s", "points/006")};
  const RawRows raw(report);
  EXPECT_EQ(raw.beside(report.rows[1]), &report.rows[0]);
  EXPECT_EQ(raw.beside(report.rows[3]), &report.rows[2]);
}

TEST(RawRowsTest, NothingStandsBesideARawRowOrWhereThereIsNone) {
  Report report;
  report.rows = {row("raw", "1 Gbit/s", ""), row("splitzip", "2 Gbit/s", "")};
  const RawRows raw(report);
  EXPECT_EQ(raw.beside(report.rows[0]), nullptr);
  EXPECT_EQ(raw.beside(report.rows[1]), nullptr);
  EXPECT_FALSE(raw.empty());
  EXPECT_TRUE(RawRows(Report{}).empty());
}

}  // namespace
}  // namespace splitbench
