#include "reports/analysis/break_even.hpp"

#include <algorithm>
#include <unordered_map>

#include "workloads/partition.hpp"

namespace splitbench {
namespace {

double bits_per_second(double seconds_per_byte) {
  return 8 / seconds_per_byte;
}

}  // namespace

void StageTimes::add(const RunRecord& run) {
  std::unordered_map<std::uint64_t, const Timeline*>
      any_request;  // one request of each transfer, since they share spans
  for (const Timeline& t : run.timelines)
    if (t.status == Status::ok) any_request[t.transfer] = &t;
  for (const Transfer& transfer : run.transfers) {
    const auto of_transfer = any_request.find(transfer.id);
    if (transfer.warmup || of_transfer == any_request.end()) continue;
    raw_bytes_ += static_cast<double>(transfer.raw_bytes);
    wire_bytes_ += static_cast<double>(transfer.wire_bytes);
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      active_[stage] += active_time(*of_transfer->second, static_cast<Stage>(stage));
  }
}

std::optional<StageCosts> StageTimes::costs() const {
  if (raw_bytes_ == 0 || wire_bytes_ == 0) return std::nullopt;
  const auto per_byte = [&](Stage stage) {
    return seconds(active_[static_cast<std::size_t>(stage)]) / raw_bytes_;
  };
  return StageCosts{.encode = per_byte(Stage::encode),
                    .decode = per_byte(Stage::decode_codec),
                    .prepare = per_byte(Stage::xfer_prep),
                    .install = per_byte(Stage::kv_install),
                    .ratio = raw_bytes_ / wire_bytes_};
}

std::optional<double> break_even_serial(const StageCosts& coded) {
  if (coded.ratio <= 1) return 0;
  const double codec = coded.encode + coded.decode;
  if (codec == 0) return std::nullopt;
  return (1 - 1 / coded.ratio) * bits_per_second(codec);
}

std::optional<double> break_even_pipelined(const StageCosts& raw, const StageCosts& coded) {
  if (coded.ratio <= 1) return 0;
  const double slow = std::max({coded.encode, coded.decode, coded.prepare, coded.install});
  const double copy = std::max(raw.prepare, raw.install);
  if (slow == 0 || copy > slow) return std::nullopt;
  return bits_per_second(slow);
}

std::map<std::string, double> break_even(const StageTimes& raw, const StageTimes& coded) {
  std::map<std::string, double> figures;
  const std::optional<StageCosts> costs = coded.costs();
  if (!costs) return figures;
  if (const auto bandwidth = break_even_serial(*costs)) figures["break_even_serial"] = *bandwidth;
  if (const auto bandwidth = break_even_pipelined(raw.costs().value_or(StageCosts{}), *costs))
    figures["break_even_pipelined"] = *bandwidth;
  return figures;
}

}  // namespace splitbench
