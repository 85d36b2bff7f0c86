#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/job_record.hpp"

namespace splitbench {

/// The rate, in bit/s, at which the busiest NIC carried chunks while it was busy, as they were
/// really handed over: a hand-over behind the moment that the link named makes it less than
/// configured. Not a number where the link has jitter: what that added to the way of a chunk cannot
/// be told from the time that the wire was busy with it.
double link_rate_achieved(std::span<const JobRecord>, const LinkSpec&);

/// What that rate can be at most, in bit/s, as the link is configured; nothing where the bandwidth
/// changes in the course of a run.
std::optional<double> link_rate_configured(const LinkSpec&, const WorkerCounts&);

/// What a transfer that is alone can expect of the link, in bytes/s; 0: it has no limit.
double wire_bytes_per_s(const Scenario&);

}  // namespace splitbench
