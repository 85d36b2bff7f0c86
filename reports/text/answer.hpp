#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the answer to "does it pay here" in sentences, the decision first. For a run: with which
/// arms TTFT, goodput or the highest rate gain at least kPays beyond the noise, with which they do
/// not, which arms do not carry the load, and each figure of every arm beside raw's. For a sweep:
/// at how many points, and in which region, each arm pays, where a load is not carried, and which
/// of several arms is best. Figures of overloaded systems are not compared. The sentences of
/// drift_answer() follow. If there is nothing to compare, it says so.
std::vector<std::string> answer(const Report& report);

/// Returns the answer for a terminal: lines of at most kTextWidth columns behind an empty one.
std::string answer_text(const Report& report);

/// Returns the outcome of drift in sentences. For a run: how low the ratio of splitzip fell and
/// when it was back within 1% of the best codebooks'. With an axis "policy": in how many cases each
/// policy got back. None if nothing drifted.
std::vector<std::string> drift_answer(const Report& report);

/// Returns the request from which on a series stays within 1% of the best possible ratio: its first
/// if it never fell below, nothing if it ended below.
std::optional<std::uint64_t> back_at(const DriftSeries& series);

}  // namespace splitbench
