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

/// An arm is its name, that of an added codec its number: both ends have the same list of them.
inline void to_json(nlohmann::json& j, const Arm& arm) {
  if (const auto index = arm.added())
    j = *index;
  else
    j = name_of(arm, {});
}
inline void from_json(const nlohmann::json& j, Arm& arm) {
  if (j.is_number()) {
    const auto index = read_as<std::uint32_t>(j);
    if (index >= kMostAddedCodecs)
      throw nlohmann::json::other_error::create(501, "no added codec of this number", &j);
    arm = Arm::of_added(index);
    return;
  }
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
