#pragma once
#include <functional>
#include <string>
#include <thread>

#include "configs/scenario.hpp"

namespace splitbench {

/// A scenario whose path is complete, and what was found out about the path.
struct PathChoice {
  Scenario scenario;  ///< transport, link.streams, chunk and staging are not auto
  /// The reason why the configured rate cannot be held, with the keys that would help; empty if it
  /// can, as far as a trial shows.
  std::string doubt;
};

/// Returns the rate, in bit/s, at which this machine carries one unshaped flow by these options, if
/// it is `wanted` that it may have to carry.
using FlowTrial = std::function<double(const TransportOptions&, double wanted)>;

/// Sends some chunks from one process to another, over loopback, by the transport of the product.
/// Takes a fraction of a second. Throws std::runtime_error with what a process could not do.
double try_flow(const TransportOptions&, double wanted);

/// Fills in what a scenario leaves to the machine. In virtual time, and where a fault or a remote
/// address asks for sockets, the transport is tcp; else on GPUs it is shm, or peer for a link
/// without a limit between GPUs that reach each other; else on the CPU tcp if sockets hold the
/// rate, and shm if not, or if there is no limit. A finite rate over tcp is tried with more and
/// more streams, up to half of the cores and 8, until `trial` shows kHeadroom of it; a trial that
/// fails with std::runtime_error shows nothing, and is taken as enough. Throws InputError if a
/// device that the scenario names is missing.
PathChoice choose_path(Scenario, const FlowTrial& trial = try_flow,
                       unsigned cores = std::thread::hardware_concurrency());

/// The part of the configured rate that a trial must show: in a run, packing and hashing take
/// cores, too.
inline constexpr double kHeadroom = 1.25;

}  // namespace splitbench
