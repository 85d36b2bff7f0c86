#pragma once
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/run/example_scenario.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/kv/kv_source.hpp"

namespace splitbench {

/// A queue of requests before one wire, at which nothing else takes any time: with it a test or a
/// bench holds virtual time to the laws of queues. Each request is one job of one chunk.
class SingleWire {
 public:
  enum class Lengths { fixed, exponential };

  SingleWire() : source_(load_source()) {}

  /// Returns a run of requests that come by chance and load the wire by this share of its rate.
  RunRecord run(std::size_t requests, double load, Lengths lengths, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    const auto exponential = [&random] {
      return -std::log1p(-static_cast<double>(random() >> 11) * 0x1p-53);
    };
    const double mean_gap = kMeanTokens * nanoseconds_per_token() / load;
    std::vector<Request> trace;
    double arrival = 0;
    for (std::uint64_t id = 0; id < requests; ++id) {
      arrival += mean_gap * exponential();
      const double length = lengths == Lengths::fixed ? 1 : exponential();
      trace.push_back({.id = id,
                       .arrival = Time(std::llround(arrival)),
                       .prompt_tokens = static_cast<std::uint64_t>(1 + kMeanTokens * length),
                       .output_tokens = 1});
    }
    return run_virtually(scenario_, &source_, trace, Arm::raw, 0);
  }

  /// Returns the times for which the wire serves the requests and for which they wait for it, in
  /// seconds.
  struct Times {
    std::vector<double> service, wait;
  };
  static Times times_of(const RunRecord& record) {
    Times times;
    for (const Transfer& t : record.transfers) {
      times.service.push_back(seconds(t.end - t.start));
      times.wait.push_back(seconds(t.start - record.timelines[t.requests.front()].arrival));
    }
    return times;
  }

 private:
  static constexpr double kMeanTokens = 5000;

  double nanoseconds_per_token() const {
    return 8e9 * static_cast<double>(scenario_.pipeline.raw_bytes(1)) /
           static_cast<double>(scenario_.link.bandwidth);
  }
  static Scenario make_scenario() {
    Scenario s = example_scenario();
    s.time = TimeKind::virtual_time;
    s.timeline = TimelineOutput::off;
    s.compute = ComputeKind::none;
    s.hardware.copy = 1e18;
    s.hardware.copy_call = 0;
    s.pipeline.overlap = false;
    s.pipeline.granularity = Granularity::request;
    s.pipeline.verify = Verify::off;
    s.pipeline.staging = std::uint64_t{16} << 30;
    s.pipeline.chunk = std::uint64_t{4} << 30;
    s.prefill_memory = s.decode_memory = std::uint64_t{1} << 40;
    s.link = {.bandwidth = 100'000'000'000, .latency = Time{0}, .discipline = Discipline::fifo};
    s.workload = {.arrivals = Arrivals::poisson, .requests = 1};
    return s;
  }
  KvSource load_source() const {
    return KvSource::load(scenario_.kv, scenario_.pipeline.model, scenario_.pipeline.element_type,
                          1);
  }

  Scenario scenario_ = make_scenario();
  KvSource source_;
};

}  // namespace splitbench
