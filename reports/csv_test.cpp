#include "reports/csv.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(CsvTest, WritesOneLinePerRowAndLeavesAbsentFiguresEmpty) {
  const Report report{
      .meta = {},
      .columns = {{"ttft_p50", "TTFT p50", "s", Better::lower},
                  {"wire_bytes", "wire bytes", "bytes", Better::lower}},
      .rows = {
          {{{"arm", "raw"}}, {{"ttft_p50", 0.1}, {"wire_bytes", 4e9}}, {{"ttft_p50", 0.002}}, "ok"},
          {{{"arm", "splitzip"}, {"note", "a \"b\", c"}}, {{"wire_bytes", 3e9}}, {}, "failed"}}};
  EXPECT_EQ(to_csv(report),
            "arm,note,status,ttft_p50,wire_bytes,ttft_p50_spread,wire_bytes_spread\n"
            "raw,,ok,0.1,4000000000,0.002,\n"
            "splitzip,\"a \"\"b\"\", c\",failed,,3000000000,,\n");
}

}  // namespace
}  // namespace splitbench
