#include "reports/break_even.hpp"

#include <algorithm>
#include <array>

namespace splitbench {
namespace {

constexpr double kBitsPerByte = 8;

double bits_per_second(double seconds_per_byte) {
  return kBitsPerByte / seconds_per_byte;
}

}  // namespace

std::optional<StageCosts> stage_costs(std::span<const RunRecord> runs, const std::string& arm) {
  std::array<Time, kActiveStages> active{};
  double raw = 0, wire = 0;
  for (const RunRecord& run : runs) {
    if (run.arm != arm) continue;
    std::map<std::uint64_t, const Timeline*> any_request;  // of a transfer: they share its spans
    for (const Timeline& t : run.timelines)
      if (t.status == Status::ok) any_request[t.transfer] = &t;
    for (const Transfer& transfer : run.transfers) {
      const auto of_transfer = any_request.find(transfer.id);
      if (transfer.warmup || of_transfer == any_request.end()) continue;
      raw += static_cast<double>(transfer.raw_bytes);
      wire += static_cast<double>(transfer.wire_bytes);
      for (const Span& span : of_transfer->second->spans)
        active[static_cast<std::size_t>(span.stage)] += span.end - span.begin;
    }
  }
  if (raw == 0 || wire == 0) return std::nullopt;
  const auto per_byte = [&](Stage stage) {
    return seconds(active[static_cast<std::size_t>(stage)]) / raw;
  };
  return StageCosts{.encode = per_byte(Stage::encode),
                    .decode = per_byte(Stage::decode_codec),
                    .prepare = per_byte(Stage::xfer_prep),
                    .install = per_byte(Stage::kv_install),
                    .ratio = raw / wire};
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

std::map<std::string, double> break_even(std::span<const RunRecord> runs, const std::string& arm) {
  std::map<std::string, double> figures;
  if (arm != "splitzip") return figures;
  const std::optional<StageCosts> coded = stage_costs(runs, arm);
  if (!coded) return figures;
  if (const auto bandwidth = break_even_serial(*coded)) figures["break_even_serial"] = *bandwidth;
  const StageCosts raw = stage_costs(runs, "raw").value_or(StageCosts{});
  if (const auto bandwidth = break_even_pipelined(raw, *coded))
    figures["break_even_pipelined"] = *bandwidth;
  return figures;
}

}  // namespace splitbench
