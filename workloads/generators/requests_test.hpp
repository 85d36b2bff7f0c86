#pragma once
#include <type_traits>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// Returns a member of each request.
template <typename Member>
auto each(const std::vector<Request>& requests, Member member) {
  std::vector<std::decay_t<decltype(requests[0].*member)>> values;
  for (const Request& request : requests) values.push_back(request.*member);
  return values;
}

}  // namespace splitbench
