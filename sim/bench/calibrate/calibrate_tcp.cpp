#include <algorithm>
#include <fmt/format.h>
#include <thread>

#include "configs/reader/quantity.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "sim/bench/link/link_bench_board.hpp"
#include "sim/bench/link/link_bench_cost.hpp"
#include "sim/process/child_process.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kBytes = std::uint64_t{512} << 20;  // of each connection
constexpr int kRepeats = 3;

/// From the first connection's first byte to the last one's last.
double time_connections(std::uint32_t connections) {
  const LinkBenchCase bench{.link = {.bandwidth = kUnshaped}, .rate = kUnshaped, .bytes = kBytes};
  SharedPages pages(connections * sizeof(FlowStamps));
  const std::span stamps(reinterpret_cast<FlowStamps*>(pages.data()), connections);
  std::vector<ChildProcess> processes;
  for (FlowStamps& one : stamps)
    processes.push_back(
        ChildProcess::fork("loopback", [&] { one = time_bare_loop(bench, {}).front(); }));
  ChildProcess::wait_for(processes);
  const Time begin = std::ranges::min(stamps, {}, &FlowStamps::offered).offered;
  const Time end = std::ranges::max(stamps, {}, &FlowStamps::handed_on).handed_on;
  return seconds(end - begin);
}

double calibrate_connections(Calibration& calibration, std::uint32_t connections) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) times.push_back(time_connections(connections));
  const BenchTime time = bench_time(times);
  return add_rate(
      calibration,
      fmt::format("loopback TCP, {} connection{}", connections, connections == 1 ? "" : "s"),
      connections * kBytes, time);
}

}  // namespace

void calibrate_tcp(Calibration& calibration) {
  constexpr std::uint32_t kCoresOfConnection = 2, kMost = 8;
  const std::uint32_t most =
      std::clamp(std::thread::hardware_concurrency() / kCoresOfConnection, 1u, kMost);
  HardwareProfile& hardware = calibration.hardware;
  hardware.tcp_stream = calibrate_connections(calibration, 1);
  hardware.tcp = hardware.tcp_stream;
  for (std::uint32_t n = 2; n <= most; n *= 2)
    hardware.tcp = std::max(hardware.tcp, calibrate_connections(calibration, n));
}

}  // namespace splitbench
