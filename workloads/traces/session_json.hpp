#pragma once
#include <memory>
#include <string>
#include <vector>

#include "workloads/traces/trace_request.hpp"

namespace simdjson::dom {
class parser;
}

namespace splitbench {

/// Returns the requests of one agentic session that starts at `start`, in order of time;
/// session_reader.hpp describes how they are filled in. `text` is reallocated if it needs padding.
/// Throws InputError.
std::vector<TraceRequest> read_session(const TracePlace& place, simdjson::dom::parser& parser,
                                       std::string& text, Time start);

}  // namespace splitbench
