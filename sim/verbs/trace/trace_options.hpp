#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cli/command_line.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// What the verbs of `splitbench trace` that read a trace have in common on the command line. All
/// of it throws InputError.
class TraceInput {
 public:
  /// Adds --skip-bad and --input-format; must outlive the parsing.
  explicit TraceInput(po::options_description& options);
  TraceInput(const TraceInput&) = delete;
  TraceInput& operator=(const TraceInput&) = delete;

  /// Sets all options. `usage` is the files that the verb expects, as "IN OUT".
  void parse(std::string_view verb, std::string_view usage, std::span<const std::string> arguments,
             const po::options_description& options);

  const std::string& file(std::size_t i) const { return files_[i]; }
  /// Opens the first file.
  std::unique_ptr<TraceReader> open() const;

 private:
  std::vector<std::string> files_;
  std::string format_ = "automatic";
  bool skip_bad_ = false;
};

extern const SubVerb kTraceGenerateVerb;
extern const SubVerb kTraceStatsVerb;
extern const SubVerb kTraceConvertVerb;

}  // namespace splitbench
