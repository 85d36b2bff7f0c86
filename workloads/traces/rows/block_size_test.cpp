#include "workloads/traces/rows/block_size.hpp"

#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

TraceRequest row(std::uint64_t tokens, std::size_t ids) {
  return {.input_tokens = tokens, .hash_ids = std::vector<std::uint64_t>(ids)};
}

std::uint32_t size_of(BlockSize block, const std::vector<TraceRequest>& rows) {
  for (const TraceRequest& request : rows) block.see({}, request);
  return block.tokens({});
}

std::string refusal(BlockSize block, const std::vector<TraceRequest>& rows) {
  try {
    size_of(block, rows);
  } catch (const InputError& error) {
    return error.what();
  }
  return "was taken";
}

TEST(BlockSizeTest, TheFormatsOwnSizeCountsWhereItFitsEveryRow) {
  EXPECT_EQ(size_of({512, 0}, {row(6758, 14), row(6758, 13), row(512, 1)}), 512u);
  EXPECT_EQ(size_of({512, 0}, {row(300, 1)}), 512u) << "larger ones fit, too";
}

TEST(BlockSizeTest, ElseTheOnlyPowerOfTwoThatFits) {
  EXPECT_EQ(size_of({512, 0}, {row(640, 10)}), 64u);
  EXPECT_EQ(size_of({16, 0}, {row(300, 3), row(1000, 7)}), 128u);
  EXPECT_EQ(size_of({0, 0}, {row(33, 33)}), 1u);
  EXPECT_EQ(size_of({512, 0}, {}), 0u);
}

TEST(BlockSizeTest, RefusesWhatFitsNoneOrMoreThanOne) {
  EXPECT_NE(refusal({512, 0}, {row(1000, 5)}).find("5 ids for 1000 tokens, expected as many"),
            std::string::npos);
  EXPECT_NE(refusal({512, 0}, {row(640, 10), row(640, 2)})
                .find("2 ids for 640 tokens, expected blocks of 64 tokens, as the rows before"),
            std::string::npos);
  EXPECT_NE(refusal({16, 0}, {row(300, 1)}).find("ids that fit blocks of 256, 512, 1024"),
            std::string::npos);
}

TEST(BlockSizeTest, TheSizeThatIsGivenOrStatedCountsWhateverFits) {
  EXPECT_EQ(size_of({512, 48}, {row(480, 10), row(1000, 3)}), 48u);
  EXPECT_NE(refusal({512, 48}, {row(480, 11)}).find("11 ids for 480 tokens, expected at most one"),
            std::string::npos);
  TraceRequest stated = row(480, 10);
  stated.block_tokens = 48;
  EXPECT_EQ(size_of({512, 0}, {stated}), 0u) << "that row's own, and no other's";
}

TEST(BlockSizeTest, RowsBehindTheChoiceMustFitIt) {
  BlockSize block{512, 0};
  block.see({}, row(100, 1));
  EXPECT_EQ(block.tokens({}), 512u);
  block.see({}, row(1024, 2));
  EXPECT_THROW(block.see({}, row(640, 10)), InputError);
}

}  // namespace
}  // namespace splitbench
