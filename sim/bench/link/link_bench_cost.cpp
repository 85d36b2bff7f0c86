#include "sim/bench/link/link_bench_cost.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <span>

#include "sim/bench/link/link_bench.hpp"
#include "sim/bench/link/link_bench_plain.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

struct Path {
  std::string name;
  bool payload_hash;
  std::vector<FlowStamps> (*time)(const LinkBenchCase&, const WireOptions&);
};

/// The bare one is the last but one.
std::vector<Path> paths() {
  return {{"product", false, time_transfers},
          {"product", true, time_transfers},
          {"bare", false, time_bare_loop},
          {"asio", false, time_plain_asio}};
}

}  // namespace

LinkCost measure_cost(const WireOptions& options, std::uint64_t bytes, int rounds) {
  const LinkBenchCase bench{.link = {.bandwidth = kUnshaped},
                            .rate = kUnshaped,
                            .bytes = (bytes + kBenchChunk - 1) / kBenchChunk * kBenchChunk,
                            .flows = 1,
                            .repeats = 1};
  const std::vector<Path> all = paths();
  const std::size_t bare = all.size() - 2;
  std::vector<std::vector<double>> per_cpu(all.size()), per_second(all.size()), ratio(all.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      WireOptions wire = options;
      wire.transport.payload_hash = all[i].payload_hash;
      const FlowStamps stamps = all[i].time(bench, wire).front();
      const auto moved = static_cast<double>(bench.bytes);
      per_cpu[i].push_back(moved / seconds(stamps.sender_cpu + stamps.receiver_cpu));
      per_second[i].push_back(moved / seconds(stamps.handed_on - stamps.offered));
    }
    for (std::size_t i = 0; i < all.size(); ++i)
      ratio[i].push_back(per_cpu[i].back() / per_cpu[bare].back());
  }
  LinkCost cost{.bytes = bench.bytes,
                .rounds = rounds,
                .streams = options.transport.streams,
                .bulk_threads = options.bulk_threads};
  for (std::size_t i = 0; i < all.size(); ++i)
    cost.paths.push_back({.path = all[i].name,
                          .payload_hash = all[i].payload_hash,
                          .bytes_per_cpu_s = median(per_cpu[i]),
                          .bytes_per_s = median(per_second[i]),
                          .against_bare = median(ratio[i])});
  return cost;
}

std::string link_cost_table(const LinkCost& cost) {
  constexpr std::string_view kRow = "{:<24} {:>16} {:>10} {:>10}\n";
  std::string text = fmt::format(kRow, "path", "GB a CPU second", "GB/s", "of bare");
  for (const PathCost& path : cost.paths)
    text += fmt::format(kRow, path.path + (path.payload_hash ? ", payload hash" : ""),
                        fmt::format("{:.2f}", path.bytes_per_cpu_s / 1e9),
                        fmt::format("{:.2f}", path.bytes_per_s / 1e9),
                        fmt::format("{:.2f}", path.against_bare));
  return text + fmt::format(
                    "medians of {} rounds in turns, {:.1f} GB each; streams of the "
                    "product: {}, bulk threads: {}; unshaped; CPU time of both processes\n",
                    cost.rounds, static_cast<double>(cost.bytes) / 1e9, cost.streams,
                    cost.bulk_threads ? "on" : "off");
}

std::string link_cost_json(const LinkCost& cost) {
  nlohmann::ordered_json json;
  json["bytes"] = cost.bytes;
  json["rounds"] = cost.rounds;
  json["streams"] = cost.streams;
  json["bulk_threads"] = cost.bulk_threads;
  json["paths"] = nlohmann::ordered_json::array();
  for (const PathCost& path : cost.paths)
    json["paths"].push_back({{"path", path.path},
                             {"payload_hash", path.payload_hash},
                             {"bytes_per_cpu_s", path.bytes_per_cpu_s},
                             {"bytes_per_s", path.bytes_per_s},
                             {"against_bare", path.against_bare}});
  return json.dump(1) + "\n";
}

}  // namespace splitbench
