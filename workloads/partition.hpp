#pragma once
#include <array>
#include <optional>

#include "workloads/timeline.hpp"

namespace splitbench {

/// The time of one request, divided among its stages.
struct Partition {
  std::array<Time, kStages> part{};  ///< indexed by Stage; sums to ttft exactly
  /// The time that a stage was active while another one was charged, indexed by Stage.
  std::array<Time, kActiveStages> hidden{};
  Time transfer{0};  ///< first encode (raw: first copy) to last install, idle gaps left out
  /// The part of ttft that is charged to stages of the transfer from its beginning on. Time in
  /// xfer_queue before that is charged, too (`part`), but not counted here.
  Time exposed_transfer{0};
  Time ttft{0};              ///< first token - arrival
  std::optional<Time> ttst;  ///< second token - arrival; none for a single token
  /// The time per output token: (e2el - ttft) / (output tokens - 1), rounded; none for a single
  /// token.
  std::optional<Time> tpot;
  Time e2el{0};  ///< last token - arrival

  bool operator==(const Partition&) const = default;
};

/// Charges each instant from arrival to first token to exactly one stage: of the active ones, to
/// the first in the order of Stage; if none is active, to the queue before the next one, which is
/// client_queue until the request was dispatched, prefill_queue until a prefill worker took it up,
/// and decode_queue after that. Spans may overlap, repeat, and reach past arrival and first token.
/// Needs a timeline whose status is ok. O(n log n) in its spans.
Partition partition(const Timeline& timeline);

}  // namespace splitbench
