#include "sim/run/known_kv_source.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include "sim/run/virtual/virtual_run.hpp"

namespace splitbench {

bool needs_kv_source(const Scenario& scenario) {
  if (scenario.drift.kind != DriftKind::none) return true;
  const bool of_the_users =
      scenario.kv.source == KvSourceKind::dump || !scenario.kv.codebook.empty();
  return scenario.time == TimeKind::virtual_time && (of_the_users || needs_elements(scenario));
}

std::shared_ptr<const KvSource> known_kv_source(const Scenario& scenario) {
  using Known = std::tuple<KvSpec, ModelGeometry, ElementType, std::uint64_t, DriftSpec>;
  static std::optional<Known> known;
  static std::shared_ptr<const KvSource> source;
  const Pipeline& pipeline = scenario.pipeline;
  Known wanted{scenario.kv, pipeline.model, pipeline.element_type, scenario.seed, scenario.drift};
  if (known != wanted) {
    source = std::make_shared<const KvSource>(KvSource::load(
        scenario.kv, pipeline.model, pipeline.element_type, scenario.seed, scenario.drift));
    known = std::move(wanted);
  }
  return source;
}

}  // namespace splitbench
