#include "reports/analysis/link_use.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

constexpr double kBitsPerByte = 8;

bool is_limited(const std::optional<double>& rate) {
  return rate && *rate > 0 && *rate < kUnlimitedRate;
}

}  // namespace

void LinkUse::add(const RunRecord& run) {
  std::map<std::pair<bool, int>, double> by_worker;  // bytes by (prefills, number)
  Time begin = Time::max(), end = Time::min();
  for (const Timeline& t : run.timelines) {
    if (t.warmup || t.status != Status::ok) continue;
    const auto bytes = static_cast<double>(t.wire_bytes);
    bytes_ += bytes;
    by_worker[{true, t.prefill_worker}] += bytes;
    by_worker[{false, t.decode_worker}] += bytes;
    begin = std::min(begin, t.arrival);
    end = std::max(end, t.last_token);
  }
  if (begin >= end) return;
  seconds_ += seconds(end - begin);
  busiest_bytes_ +=
      std::ranges::max_element(by_worker, {}, [](const auto& each) { return each.second; })->second;
}

std::map<std::string, double> LinkUse::figures(const ReportMeta& meta) const {
  std::map<std::string, double> figures;
  if (seconds_ == 0) return figures;
  if (is_limited(meta.link_capacity))
    figures["link_utilisation"] = kBitsPerByte * bytes_ / (seconds_ * *meta.link_capacity);
  if (is_limited(meta.link_bandwidth))
    figures["nic_utilisation"] = kBitsPerByte * busiest_bytes_ / (seconds_ * *meta.link_bandwidth);
  return figures;
}

}  // namespace splitbench
