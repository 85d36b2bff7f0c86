#pragma once
#include <string>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Appends the request's line, its end included, in our own format: every field that is not at its
/// default, so that reading gives back the request exactly.
void append_ours(const TraceRequest& request, std::string& text);

/// Appends the request's line in Mooncake's format, with the session and agentic keys it needs.
/// Blocks are of 512 tokens there: smaller ones are put together, which loses nothing of a prefix
/// but its last blocks. Throws InputError if 512 is no multiple of the trace's blocks.
void append_mooncake(const TraceRequest& request, std::string& text);

}  // namespace splitbench
