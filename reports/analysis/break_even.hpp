#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// What an arm's stages beside the link cost: seconds of each per byte of raw KV, 0 where it has no
/// such stage, over the measured transfers of all repeats.
struct StageCosts {
  double encode = 0, decode = 0;    ///< encode, decode_codec
  double prepare = 0, install = 0;  ///< the copies: xfer_prep, kv_install
  double ratio = 1;                 ///< raw bytes in one byte on the wire
};

/// Of one arm, from its runs one by one.
class StageTimes {
 public:
  void add(const RunRecord& run);

  /// None where no measured transfer came through.
  std::optional<StageCosts> costs() const;

 private:
  std::array<Time, kActiveStages> active_{};
  double raw_bytes_ = 0, wire_bytes_ = 0;
};

/// The bandwidth of the link, in bit/s, up to which coding pays when a transfer's stages run one
/// after the other. A byte of raw KV then takes 1/B as it is, and encode + 1/(ratio B) + decode
/// coded; these are equal at
///
///     B = (1 - 1/ratio) / (encode + decode).
///
/// The copies are left out: a codec that encodes straight into staging replaces them, and does
/// better than this says. 0 where ratio is 1 or less: coding never pays. None where the codec costs
/// nothing.
std::optional<double> break_even_serial(const StageCosts& coded);

/// The same where stages overlap perfectly, so that the slowest decides. A byte of raw KV takes
///
///     raw     max(1/B, copy)          copy the slower one of raw's copies
///     coded   max(1/(ratio B), slow)  slow the slowest of encode, decode and the coded copies
///
/// With ratio > 1 the link is no reason for coded to be slower, so raw is no slower exactly where
/// max(1/B, copy) <= slow: from B = 1/slow on if copy <= slow, and never if copy > slow. None in
/// that case: raw's own copies are slower than the codec, and no link is too fast for it. 0 where
/// ratio is 1 or less.
std::optional<double> break_even_pipelined(const StageCosts& raw, const StageCosts& coded);

/// Columns break_even_serial and break_even_pipelined, predicted from the run's own stage times.
/// Without a raw arm its copies count as free.
std::map<std::string, double> break_even(const StageTimes& raw, const StageTimes& coded);

}  // namespace splitbench
