#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The figures of the requests of one arm, request by request, in seconds. Those of one that is not
/// ok are 0, as in vLLM, and its error says why.
struct RequestArrays {
  std::vector<std::uint64_t> input_lens, output_lens;
  std::vector<double> start_times, ttfts;
  std::vector<std::vector<double>> itls;  ///< gaps between tokens; empty if nobody kept them
  std::vector<std::string> errors;        ///< empty for one that is ok
};
using ArraysByArm = std::map<std::string, RequestArrays>;

/// Returns a row in the keys and units of a result of `vllm bench serve`, so that scripts made for
/// those can read it. It counts all repeats as one, so that completed / duration is
/// request_throughput. Figures that the row lacks are left out; so is the date. With `arrays`,
/// which may be null, it has those of its arm, as --save-detailed keeps them.
std::string to_vllm(const Row& row, const ArraysByArm* arrays = nullptr);

/// Returns an object that has each arm's row under its name.
std::string to_vllm(const Report& report, const ArraysByArm* arrays = nullptr);

}  // namespace splitbench
