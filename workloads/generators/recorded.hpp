#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

struct RecordedOptions {
  std::uint64_t keep = 0;  ///< how many of the trace's first requests; 0: all
  bool spread = false;     ///< requests of one timestamp over the time to the next: spread.hpp
  Time session_gap{0};     ///< between starts of sessions, in formats that do not record them
};

/// The requests of a trace of any format in order of arrival, which counts from the first one: ids
/// from 0, with what they share with earlier ones and whom they wait for. All of the file is
/// checked, also what is behind those that are kept; memory grows with these only. Throws
/// InputError.
std::vector<Request> recorded_requests(const std::filesystem::path& path,
                                       const RecordedOptions& options);

}  // namespace splitbench
