#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"

namespace splitbench {
namespace {

/// The kind of target that a fault has.
enum class Target { worker, flow, decode_worker, nobody };
enum class Length { none, needed, optional };

struct Rule {
  Target target;
  Length length;
};

Rule rule_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kill:
      return {Target::worker, Length::none};
    case FaultKind::stop:
      return {Target::worker, Length::optional};
    case FaultKind::cut:
    case FaultKind::corrupt:
    case FaultKind::duplicate:
      return {Target::flow, Length::none};
    case FaultKind::delay:
    case FaultKind::stop_reading:
      return {Target::flow, Length::needed};
    case FaultKind::pool_full:
      return {Target::decode_worker, Length::needed};
    case FaultKind::cancel:
    case FaultKind::coordinator:
      return {Target::nobody, Length::none};
  }
  throw std::logic_error("a fault without a rule");
}

const std::vector<Key<FaultSpec>>& fault_spec_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<FaultSpec>(std::move(parts)...); };
  const auto worker = or_none(within(count<std::uint32_t>(), "0", "63"));
  static const std::vector<Key<FaultSpec>> keys = {
      key(
          "fault", [](auto& f) -> auto& { return f.kind; }, choice(kFaultNames), "what goes wrong",
          Need::required),
      key(FIELD(prefill), worker, "the prefill worker that the fault targets"),
      key(FIELD(decode), worker, "the decode worker that the fault targets"),
      key(FIELD(at), or_none(within(kind::time(), "0 s", "1440 min")), "from each run's start"),
      key(FIELD(probability), within(factor(), "0", "1"), "of each job"),
      key(
          "for", [](auto& f) -> auto& { return f.duration; },
          within(kind::time(), "0 s", "1440 min"), "how long it lasts"),
  };
  return keys;
}

/// Writes only values that differ from their defaults, and always either `at` or `probability`.
std::string write_fault(const FaultSpec& fault) {
  std::vector<std::string> pairs;
  for (const Key<FaultSpec>& key : fault_spec_keys()) {
    const bool needed = key.need == Need::required || (key.path == "probability" && !fault.at);
    if (needed || key.write(fault) != key.write(FaultSpec{}))
      pairs.push_back(fmt::format("{}: {}", key.path, key.write(fault)));
  }
  return fmt::format("{{{}}}", fmt::join(pairs, ", "));
}

/// Checks the keys of one fault against each other.
class FaultCheck {
 public:
  FaultCheck(FaultSpec& fault, const Entry& list, const YAML::Node& node, Diagnostics& diagnostics)
      : fault_(fault), list_(list), node_(node), diagnostics_(diagnostics) {}

  void moment() {
    const bool at = fault_.at.has_value(), probability = node_["probability"].IsDefined();
    if (fault_.kind == FaultKind::coordinator && (!at || probability)) {
      refuse("fault", "happens at one moment; expected 'at', such as 2 s, and no 'probability'");
    } else if (at == probability) {
      refuse(at ? "probability" : "fault", "needs either 'at' or 'probability'");
    }
  }

  void length() {
    const Length length = rule_of(fault_.kind).length;
    const bool given = fault_.duration.count() > 0;
    if (length == Length::needed && !given) refuse("fault", "needs 'for', such as 2 s");
    if (length == Length::none && given) refuse("for", "has no length; expected no 'for'");
  }

  void target(const WorkerCounts& workers) {
    const Target target = rule_of(fault_.kind).target;
    if (target == Target::worker && fault_.prefill.has_value() == fault_.decode.has_value())
      refuse("fault", "targets one worker; expected either 'prefill' or 'decode'");
    if (target == Target::nobody || target == Target::decode_worker)
      none("prefill", fault_.prefill);
    if (target == Target::nobody) none("decode", fault_.decode);
    if (target == Target::flow) fault_.prefill = fault_.prefill.value_or(0);
    if (target == Target::flow || target == Target::decode_worker)
      fault_.decode = fault_.decode.value_or(0);
    within("prefill", fault_.prefill, workers.prefill);
    within("decode", fault_.decode, workers.decode);
  }

 private:
  void none(const char* key, const std::optional<std::uint32_t>& worker) {
    if (worker) refuse(key, fmt::format("targets no {} worker; expected no '{}'", key, key));
  }
  void within(const char* key, const std::optional<std::uint32_t>& worker, std::uint32_t count) {
    if (!worker || *worker < count) return;
    refuse(key, fmt::format("targets {} worker {}, but workers.{} is {}; expected {} at most", key,
                            *worker, key, count, count - 1));
  }
  void refuse(const char* key, const std::string& why) {
    const YAML::Node value = node_[key];
    diagnostics_.add(list_.place_of(value.IsDefined() ? value : node_),
                     fmt::format("fault '{}' {}", kFaultNames[fault_.kind], why));
  }

  FaultSpec& fault_;
  const Entry& list_;
  const YAML::Node& node_;
  Diagnostics& diagnostics_;
};

}  // namespace

Key<Scenario> faults_key() {
  const std::string takes = "a list of {fault, prefill, decode, at, probability, for}";
  return {"faults",
          takes,
          fmt::format("what goes wrong on purpose: {}", fmt::join(kFaultNames.names(), ", ")),
          Need::optional,
          [takes](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            if (!entry.node.IsSequence()) scalar(entry, takes);
            if (!entry.node.IsSequence())
              throw InputError(
                  fmt::format("'{}' is not a list; expected {}", entry.node.Scalar(), takes));
            scenario.faults.clear();
            for (const YAML::Node& node : entry.node)
              scenario.faults.push_back(read_element(fault_spec_keys(), entry, node, diagnostics));
          },
          [](const Scenario& scenario) {
            std::vector<std::string> faults;
            for (const FaultSpec& fault : scenario.faults) faults.push_back(write_fault(fault));
            return fmt::format("[{}]", fmt::join(faults, ", "));
          }};
}

void check_faults(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const Entry* entry = settings.find("faults");
  if (!entry || settings.is_faulty("faults")) return;
  std::size_t index = 0;
  for (const YAML::Node& node : entry->node) {
    FaultCheck check(scenario.faults[index++], *entry, node, diagnostics);
    check.moment();
    check.length();
    if (!settings.is_faulty("workers.prefill") && !settings.is_faulty("workers.decode"))
      check.target(scenario.workers);
  }
}

}  // namespace splitbench
