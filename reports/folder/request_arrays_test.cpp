#include "reports/folder/request_arrays.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "reports/folder/rows_json.hpp"
#include "reports/testing/example_runs.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

using example::ms;

struct RequestArraysTest : testing::Test {
  void write(const std::string& rows) const { std::ofstream(folder / "requests.jsonl") << rows; }
  std::string refusal() const {
    try {
      load_request_arrays(folder);
    } catch (const InputError& error) {
      const std::string said = error.what(), prefix = folder.string() + '/';
      return said.starts_with(prefix) ? said.substr(prefix.size()) : said;
    }
    return "accepted";
  }

  const ScratchFolder scratch;
  const std::filesystem::path folder = scratch.path();
};

TEST_F(RequestArraysTest, HasEveryRequestOfEachArmInSeconds) {
  Timeline first = example::timeline("raw", 0, 1, ms(128), Time{0}), lost = first, other = first;
  lost.status = Status::failed;
  lost.failure = "decode 0: gone";
  other.arm = "splitzip";
  write(request_row(first, true) + '\n' + request_row(lost, true) + '\n' +
        request_row(other, false));
  const ArraysByArm arms = load_request_arrays(folder);
  ASSERT_EQ(arms.size(), 2u);
  const RequestArrays& raw = arms.at("raw");
  EXPECT_EQ(raw.input_lens, (std::vector<std::uint64_t>{4096, 4096}));
  EXPECT_EQ(raw.output_lens, (std::vector<std::uint64_t>{3, 0}));
  EXPECT_EQ(raw.start_times, (std::vector<double>{1, 1}));
  EXPECT_EQ(raw.ttfts, (std::vector<double>{0.2215, 0}));
  EXPECT_EQ(raw.itls, (std::vector<std::vector<double>>{{0.012, 0.013}, {}}));
  EXPECT_EQ(raw.errors, (std::vector<std::string>{"", "decode 0: gone"}));
  EXPECT_TRUE(arms.at("splitzip").itls.empty());
}

TEST_F(RequestArraysTest, RefusesWhatNoRunWrites) {
  EXPECT_EQ(refusal(), "requests.jsonl: no such file, expected the requests of a run");
  write("");
  EXPECT_TRUE(load_request_arrays(folder).empty());
  write("{\n");
  EXPECT_EQ(refusal(),
            "requests.jsonl:1: the JSON ends after 1 bytes, expected a request as a run writes it");
  write("{\"arm\": \"raw\"}\n");
  EXPECT_EQ(refusal().substr(0, 17), "requests.jsonl:1:");
}

}  // namespace
}  // namespace splitbench
