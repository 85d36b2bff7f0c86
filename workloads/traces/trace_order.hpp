#pragma once
#include <cstdint>
#include <string>
#include <unordered_set>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// What must hold between the requests of a trace: those that wait for none are in order of time,
/// no request id comes twice, and what is waited for has come before. Of ids it keeps 64 bits each:
/// that two of ten million are the same by accident has a chance of three in a million.
class TraceOrder {
 public:
  /// Throws InputError; the request then counts as not having come.
  void check(const TracePlace& place, const TraceRequest& request);

 private:
  Time latest_{0};
  std::unordered_set<std::size_t> ids_;
};

}  // namespace splitbench
