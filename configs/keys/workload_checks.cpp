#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/rules.hpp"

namespace splitbench {
namespace {

bool is_given(const Distribution& distribution) {
  return distribution != Distribution();
}

/// A mistake in a session's spec: its key and the reason.
struct Fault {
  std::string key, why;
};

std::vector<Fault> faults_of(const SessionSpec& s) {
  std::vector<Fault> faults;
  const auto rule = [&](bool broken, std::string key, std::string why) {
    if (broken) faults.push_back({std::move(key), std::move(why)});
  };
  const bool compacts = is_given(s.window) || s.compactions > 0;
  rule(s.groups > 0 && !is_given(s.shared), "groups", "needs 'shared', such as 2k");
  rule(s.popularity > 0 && s.groups == 0, "popularity", "needs 'groups', such as 100");
  rule(s.resumed > 0 && !is_given(s.resumed_context), "resumed",
       "needs 'resumed_context', such as 100k");
  rule(is_given(s.window) && !is_given(s.compacted), "window", "needs 'compacted', such as 30k");
  rule(s.compactions > 0 && !is_given(s.compacted), "compactions",
       "needs 'compacted', such as 30k");
  rule(!s.history && compacts, "history",
       "'off' leaves nothing to compact; expected no 'window' and no 'compactions'");
  rule(s.fan_out > 0 && !is_given(s.branch_context), "fan_out",
       "needs 'branch_context', such as 10k");
  return faults;
}

class WorkloadCheck {
 public:
  WorkloadCheck(WorkloadSpec& workload, const Settings& settings, Diagnostics& diagnostics)
      : workload_(workload),
        rules_(settings, diagnostics),
        name_(kArrivalNames[workload.arrivals]) {}

  void arrivals() {
    const WorkloadSpec& w = workload_;
    if (!is({Arrivals::trace, Arrivals::closed})) need("rate", w.rate > 0, "4 /s");
    if (is({Arrivals::gamma}) && !rules_.settings().is_faulty("workload.burstiness"))
      need("cv", w.cv > 0 || w.burstiness > 0, "2");
    if (is({Arrivals::weibull})) need("cv", w.cv > 0, "2");
    if (is({Arrivals::on_off})) need("on", w.on > Time(0), "10 s");
    if (is({Arrivals::on_off})) need("off", w.off > Time(0), "30 s");
    if (is({Arrivals::closed})) need("concurrency", w.concurrency > 0, "8");
    if (w.cv > 0 && w.burstiness > 0)
      rules_.refuse("workload.burstiness",
                    "workload.burstiness says what workload.cv says; expected one of them");
    only("cv", w.cv > 0, {Arrivals::gamma, Arrivals::weibull});
    only("burstiness", w.burstiness > 0, {Arrivals::gamma});
    only("on", w.on > Time(0), {Arrivals::on_off});
    only("off", w.off > Time(0), {Arrivals::on_off});
    only("think_time", is_given(w.think_time), {Arrivals::closed});
    if (w.schedule != ScheduleSpec() && is({Arrivals::trace, Arrivals::closed}))
      rules_.refuse("workload.schedule",
                    fmt::format("workload.schedule bends a rate, which workload.arrivals '{}' "
                                "does not have; expected none",
                                name_));
  }

  void lengths() {
    if (workload_.arrivals == Arrivals::trace || rules_.settings().is_faulty("workload.mix"))
      return;
    if (workload_.mix.empty()) {
      need("context", workload_.context.has_value(), "8k");
      need("output", workload_.output.has_value(), "128");
    } else {
      instead_of_mix("context", !workload_.context);
      instead_of_mix("output", !workload_.output);
      instead_of_mix("sessions", workload_.sessions == SessionSpec());
    }
    need("requests", workload_.requests > 0, "100");
    if (workload_.context) recorded("workload.context", *workload_.context);
    if (workload_.output) recorded("workload.output", *workload_.output);
    for (TrafficClass& traffic : workload_.mix) {
      recorded("workload.mix", traffic.context);
      recorded("workload.mix", traffic.output);
    }
  }

  /// Checks a trace, which brings its own sessions, and lengths that can be scaled.
  void trace() {
    if (workload_.arrivals != Arrivals::trace) {
      if (!workload_.trace.empty())
        rules_.refuse(
            "workload.trace",
            fmt::format("workload.trace is replayed by workload.arrivals: trace, and here "
                        "that is '{}'; expected trace there, or no trace here",
                        name_));
      return;
    }
    need("trace", !workload_.trace.empty(), "requests.jsonl");
    rules_.file("workload.trace", workload_.trace);
    const auto fixed_only = [&](const char* key, const std::optional<Distribution>& tokens) {
      if (tokens && tokens->shape != Shape::fixed)
        rules_.refuse(key, fmt::format("{} of a trace is one number; expected a count", key));
    };
    fixed_only("workload.context", workload_.context);
    fixed_only("workload.output", workload_.output);
    if (workload_.end > Time(0) && workload_.end <= workload_.start)
      rules_.refuse("workload.end", "workload.end is not after workload.start; expected a part");
    if (!workload_.mix.empty())
      rules_.refuse("workload.mix",
                    "workload.mix makes sessions, and a trace has its own; expected "
                    "no mix, or other workload.arrivals");
    if (workload_.sessions != SessionSpec())
      rules_.refuse("workload.sessions",
                    "workload.sessions makes sessions, and a trace has its own; expected none of "
                    "its keys, or other workload.arrivals");
  }

  void sessions() {
    for (const Fault& fault : faults_of(workload_.sessions)) {
      const std::string key = "workload.sessions." + fault.key;
      rules_.refuse(key, fmt::format("{} {}", key, fault.why));
    }
    constexpr std::size_t kMostClasses = 256;
    constexpr std::uint64_t kMostGroups = 1'000'000;
    std::uint64_t groups = 0;
    for (const TrafficClass& traffic : workload_.mix) groups += traffic.sessions.groups;
    if (workload_.mix.size() > kMostClasses || groups > kMostGroups)
      rules_.refuse("workload.mix",
                    fmt::format("{} classes with {} groups together; expected at most {} and {}",
                                workload_.mix.size(), groups, kMostClasses, kMostGroups));
    const Entry* mix = rules_.settings().find("workload.mix");
    if (!mix || rules_.settings().is_faulty("workload.mix")) return;
    for (std::size_t i = 0; i < workload_.mix.size(); ++i)
      for (const Fault& fault : faults_of(workload_.mix[i].sessions)) {
        const YAML::Node value = mix->node[i][fault.key];
        rules_.diagnostics().add(mix->place_of(value.IsDefined() ? value : mix->node[i]),
                                 fmt::format("'{}' {}", fault.key, fault.why));
      }
  }

  /// Refuses batches in which a request that waits for another one would wait for it in a batch as
  /// well.
  void batches() {
    if (workload_.batch_size == 1) return;
    if (workload_.arrivals == Arrivals::closed && workload_.concurrency > 0 &&
        workload_.concurrency < workload_.batch_size)
      rules_.refuse("workload.concurrency",
                    fmt::format("workload.concurrency {} never fills a batch of "
                                "workload.batch_size {}; expected at least as many clients",
                                workload_.concurrency, workload_.batch_size));
    const auto several = [](const SessionSpec& s) { return s.turns != fixed(1); };
    if (several(workload_.sessions) ||
        std::ranges::any_of(workload_.mix, several, &TrafficClass::sessions))
      rules_.refuse("workload.batch_size",
                    fmt::format("workload.batch_size {} may never fill, since turns of a session "
                                "wait for each other; expected 1",
                                workload_.batch_size));
  }

 private:
  bool is(std::initializer_list<Arrivals> kinds) const {
    return std::ranges::find(kinds, workload_.arrivals) != kinds.end();
  }

  void need(std::string_view key, bool given, std::string_view example) {
    rules_.need({"workload.arrivals", name_, fmt::format("workload.{}", key), example}, given);
  }

  void only(std::string_view key, bool given, std::initializer_list<Arrivals> kinds) {
    if (!given || is(kinds)) return;
    std::vector<std::string> names;
    for (const Arrivals kind : kinds) names.emplace_back(kArrivalNames[kind]);
    rules_.refuse(fmt::format("workload.{}", key),
                  fmt::format("workload.{} is of {} arrivals, and workload.arrivals is '{}'; "
                              "expected none",
                              key, one_of(names), name_));
  }

  void instead_of_mix(std::string_view key, bool unset) {
    if (unset) return;
    rules_.refuse(
        fmt::format("workload.{}", key),
        fmt::format("workload.{} is said by each class of workload.mix; expected it there "
                    "alone",
                    key));
  }

  void recorded(std::string_view key, Distribution& tokens) {
    if (!tokens.file.empty()) rules_.file(key, tokens.file);
  }

  WorkloadSpec& workload_;
  Rules rules_;
  std::string name_;
};

}  // namespace

void check_workload(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  WorkloadCheck check(scenario.workload, settings, diagnostics);
  check.arrivals();
  check.trace();
  check.lengths();
  check.sessions();
  check.batches();
}

}  // namespace splitbench
