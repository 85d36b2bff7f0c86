#pragma once
#include <memory>
#include <string>

#include "sim/cli/command_line.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The options of the verbs of `splitbench trace` that read a trace, the first of their arguments.
class TraceInput {
 public:
  /// Adds --skip-bad and --input-format. The object must outlive the parsing.
  void add_to(VerbOptions& options);

  /// Opens `file`. Throws InputError if it is none that can be read.
  std::unique_ptr<TraceReader> open(const std::string& file) const;

 private:
  std::string format_;
  bool skip_bad_ = false;
};

/// The description of --to of verbs that write a trace.
inline constexpr const char* kWrittenFormats = "every field, or blocks of 512 tokens";

extern const SubVerb kTraceGenerateVerb;
extern const SubVerb kTraceStatsVerb;
extern const SubVerb kTraceConvertVerb;

}  // namespace splitbench
