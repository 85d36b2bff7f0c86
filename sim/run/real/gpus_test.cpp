#include "sim/run/real/gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;

TEST(GpusTest, WorkersTakeDevicesInTurn) {
  EXPECT_THAT(take_gpus_in_turn({}, 2, 3), ElementsAre(0, 1, 0));
  const std::vector<std::uint32_t> listed{3, 1};
  EXPECT_THAT(take_gpus_in_turn(listed, 4, 3), ElementsAre(3, 1, 3));
}

TEST(GpusTest, ADeviceThatThereIsNotIsRefused) {
  const std::vector<std::uint32_t> listed{0, 2};
  EXPECT_THROW(take_gpus_in_turn(listed, 2, 2), InputError);
}

TEST(GpusTest, AWorkerSeesItsOwnDeviceFirstAndEachOnce) {
  const std::vector<std::uint32_t> gpus{0, 2, 0, 2};
  const std::vector<std::string> names{"4", "5", "GPU-6a"};
  EXPECT_EQ(visible_to(0, gpus, names), "4,GPU-6a");
  EXPECT_EQ(visible_to(3, gpus, names), "GPU-6a,4");
}

TEST(GpusTest, TwoWorkersOnADeviceShareIt) {
  EXPECT_TRUE(is_shared({0, 1, 0}));
  EXPECT_FALSE(is_shared({1, 0}));
}

}  // namespace
}  // namespace splitbench
