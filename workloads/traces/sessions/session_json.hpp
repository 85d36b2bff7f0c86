#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/trace_options.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Returns the session in a text, valid until the parser is used again. RecordSource::kPadding
/// bytes behind the text must be readable. Throws InputError.
JsonObject parse_session(const TracePlace& place, simdjson::dom::parser& parser,
                         std::string_view text);

/// Returns what the markers of a session tell about the times of its sub-agents: they are relative
/// if one would begin before its marker otherwise. Returns nothing if there is no marker, and
/// `automatic` if both readings are possible. Throws InputError.
std::optional<SubAgentTimes> sub_agent_times(const TracePlace& place, JsonObject session);

/// Returns the requests of one agentic session that starts at `start`, in order of time;
/// session_reader.hpp describes how they are filled in. Throws InputError.
std::vector<TraceRequest> read_session(const TracePlace& place, JsonObject session, Time start,
                                       const TraceOptions& options);

}  // namespace splitbench
