#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "workers/plan/arm.hpp"
#include "workers/plan/job.hpp"
#include "workers/transport/field_json.hpp"

// The JSON of a job, in a control message and as the manifest that precedes its chunks. Reading
// throws nlohmann::json::exception.

namespace splitbench {

inline void to_json(nlohmann::json& j, const Arm& arm) {
  j = name_of(arm);
}
inline void from_json(const nlohmann::json& j, Arm& arm) {
  const auto name = j.get<std::string>();
  const std::optional<Arm> found = find_arm(name);
  if (!found) throw nlohmann::json::other_error::create(501, "no arm '" + name + "'", &j);
  arm = *found;
}

SPLITBENCH_JSON_FIELDS(JobRequest, id, prompt_tokens, output_tokens, cached_tokens, resident_tokens,
                       drift_level)
SPLITBENCH_JSON_FIELDS(Job, id, arm, prefill_worker, decode_worker, prefill_offset, decode_offset,
                       requests)

}  // namespace splitbench
