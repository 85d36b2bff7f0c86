#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/job_record.hpp"

namespace splitbench {

/// Returns the highest rate, in bit/s, at which a NIC carried chunks while it was busy, by the
/// times at which they were really handed over: a hand-over after the moment that the link named
/// makes it less than configured. Returns NaN if the link has jitter, because a chunk's jitter
/// cannot be told from the time that the wire was busy with it. The records must be those of
/// completed jobs.
double link_rate_achieved(std::span<const JobRecord>, const LinkSpec&);

/// Returns the most that this rate can be, in bit/s, as the link is configured; nothing if the
/// bandwidth changes in the course of a run.
std::optional<double> link_rate_configured(const LinkSpec&, const WorkerCounts&);

/// Returns the most, in bit/s, that all NICs together can carry, as the link is configured; nothing
/// if the bandwidth changes in the course of a run.
std::optional<double> link_capacity(const LinkSpec&, const WorkerCounts&);

/// Returns the rate, in bytes/s, that a transfer alone can expect of the link; 0 if it is
/// unlimited.
double wire_bytes_per_s(const Scenario&);

}  // namespace splitbench
