#include "workers/transport/flow_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "workers/process/value_json.hpp"
#include "workers/transport/p2p_memory.hpp"
#include "workers/transport/shared_memory.hpp"

namespace splitbench {
namespace {

TEST(FlowMemoryTest, BothEndsOfAFlowSeeTheSameBuffersAndNobodyElseDoes) {
  const BufferPlan plan = plan_buffers(plan_staging(1'000'000), 2);
  const Descriptor memory = create_shared_memory(4 * plan.flow_bytes());
  const auto attach = [&](bool prefill, std::uint32_t index) {
    return make_flow_memory(TransportKind::shm, {.prefill = prefill,
                                                 .index = index,
                                                 .prefill_workers = 2,
                                                 .decode_workers = 2,
                                                 .plan = plan,
                                                 .shared_descriptor = dup(memory.number())});
  };
  std::vector<std::unique_ptr<FlowMemory>> senders, receivers;
  for (std::uint32_t i = 0; i < 2; ++i) {
    senders.push_back(attach(true, i));
    receivers.push_back(attach(false, i));
  }
  unsigned mark = 0;
  for (std::uint32_t p = 0; p < 2; ++p)
    for (std::uint32_t d = 0; d < 2; ++d)
      for (std::uint32_t b = 0; b < plan.buffers(); ++b)
        std::ranges::fill(senders[p]->buffer(d, b), std::byte(++mark));
  mark = 0;
  for (std::uint32_t p = 0; p < 2; ++p)
    for (std::uint32_t d = 0; d < 2; ++d)
      for (std::uint32_t b = 0; b < plan.buffers(); ++b) {
        ++mark;
        for (const auto seen :
             {receivers[d]->buffer(p, b), receivers[d]->buffer(p * plan.buffers() + b)}) {
          EXPECT_EQ(seen.front(), std::byte(mark));
          EXPECT_EQ(seen.back(), std::byte(mark));
        }
      }
}

TEST(FlowMemoryTest, SlotsOfAWorkersOwnAreSharedByItsFlowsOrDividedAmongItsSenders) {
  std::vector<std::byte> staging(8);
  FlowMemorySpec spec{
      .prefill = true,
      .prefill_workers = 2,
      .decode_workers = 2,
      .plan = {.slots = 4, .credits = 2, .buffer_bytes = 1},
      .slots = [&](std::uint32_t slot) { return std::span(staging).subspan(slot, 1); }};
  const auto at = [&](std::span<std::byte> slot) { return slot.data() - staging.data(); };
  const auto sender = make_flow_memory(TransportKind::tcp, spec);
  spec.prefill = false;
  const auto receiver = make_flow_memory(TransportKind::tcp, spec);
  EXPECT_EQ(at(sender->buffer(0, 3)), 3);
  EXPECT_EQ(at(sender->buffer(1, 3)), 3);
  EXPECT_EQ(at(receiver->buffer(1, 1)), 3);
  EXPECT_EQ(at(receiver->buffer(3)), 3);
  EXPECT_TRUE(receiver->handles().empty());
  EXPECT_EQ(sender->pool(1), nullptr);
}

// Device memory is opened by another process, a second instance of this program.

constexpr const char* kHandles = "SPLITBENCH_TEST_HANDLES";
constexpr BufferPlan kPlan{.slots = 2, .credits = 1, .buffer_bytes = 1 << 20};
constexpr std::size_t kPoolBytes = 4 << 20;

std::vector<std::byte> pattern(std::size_t bytes, unsigned seed) {
  std::vector<std::byte> values(bytes);
  for (std::size_t i = 0; i < bytes; ++i) values[i] = std::byte(i * 31 + i / 251 + seed);
  return values;
}

TEST(PeerMemoryTest, AnotherProcessWritesIntoBuffersAndPool) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const DeviceBuffer pool(kPoolBytes);
  const ExportedMemory memory(kPlan, 1, pool.data());
  setenv(kHandles, nlohmann::json(memory.handles()).dump().c_str(), 1);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string other = "'" + self +
                            "' --gtest_also_run_disabled_tests "
                            "--gtest_filter=PeerMemoryTest.DISABLED_TheOtherProcess >&2";
  EXPECT_EQ(std::system(other.c_str()), 0);
  unsetenv(kHandles);

  std::vector<std::byte> buffer(kPlan.buffer_bytes), kv(kPoolBytes);
  copy_async(buffer.data(), memory.buffer(0, 2).data(), buffer.size(), nullptr);
  copy_async(kv.data(), pool.data(), kv.size(), nullptr);
  synchronize(nullptr);
  EXPECT_EQ(buffer, pattern(buffer.size(), 1));
  EXPECT_EQ(kv, pattern(kv.size(), 2));
}

/// Runs in the other process, which the test above starts.
TEST(PeerMemoryTest, DISABLED_TheOtherProcess) {
  const char* handles = std::getenv(kHandles);
  ASSERT_NE(handles, nullptr);
  if (cuda_device_count() > 1 && device_reaches(1, 0)) use_device(1);
  OpenedMemory memory(kPlan, 1);
  const auto told = nlohmann::json::parse(handles).get<std::vector<MemoryHandles>>();
  memory.open(0, told);
  memory.open(0, told);  // every session opens it again
  const auto buffer = pattern(kPlan.buffer_bytes, 1), kv = pattern(kPoolBytes, 2);
  copy_async(memory.buffer(0, 2).data(), buffer.data(), buffer.size(), nullptr);
  copy_async(memory.pool(0), kv.data(), kv.size(), nullptr);
  synchronize(nullptr);
}

TEST(RegisteredMemoryTest, TheDeviceReadsAndWritesItInPlace) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  FlowMemorySpec spec{
      .prefill = true, .plan = plan_buffers(plan_staging(1'000'000), 1), .used_by_device = true};
  const BufferPlan& plan = spec.plan;
  const Descriptor shared = create_shared_memory(plan.flow_bytes());
  spec.shared_descriptor = dup(shared.number());
  const auto sender = make_flow_memory(TransportKind::shm, spec);
  spec.prefill = false;
  spec.shared_descriptor = dup(shared.number());
  const auto receiver = make_flow_memory(TransportKind::shm, spec);

  const auto values = pattern(plan.buffer_bytes, 3);
  const DeviceBuffer device(values.size());
  copy_async(device.data(), values.data(), values.size(), nullptr);
  copy_async(sender->buffer(0, 1).data(), device.data(), values.size(), nullptr);
  synchronize(nullptr);
  EXPECT_TRUE(std::ranges::equal(receiver->buffer(0, 1), values));
}

}  // namespace
}  // namespace splitbench
