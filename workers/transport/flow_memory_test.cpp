#include "workers/transport/flow_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "workers/value_json.hpp"

namespace splitbench {
namespace {

TEST(FlowMemoryTest, BothEndsOfAFlowSeeTheSameBuffersAndNobodyElseDoes) {
  WorkerSetup setup{.prefill_workers = 2, .decode_workers = 2, .pipeline = {.staging = 1'000'000}};
  const BufferPlan plan = plan_buffers(plan_staging(setup.pipeline.staging), 2);
  const Descriptor memory = create_shared_memory(4 * plan.flow_bytes());
  const auto attach = [&](bool prefill, std::uint32_t index) {
    setup.index = index;
    setup.staging_descriptor = dup(memory.number());
    return make_shared_memory(setup, prefill);
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

// Device memory is opened by another process, which is this program again.

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
  setenv(kHandles, nlohmann::json(memory.handles(0)).dump().c_str(), 1);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string other = "'" + self + "' --gtest_filter=PeerMemoryTest.TheOtherProcess >&2";
  EXPECT_EQ(std::system(other.c_str()), 0);
  unsetenv(kHandles);

  std::vector<std::byte> buffer(kPlan.buffer_bytes), kv(kPoolBytes);
  copy_async(buffer.data(), memory.buffer(0, 2).data(), buffer.size(), nullptr);
  copy_async(kv.data(), pool.data(), kv.size(), nullptr);
  synchronize(nullptr);
  EXPECT_EQ(buffer, pattern(buffer.size(), 1));
  EXPECT_EQ(kv, pattern(kv.size(), 2));
}

TEST(PeerMemoryTest, TheOtherProcess) {
  const char* handles = std::getenv(kHandles);
  if (!handles) GTEST_SKIP() << "it has no meaning by itself";
  if (cuda_device_count() > 1 && device_reaches(1, 0)) use_device(1);
  OpenedMemory memory(kPlan, 1);
  memory.open(0, nlohmann::json::parse(handles).get<MemoryHandles>());
  memory.open(0, nlohmann::json::parse(handles).get<MemoryHandles>());  // as every session does
  const auto buffer = pattern(kPlan.buffer_bytes, 1), kv = pattern(kPoolBytes, 2);
  copy_async(memory.buffer(0, 2).data(), buffer.data(), buffer.size(), nullptr);
  copy_async(memory.pool(0), kv.data(), kv.size(), nullptr);
  synchronize(nullptr);
}

TEST(RegisteredMemoryTest, TheDeviceReadsAndWritesItInPlace) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  WorkerSetup setup{.pipeline = {.staging = 1'000'000}, .backend = BackendKind::cuda};
  const BufferPlan plan = plan_buffers(plan_staging(setup.pipeline.staging), 1);
  const Descriptor shared = create_shared_memory(plan.flow_bytes());
  setup.staging_descriptor = dup(shared.number());
  const auto sender = make_shared_memory(setup, true);
  setup.staging_descriptor = dup(shared.number());
  const auto receiver = make_shared_memory(setup, false);

  const auto values = pattern(plan.buffer_bytes, 3);
  const DeviceBuffer device(values.size());
  copy_async(device.data(), values.data(), values.size(), nullptr);
  copy_async(sender->buffer(0, 1).data(), device.data(), values.size(), nullptr);
  synchronize(nullptr);
  EXPECT_TRUE(std::ranges::equal(receiver->buffer(0, 1), values));
}

}  // namespace
}  // namespace splitbench
