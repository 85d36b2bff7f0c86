#include "reports/rows_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "workloads/partition.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

Json nanoseconds(std::optional<Time> time) {
  return time ? Json(time->count()) : Json(nullptr);
}

/// The row's text even if a session or an error message is not UTF-8.
std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string request_row(const Timeline& timeline) {
  std::optional<Partition> times;
  if (timeline.status == Status::ok) times = partition(timeline);
  const auto known = [&times](Time Partition::*time) {
    return times ? nanoseconds((*times).*time) : Json(nullptr);
  };

  Json row = {{"id", timeline.request.id},
              {"arm", timeline.arm},
              {"repeat", timeline.repeat},
              {"status", kStatusNames[static_cast<std::size_t>(timeline.status)]},
              {"session", timeline.request.session},
              {"retries", timeline.retries},
              {"arrival_ns", timeline.arrival.count()},
              {"prompt_tokens", timeline.request.prompt_tokens},
              {"prefill_cached_tokens", timeline.prefill_cached_tokens},
              {"decode_resident_tokens", timeline.decode_resident_tokens},
              {"output_tokens", timeline.request.output_tokens},
              {"raw_bytes", timeline.raw_bytes},
              {"wire_bytes", timeline.wire_bytes},
              {"escapes", timeline.escapes},
              {"kv_hash", fmt::format("{:016x}", timeline.kv_hash)},
              {"verified", timeline.verified},
              {"transfer_ns", known(&Partition::transfer)},
              {"exposed_transfer_ns", known(&Partition::exposed_transfer)},
              {"ttft_ns", known(&Partition::ttft)},
              {"tpot_ns", times ? nanoseconds(times->tpot) : Json(nullptr)},
              {"e2el_ns", known(&Partition::e2el)}};
  for (std::size_t stage = 0; stage < kStages; ++stage)
    row[fmt::format("{}_ns", kStageNames[stage])] =
        times ? nanoseconds(times->part[stage]) : Json(nullptr);
  for (std::size_t stage = 0; stage < kActiveStages; ++stage)
    row[fmt::format("{}_hidden_ns", kStageNames[stage])] =
        times ? nanoseconds(times->hidden[stage]) : Json(nullptr);
  if (!times) row["failure"] = timeline.failure;
  return line(row);
}

std::string transfer_row(const Transfer& transfer) {
  return line({{"id", transfer.id},
               {"request", transfer.requests.empty() ? Json(nullptr) : Json(transfer.requests[0])},
               {"requests", transfer.requests},
               {"arm", transfer.arm},
               {"repeat", transfer.repeat},
               {"raw_bytes", transfer.raw_bytes},
               {"wire_bytes", transfer.wire_bytes},
               {"ready_ns", transfer.ready.count()},
               {"start_ns", transfer.start.count()},
               {"end_ns", transfer.end.count()},
               {"applied_ns", transfer.applied.count()},
               {"verified", transfer.verified}});
}

}  // namespace splitbench
