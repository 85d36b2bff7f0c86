#pragma once
#include <map>
#include <string>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The use that the runs of one arm made of the link: the wire bytes of their measured requests
/// that are ok, over the time from the first arrival to the last token. Not thread-safe.
class LinkUse {
 public:
  void add(const RunRecord& run);

  /// Returns the columns link_utilisation, of all NICs together, and nic_utilisation, of the worker
  /// that sends or receives most, as if its NIC were as fast as the fastest. Each is left out
  /// without a measured request, and if the rate is unlimited or changes.
  std::map<std::string, double> figures(const ReportMeta& meta) const;

 private:
  double seconds_ = 0;
  double bytes_ = 0;          // of all workers
  double busiest_bytes_ = 0;  // of the busiest in each run
};

}  // namespace splitbench
