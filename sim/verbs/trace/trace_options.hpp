#pragma once
#include <memory>
#include <string>

#include "sim/cli/command_line.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/generators/request_chain.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The options of the verbs of `splitbench trace` that read a trace, the first of their arguments.
class TraceInput {
 public:
  /// Adds the options that TraceOptions has. The object must outlive the parsing.
  void add_to(VerbOptions& options);

  /// Opens `file`. Throws InputError if it is none that can be read.
  std::unique_ptr<TraceReader> open(const std::string& file) const;

 private:
  std::string format_ = "automatic", unit_ = "auto", turns_ = "whole", sessions_ = "closed",
              sub_agents_ = "auto", columns_, block_tokens_, output_tokens_;
  bool skip_bad_ = false;
};

/// Returns a line on what prefixes lose in blocks, empty if that is nothing.
std::string lost_in_blocks(const PrefixBlocks& blocks);

/// The description of --to of verbs that write a trace.
inline constexpr const char* kWrittenFormats = "every field, or what Mooncake's format has";

extern const SubVerb kTraceGenerateVerb;
extern const SubVerb kTraceStatsVerb;
extern const SubVerb kTraceConvertVerb;

}  // namespace splitbench
