#pragma once
#include <memory>
#include <string_view>

#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// What one line of a trace means.
class LineFormat {
 public:
  virtual ~LineFormat() = default;
  /// Fills a request that is as new; false for one that never got an answer. The line has
  /// LineSource::kPadding readable bytes behind it. Throws InputError.
  virtual bool read(const TracePlace& place, std::string_view line, TraceRequest& request) = 0;
};

/// For ours, mooncake and bailian.
std::unique_ptr<LineFormat> make_jsonl_format(TraceFormat format);

/// For azure and burstgpt, by the names in the first line.
std::unique_ptr<LineFormat> make_csv_format(TraceFormat format, const TracePlace& place,
                                            std::string_view head);

}  // namespace splitbench
