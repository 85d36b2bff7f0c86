#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// The costs of an arm's stages other than the link: seconds of each per byte of raw KV, 0 if it
/// has no such stage, over the measured transfers of all repeats.
struct StageCosts {
  double encode = 0, decode = 0;    ///< encode, decode_codec
  double prepare = 0, install = 0;  ///< the copies: xfer_prep, kv_install
  double ratio = 1;                 ///< raw bytes in one byte on the wire
};

/// The stage times of one arm, summed over its runs.
class StageTimes {
 public:
  void add(const RunRecord& run);

  /// Returns the costs; nothing if no measured transfer came through.
  std::optional<StageCosts> costs() const;

 private:
  std::array<Time, kActiveStages> active_{};
  double raw_bytes_ = 0, wire_bytes_ = 0;
};

/// Returns the bandwidth of the link, in bit/s, up to which coding pays when a transfer's stages
/// run one after the other. With B in bytes/s, a byte of raw KV then takes 1/B as it is, and encode
/// + 1/(ratio B) + decode coded; these are equal at
///
///     B = (1 - 1/ratio) / (encode + decode).
///
/// The copies are left out: a codec that encodes straight into staging replaces them, and does
/// better than this. Returns 0 if ratio is 1 or less: coding never pays. Returns nothing if the
/// codec costs nothing.
std::optional<double> break_even_serial(const StageCosts& coded);

/// Returns that bandwidth, in bit/s, when stages overlap perfectly, so that the slowest decides. A
/// byte of raw KV takes
///
///     raw     max(1/B, copy)          copy the slower one of raw's copies
///     coded   max(1/(ratio B), slow)  slow the slowest of encode, decode and the coded copies
///
/// If ratio > 1, the link is no reason for coded to be slower, so raw is no slower exactly where
/// max(1/B, copy) <= slow: from B = 1/slow on if copy <= slow, and never if copy > slow. In that
/// case nothing is returned: raw's own copies are slower than the codec, and no link is too fast
/// for it; the same holds if coded has no costs. Returns 0 if ratio is 1 or less.
std::optional<double> break_even_pipelined(const StageCosts& raw, const StageCosts& coded);

/// Returns the columns break_even_serial and break_even_pipelined, predicted from the run's own
/// stage times; one without a value is left out. Without a raw arm its copies count as free.
std::map<std::string, double> break_even(const StageTimes& raw, const StageTimes& coded);

}  // namespace splitbench
