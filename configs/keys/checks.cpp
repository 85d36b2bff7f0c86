#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/rules.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

void check_kv(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  KvSpec& kv = scenario.kv;
  if (kv.source != KvSourceKind::dump) return;
  Rules rules(settings, diagnostics);
  rules.need({"kv.source", "dump", "kv.dump", "cache.bf16"}, !kv.dump.empty());
  if (!rules.file("kv.dump", kv.dump)) return;
  try {
    describe_kv_dump(kv.dump, scenario.pipeline.element_type);
  } catch (const InputError& error) {
    diagnostics.add(settings.place_of("kv.dump"), error.what());
  }
}

}  // namespace

void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  check_workload(scenario, settings, diagnostics);
  check_kv(scenario, settings, diagnostics);
  check_drift(scenario, settings, diagnostics);
  check_arms(scenario, settings, diagnostics);
  check_link(scenario, settings, diagnostics);
  check_transport(scenario, settings, diagnostics);
  check_faults(scenario, settings, diagnostics);
}

void check(const HardwareProfile&, const Settings& settings, Diagnostics& diagnostics) {
  for (const std::string section :
       {"splitzip_fp8_e5m2", "splitzip_fp8_e4m3", "ranked_fp8_e5m2", "ranked_fp8_e4m3"}) {
    std::string present, missing;
    for (const char* rate : {".encode", ".decode", ".call"})
      (settings.find(section + rate) ? present : missing) = section + rate;
    if (present.empty() || missing.empty() || settings.is_faulty(missing)) continue;
    diagnostics.add(settings.place_of(present),
                    fmt::format("'{}' needs '{}' beside it; expected all three rates of an element "
                                "type, or none to take those of bf16",
                                present, missing));
  }
}

void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics) {
  if (settings.is_faulty("kv_heads") || settings.is_faulty("latent_dim")) return;
  if ((model.kv_heads > 0) == (model.latent_dim > 0)) {
    diagnostics.add(settings.place_of("kv_heads"),
                    "expected either 'kv_heads' or, for latent attention, 'latent_dim'");
  }
  if (model.active_parameters > model.total_parameters && !settings.is_faulty("total_parameters")) {
    diagnostics.add(settings.place_of("active_parameters"),
                    "more active parameters than there are; expected at most 'total_parameters'");
  }
}

}  // namespace splitbench
