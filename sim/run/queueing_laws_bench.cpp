#include <fmt/format.h>
#include <gtest/gtest.h>
#include <utility>

#include "sim/run/single_wire.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

TEST(QueueingLawsBench, AMillionWaitsAreWithinAPercentOfMD1AndMM1) {
  const SingleWire wire;
  for (const auto& [lengths, services] : {std::pair{SingleWire::Lengths::fixed, 0.5},
                                          std::pair{SingleWire::Lengths::exponential, 1.0}}) {
    const auto times = SingleWire::times_of(wire.run(1'000'000, 0.5, lengths, 1));
    const double waited = mean(times.wait) / mean(times.service);
    fmt::print("mean wait of a million requests at half load: {:.4f} services, theory {}\n", waited,
               services);
    EXPECT_NEAR(waited, services, 0.01 * services);
  }
}

}  // namespace
}  // namespace splitbench
