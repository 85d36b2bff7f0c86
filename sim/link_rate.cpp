#include "sim/link_rate.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace splitbench {
namespace {

struct Nic {
  std::uint64_t bytes = 0;
  std::vector<std::pair<Time, Time>> busy;

  double rate() {
    std::ranges::sort(busy);
    Time total{0}, end{0};
    for (const auto& [from, to] : busy) {
      total += std::max(to - std::max(from, end), Time{0});
      end = std::max(end, to);
    }
    return total > Time{0} ? 8e9 * static_cast<double>(bytes) / static_cast<double>(total.count())
                           : 0;
  }
};

}  // namespace

double link_rate_achieved(std::span<const Dispatcher::Transferred> transfers, Time latency) {
  std::map<std::pair<bool, std::uint32_t>, Nic> nics;
  for (const auto& t : transfers) {
    const auto& chunks = t.sent.chunk_bytes;
    const std::uint64_t bytes = std::accumulate(chunks.begin(), chunks.end(), std::uint64_t{0});
    for (const auto& key :
         {std::pair{true, t.job.prefill_worker}, std::pair{false, t.job.decode_worker}}) {
      Nic& nic = nics[key];
      nic.bytes += bytes;
      std::size_t chunk = 0;
      for (const Span& s : t.installed.spans)
        if (s.stage == Stage::xfer_wire)
          nic.busy.emplace_back(s.begin, s.end - latency + t.installed.lateness[chunk++]);
    }
  }
  double fastest = 0;
  for (auto& [key, nic] : nics) fastest = std::max(fastest, nic.rate());
  return fastest;
}

}  // namespace splitbench
