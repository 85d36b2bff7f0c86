#include "sim/run/dispatch/link_rate.hpp"

#include <algorithm>
#include <limits>
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

/// The NICs of all prefill workers, or of all decode workers.
struct Side {
  Side(double bandwidth, const std::vector<std::uint64_t>& limits, std::uint32_t nics) {
    for (std::uint32_t nic = 0; nic < nics; ++nic) {
      const std::size_t own = limits.size() > 1 ? nic : 0;
      const double rate =
          limits.empty() ? bandwidth : std::min(bandwidth, static_cast<double>(limits[own]));
      fastest = std::max(fastest, rate);
      sum += rate;
    }
  }

  double fastest = 0, sum = 0;  // bit/s
};

/// The bounds of a link whose bandwidth does not change, in bit/s.
struct Limits {
  Side out, in;
  double spine;
};

Limits limits_of(const LinkSpec& link, const WorkerCounts& workers) {
  const auto bandwidth = static_cast<double>(link.bandwidth);
  return {.out = Side(bandwidth, link.egress, workers.prefill),
          .in = Side(bandwidth, link.ingress, workers.decode),
          .spine = static_cast<double>(link.spine > 0 ? link.spine : kUnlimited)};
}

}  // namespace

double link_rate_achieved(std::span<const JobRecord> transfers, const LinkSpec& link) {
  if (link.jitter > Time{0} || link.bandwidth == kUnlimited)
    return std::numeric_limits<double>::quiet_NaN();
  std::map<std::pair<bool, std::uint32_t>, Nic> nics;
  for (const auto& t : transfers) {
    const auto& chunks = t.released->chunk_bytes;
    const std::uint64_t bytes = std::accumulate(chunks.begin(), chunks.end(), std::uint64_t{0});
    for (const auto& key :
         {std::pair{true, t.job.prefill_worker}, std::pair{false, t.job.decode_worker}}) {
      Nic& nic = nics[key];
      nic.bytes += bytes;
      std::size_t chunk = 0;
      for (const Span& s : t.installed->spans)
        if (s.stage == Stage::xfer_wire)
          nic.busy.emplace_back(s.begin, s.end - link.latency + t.installed->lateness[chunk++]);
    }
  }
  double fastest = 0;
  for (auto& [key, nic] : nics) fastest = std::max(fastest, nic.rate());
  return fastest;
}

double wire_bytes_per_s(const Scenario& scenario) {
  const LinkSpec& link = scenario.link;
  if (link.bandwidth == kUnlimited) return 0;
  const double begun_with = link.efficiency * static_cast<double>(link.bandwidth);
  return link_rate_configured(link, scenario.workers).value_or(begun_with) / 8;
}

std::optional<double> link_capacity(const LinkSpec& link, const WorkerCounts& workers) {
  if (!link.schedule.empty()) return std::nullopt;
  const auto [out, in, spine] = limits_of(link, workers);
  return link.efficiency * std::min({out.sum, in.sum, spine});
}

std::optional<double> link_rate_configured(const LinkSpec& link, const WorkerCounts& workers) {
  if (!link.schedule.empty()) return std::nullopt;
  const auto [out, in, spine] = limits_of(link, workers);
  // A NIC is as fast as its own rate, or as all NICs that it can talk to are together.
  const double nic = std::max(std::min(out.fastest, in.sum), std::min(in.fastest, out.sum));
  return link.efficiency * std::min(nic, spine);
}

}  // namespace splitbench
