#pragma once
#include <string>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Appends the request's line, its end included, in our own format: every field that is not at its
/// default, so that reading gives back the request exactly.
void append_ours(const TraceRequest& request, std::string& text);

/// Appends the request's line in Mooncake's format, with the session and agentic keys it needs. Its
/// ids are written as they are: a reader finds the size of their blocks by their number, and where
/// it would not, `block_size` says it. A prefix
/// without ids has no place there, and is not written.
void append_mooncake(const TraceRequest& request, std::string& text);

}  // namespace splitbench
