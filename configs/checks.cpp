#include <fmt/format.h>
#include <system_error>

#include "configs/keys.hpp"
#include "workers/kv_dump.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// A pipe will do, a folder will not.
bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  return type != std::filesystem::file_type::not_found &&
         type != std::filesystem::file_type::none && type != std::filesystem::file_type::directory;
}

class ScenarioCheck {
 public:
  ScenarioCheck(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics)
      : scenario_(scenario), settings_(settings), diagnostics_(diagnostics) {}

  void workload() {
    const WorkloadSpec& workload = scenario_.workload;
    const std::string_view key = "workload.arrivals";
    if (workload.arrivals == Arrivals::trace) {
      need(key, "trace", "workload.trace", !workload.trace.empty(), "requests.jsonl");
      file("workload.trace", workload.trace);
      return;
    }
    const bool poisson = workload.arrivals == Arrivals::poisson;
    const std::string_view arrivals = poisson ? "poisson" : "closed";
    if (poisson) need(key, arrivals, "workload.rate", workload.rate > 0, "4 /s");
    if (!poisson) need(key, arrivals, "workload.concurrency", workload.concurrency > 0, "8");
    if (!poisson && workload.concurrency > 0 && workload.concurrency < workload.batch_size)
      diagnostics_.add(settings_.place_of("workload.concurrency"),
                       fmt::format("workload.concurrency {} never fills a batch of "
                                   "workload.batch_size {}; expected at least as many clients",
                                   workload.concurrency, workload.batch_size));
    need(key, arrivals, "workload.context", workload.context.has_value(), "8k");
    need(key, arrivals, "workload.output", workload.output.has_value(), "128");
    need(key, arrivals, "workload.requests", workload.requests > 0, "100");
  }

  void kv() {
    const KvSpec& kv = scenario_.kv;
    if (kv.source != KvSourceKind::dump) return;
    need("kv.source", "dump", "kv.dump", !kv.dump.empty(), "cache.bf16");
    if (!file("kv.dump", kv.dump)) return;
    try {
      describe_kv_dump(kv.dump, scenario_.kv_dtype);
    } catch (const InputError& error) {
      diagnostics_.add(settings_.place_of("kv.dump"), error.what());
    }
  }

 private:
  void need(std::string_view key, std::string_view choice, std::string_view needed, bool given,
            std::string_view example) {
    if (given || settings_.is_faulty(key) || settings_.is_faulty(needed)) return;
    diagnostics_.add(settings_.place_of(key),
                     fmt::format("{} '{}' needs {}, such as {}", key, choice, needed, example));
  }

  bool file(std::string_view key, const std::filesystem::path& path) {
    const Entry* entry = settings_.find(key);
    if (!entry || path.empty()) return false;
    if (is_file(path)) return true;
    diagnostics_.add(entry->value, fmt::format("no file '{}'", path.string()));
    return false;
  }

  const Scenario& scenario_;
  const Settings& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  ScenarioCheck checks(scenario, settings, diagnostics);
  checks.workload();
  checks.kv();
  check_link(scenario, settings, diagnostics);
  check_transport(scenario, settings, diagnostics);
  check_faults(scenario, settings, diagnostics);
}

void check(const HardwareProfile&, const Settings& settings, Diagnostics& diagnostics) {
  for (const std::string section : {"splitzip_fp8_e5m2", "splitzip_fp8_e4m3"}) {
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
