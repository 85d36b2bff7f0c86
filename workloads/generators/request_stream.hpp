#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The requests of a workload one after the other, in memory that does not grow with their number.
class RequestStream {
 public:
  virtual ~RequestStream() = default;

  /// Fills in the next request; false where there is none.
  virtual bool next(Request&) = 0;
};

/// Warm-up first, ids from 0, in order of `arrival`. A request that waits for others arrives when
/// they have ended; its `arrival` says when that is at the earliest, if serving took no time. The
/// same spec and seed give the same requests on every compiler and machine.
///
///   trace      the first lines of a trace of any format, counted from the first one's timestamp
///   closed     all arrive at 0; the dispatcher lets them in as clients become free. Where clients
///              think or have sessions of several turns, who is whose is fixed here: the first
///              request of each of `concurrency` clients arrives at 0, every other one waits for
///              the client's last
///   the rest   sessions begin as arrivals.hpp says
///
/// Throws InputError where a file is wrong or too short, and where a scale or a rate makes a length
/// or a time absurd.
std::unique_ptr<RequestStream> open_workload(const WorkloadSpec&, std::uint64_t seed);

/// The requests of one run, all that open_workload (request_stream.hpp) gives.
std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed);

}  // namespace splitbench
