#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// The result of a case. Errors are nanoseconds behind the ideal, over the timed transfers.
struct LinkBenchRow {
  LinkBenchCase bench;
  double median_error = 0;
  double p99_error = 0;
  double min_error = 0;
  double achieved = 0;                ///< bit/s of the median transfer, all flows together
  std::optional<double> share_error;  ///< several flows: median over transfers of the worst
                                      ///< deviation of a flow from its share
  int invalid_transfers = 0;
  bool valid = true;  ///< the host kept up in all but a few transfers
};

/// Returns the row of a case. `stamps` holds those of each transfer's flows, one transfer behind
/// the other, and at least one transfer.
LinkBenchRow summarize_transfers(const LinkBenchCase&, std::span<const FlowStamps> stamps);

std::string link_bench_table(const std::vector<LinkBenchRow>&);
std::string link_bench_json(const std::vector<LinkBenchRow>&, const WireOptions&);

}  // namespace splitbench
