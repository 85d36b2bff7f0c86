#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/keys/profiles.hpp"
#include "configs/reader/form_kinds.hpp"
#include "configs/reader/rules.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workloads/generators/recorded.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// Returns the profile that a drift names. The name of a file's profile is the file's absolute
/// path, by which it is found again.
KvProfile other_model(const std::string& name, const Entry& entry, Diagnostics& diagnostics) {
  KvProfile profile =
      read_profile<KvProfile>({YAML::Node(name), entry.key, entry.value}, diagnostics);
  profile.name = name;
  if (name.ends_with(".yaml"))
    profile.name = (entry.value.source->folder / name).lexically_normal().string();
  return profile;
}

Key<Scenario> kind_key() {
  const Kind<DriftSpec> form = kind::drift();
  return {"drift.kind",
          form.takes,
          "what happens to the KV, against what codebooks are calibrated on",
          Need::optional,
          [form](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            const DriftSpec given = form.parse(scalar(entry, form.takes));
            DriftSpec& drift = scenario.drift;
            drift.kind = given.kind;
            drift.amount = given.amount;
            drift.share = given.share;
            drift.to = given.kind == DriftKind::other_model
                           ? other_model(given.to.name, entry, diagnostics)
                           : KvProfile();
          },
          [form](const Scenario& scenario) { return form.format(scenario.drift); }};
}

bool has_later_turns(const SessionSpec& sessions) {
  return sessions.turns != fixed(1) || sessions.fan_out > 0;
}

/// Returns whether a trace has later turns, which takes reading it as the run will do again. A pipe
/// can be read only once and is left to the run.
bool has_later_turns_recorded(const WorkloadSpec& workload, Rules& rules) {
  std::error_code none;
  if (workload.arrivals != Arrivals::trace ||
      !std::filesystem::is_regular_file(workload.trace, none))
    return false;
  const std::uint64_t kept = workload.requests == 0 ? 0 : workload.requests + workload.warmup;
  try {
    return std::ranges::any_of(
        recorded_requests(workload.trace, recorded_options(workload, kept)).requests,
        [](const Request& request) { return !request.after.empty(); });
  } catch (const InputError& error) {
    rules.refuse("workload.trace", error.what());
    return false;
  }
}

/// Refuses a path by times of arrival where arrivals depend on answers: it would differ between
/// arms.
void check_arrivals(const Scenario& scenario, Rules& rules) {
  if (!scenario.drift.path.timed) return;
  const WorkloadSpec& workload = scenario.workload;
  const auto refuse = [&](std::string_view who) {
    rules.refuse("drift.path", fmt::format("drift.path goes by times of arrival, and {} arrive "
                                           "when others were answered; expected counts of requests",
                                           who));
  };
  if (workload.arrivals == Arrivals::closed)
    return refuse("requests of workload.arrivals 'closed'");
  if (has_later_turns(workload.sessions) ||
      std::ranges::any_of(workload.mix, has_later_turns, &TrafficClass::sessions))
    return refuse("later turns of sessions");
  if (has_later_turns_recorded(workload, rules))
    refuse(fmt::format("later turns in '{}'", workload.trace.string()));
}

}  // namespace

std::vector<Key<Scenario>> drift_keys() {
  const auto key = [](auto... parts) { return make_key<Scenario>(std::move(parts)...); };
  return {
      kind_key(),
      key(FIELD(drift.path), kind::drift_path(),
          "when, by requests or by their times of arrival; a ramp and a period go in eighths"),
      key(FIELD(drift.policy), kind::choice(kDriftPolicyNames),
          "fixed: as published, nothing is stored; fallback: what would not pay is stored; "
          "recalibrate: codebooks follow, too"),
      key(FIELD(drift.scope), kind::choice(kCodebookScopeNames), "what shares a codebook"),
  };
}

void check_drift(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const DriftSpec& drift = scenario.drift;
  Rules rules(settings, diagnostics);
  if (drift.kind == DriftKind::none) return;
  check_arrivals(scenario, rules);
  if (drift.kind == DriftKind::kv_mixup && scenario.pipeline.model.latent_dim > 0)
    rules.refuse("drift.kind", fmt::format("drift.kind 'kv_mixup' needs K and V, and model '{}' "
                                           "has one latent tensor; expected another kind",
                                           scenario.pipeline.model.name));
  const ElementType type = type_of_suffix(scenario.kv.dump).value_or(ElementType::bf16);
  if (scenario.kv.source == KvSourceKind::dump && type != ElementType::bf16)
    rules.refuse("drift.kind", fmt::format("drift.kind changes values in bf16, and kv.dump is of "
                                           "{}; expected none, or a dump in bf16",
                                           name(type)));
}

}  // namespace splitbench
