#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The requests of a workload, one after the other. Memory does not grow with their number, except
/// for a trace, whose requests are all kept. Not thread-safe.
class RequestStream {
 public:
  virtual ~RequestStream() = default;

  /// Fills in the next request; returns false if there is none.
  virtual bool next(Request&) = 0;

  /// Returns what there is to say about the file that the requests come from, in sentences.
  virtual std::vector<std::string> remarks() const { return {}; }
};

/// Opens the stream of a workload: warm-up first, ids from 0, in order of `arrival`. A request that
/// waits for others arrives when they have ended; its `arrival` is the earliest time of that, if
/// serving took no time. The same spec and seed give the same requests on every compiler and
/// machine.
///
///   trace      the first lines of a trace of any format, counted from the first one's timestamp
///   closed     all arrive at 0; the dispatcher lets them in as clients become free. If clients
///              think or have sessions of several turns, the client of each request is fixed here:
///              the first request of each of `concurrency` clients arrives at 0, every other one
///              waits for the client's last
///   the rest   sessions begin as described in arrivals.hpp
///
/// Throws InputError if a file is wrong or too short, or if a scale or a rate makes a length or a
/// time absurd; next() may throw it, too.
std::unique_ptr<RequestStream> open_workload(const WorkloadSpec&, std::uint64_t seed);

/// Returns whether another seed gives other requests. Throws as open_workload() and next() do.
bool is_random(const WorkloadSpec&);

/// Returns the requests of one run, all that open_workload() gives, and sets `remarks`, if there
/// are any to be set, to the stream's. Throws InputError.
std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed,
                                std::vector<std::string>* remarks = nullptr);

}  // namespace splitbench
