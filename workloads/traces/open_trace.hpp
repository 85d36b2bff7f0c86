#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Throws InputError that lists the formats.
TraceFormat trace_format_named(const std::string& name);

/// Opens a trace of any format. A trace without a single request is an InputError of the first
/// next().
std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options = {});

}  // namespace splitbench
