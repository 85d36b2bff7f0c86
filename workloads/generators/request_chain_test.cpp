#include "workloads/generators/request_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "workloads/generators/request_stream.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<TraceRequest> written(const WorkloadSpec& spec) {
  PrefixBlocks blocks;
  const auto stream = open_workload(spec, 1);
  std::vector<TraceRequest> requests;
  TraceRequest line;
  for (Request request; stream->next(request);) {
    write_request(request, has_sessions(spec), line);
    if (line.states_prefix) blocks.write(request, line);
    requests.push_back(line);
  }
  return requests;
}

WorkloadSpec sessions() {
  WorkloadSpec spec{.rate = 1, .context = fixed(2000), .output = fixed(100), .requests = 3'000};
  spec.sessions.turns = fixed(6);
  spec.sessions.added = {.shape = Shape::exponential, .mean = 700};
  spec.sessions.think_time = fixed(1e9);
  spec.sessions.shared = fixed(1024);
  spec.sessions.groups = 2;
  spec.sessions.resets = 0.1;
  spec.sessions.window = fixed(5000);
  spec.sessions.compacted = fixed(2500);
  return spec;
}

TEST(RequestChainTest, RequestsAloneHaveNeitherNamesNorIds) {
  const WorkloadSpec spec{.rate = 1, .context = fixed(2000), .output = fixed(7), .requests = 1};
  EXPECT_FALSE(has_sessions(spec));
  const TraceRequest request = written(spec)[0];
  EXPECT_EQ(request.input_tokens, 2000u);
  EXPECT_EQ(request.output_tokens, 7u);
  EXPECT_EQ(request.block_tokens, 0u);
  EXPECT_THAT(request.hash_ids, IsEmpty());
  EXPECT_THAT(request.request_id, IsEmpty());
}

TEST(RequestChainTest, ATurnNamesTheOneThatItWaitsForAndBeginsWithItsBlocks) {
  WorkloadSpec spec = sessions();
  spec.sessions = {.turns = fixed(2), .added = fixed(600)};
  spec.requests = 2;
  const std::vector<TraceRequest> turns = written(spec);
  EXPECT_THAT(turns[0].hash_ids, ElementsAre(0, 1, 2, 3));
  constexpr std::uint64_t own = 1 << 18;  // 2000 tokens are shared, three blocks and a part
  EXPECT_THAT(turns[1].hash_ids, ElementsAre(0, 1, 2, own + 3, own + 4, own + 5));
  EXPECT_THAT(turns[1].wait_for, ElementsAre("0"));
}

/// The test compares each prompt with the one whose beginning it is said to have.
TEST(RequestChainTest, BlocksAreTheSameAsFarAsThePrefixGoesAndNoFurther) {
  const WorkloadSpec spec = sessions();
  const std::vector<TraceRequest> lines = written(spec);
  const auto stream = open_workload(spec, 1);
  for (Request request; stream->next(request);) {
    if (request.prefix_of == kNoRequest) continue;
    const std::vector<std::uint64_t>&mine = lines[request.id].hash_ids,
          &theirs = lines[request.prefix_of].hash_ids;
    const auto parted = std::ranges::mismatch(mine, theirs).in1 - mine.begin();
    EXPECT_EQ(static_cast<std::uint64_t>(parted), request.prefix_tokens / 512) << request.id;
  }
}

}  // namespace
}  // namespace splitbench
