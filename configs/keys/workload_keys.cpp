#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/keys/presets.hpp"
#include "configs/keys/session_keys.hpp"
#include "configs/reader/form_kinds.hpp"

namespace splitbench {
namespace {

const std::vector<Key<TrafficClass>>& traffic_keys() {
  using namespace kind;
  static const std::vector<Key<TrafficClass>> keys = [] {
    std::vector<Key<TrafficClass>> all = {
        make_key<TrafficClass>(FIELD(name), text(), "what its sessions are called"),
        make_key<TrafficClass>(FIELD(share), within(factor(), "0.000001", "1000000"),
                               "of sessions, in proportion to the others'"),
        make_key<TrafficClass>(FIELD(context), lengths(), "first prompt", Need::required),
        make_key<TrafficClass>(FIELD(output), lengths(), "output tokens", Need::required)};
    const std::vector<Key<TrafficClass>> sessions = session_keys<TrafficClass>(
        "", [](auto& traffic) -> auto& { return traffic.sessions; });
    all.insert(all.end(), sessions.begin(), sessions.end());
    return all;
  }();
  return keys;
}

/// Writes only values that differ from their defaults, in quotes if they contain a comma.
std::string write_traffic(const TrafficClass& traffic) {
  std::vector<std::string> pairs;
  for (const Key<TrafficClass>& key : traffic_keys()) {
    const std::string value = key.write(traffic);
    if (key.need == Need::optional && value == key.write(TrafficClass{})) continue;
    const bool bare = value.find(',') == value.npos || value.starts_with('"');
    pairs.push_back(bare ? fmt::format("{}: {}", key.path, value)
                         : fmt::format("{}: \"{}\"", key.path, value));
  }
  return fmt::format("{{{}}}", fmt::join(pairs, ", "));
}

Key<Scenario> mix_key() {
  const std::string takes = "a list of {name, share, context, output, and keys of sessions}";
  return {
      "workload.mix",
      takes,
      "kinds of sessions beside each other, instead of workload's own",
      Need::optional,
      [takes](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
        if (!entry.node.IsSequence())
          throw InputError(
              fmt::format("'{}' is not a list; expected {}", scalar(entry, takes), takes));
        scenario.workload.mix.clear();
        for (const YAML::Node& node : entry.node)
          scenario.workload.mix.push_back(read_element(traffic_keys(), entry, node, diagnostics));
      },
      [](const Scenario& scenario) {
        std::vector<std::string> classes;
        for (const TrafficClass& traffic : scenario.workload.mix)
          classes.push_back(write_traffic(traffic));
        return fmt::format("[{}]", fmt::join(classes, ", "));
      }};
}

}  // namespace

std::vector<Key<Scenario>> workload_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<Scenario>(std::move(parts)...); };
  const auto scale = within(factor(), "0.000001", "1000000");
  const auto period = or_word(within(kind::time(), "1 us", "14400 min"), "none", Time(0));
  std::vector<Key<Scenario>> keys = {
      preset_key("workload.preset", workload_preset_names(),
                 "a kind of traffic, which sets the keys of workload that are not set"),
      key(FIELD(workload.arrivals), choice(kArrivalNames),
          "when sessions begin, of one request unless workload.sessions says more; closed: as soon "
          "as one of `concurrency` clients is free"),
      key(FIELD(workload.rate),
          or_word(finite(within(rate(), "0.000001 /s", "1000000 /s"),
                         "a load without pauses is workload.arrivals: closed, with as many at a "
                         "time as workload.concurrency says"),
                  "none", 0.0),
          "sessions, on average; not of trace or closed arrivals"),
      key(FIELD(workload.cv), or_word(within(factor(), "0.1", "10"), "none", 0.0),
          "of gaps of gamma and weibull arrivals: deviation / mean"),
      key(FIELD(workload.burstiness),
          or_word(finite(within(factor(), "0.01", "100"),
                         "gaps that are all alike are workload.arrivals: constant"),
                  "none", 0.0),
          "of gamma arrivals, instead of cv: 1 / cv^2"),
      key(FIELD(workload.on), period, "mean time that on_off arrivals come"),
      key(FIELD(workload.off), period, "mean time that they pause"),
      key(FIELD(workload.schedule), schedule(), "how the rate moves over the run"),
      key(FIELD(workload.concurrency),
          or_word(within(count<std::uint32_t>(), "1", "1000000"), "none", std::uint32_t{0}),
          "clients of closed arrivals"),
      key(FIELD(workload.think_time), times(),
          "of a client of closed arrivals, between two sessions"),
      file_key(FIELD(workload.trace),
               "file of trace arrivals, of any format that trace stats reads"),
      key(FIELD(workload.spread), choice<bool>({{"on", true}, {"off", false}}),
          "requests of a trace that come at one moment are spread over the time to the next"),
      key(FIELD_AT("workload.trace_format", workload.reading.format), choice(kTraceFormatNames),
          "of the file; automatic goes by its first row"),
      key(FIELD_AT("workload.columns", workload.reading.columns),
          or_word(text(), "none", std::string()),
          "of a file of another format: arrival=A,input=B,output=C,unit=s; also session, request, "
          "delay, ids, block"),
      key(FIELD_AT("workload.block_tokens", workload.reading.block_tokens),
          or_word(within(count<std::uint32_t>(), "1", "1048576"), "auto", std::uint32_t{0}),
          "of a block of a trace's hash_ids; auto: the size that fits"),
      key(FIELD_AT("workload.time_unit", workload.reading.unit), choice(kTraceUnitNames),
          "of a trace's timestamps and delays; auto is the format's own"),
      key(FIELD_AT("workload.turns", workload.reading.turns), choice(kTurnsNames),
          "later turns of a trace's sessions hold their whole prompt, or what is new in it"),
      key(FIELD_AT("workload.session_arrivals", workload.reading.sessions),
          choice(kSessionArrivalsNames),
          "later turns of a trace without a delay wait for the turn before, or come at their "
          "timestamp"),
      key(FIELD_AT("workload.subagent_times", workload.reading.sub_agents),
          choice(kSubAgentTimesNames),
          "times of a trace's sub-agents count from their marker, or from the session's start"),
      key(FIELD_AT("workload.skip_bad", workload.reading.bad_rows),
          choice<BadRows>({{"off", BadRows::refuse}, {"on", BadRows::skip}}),
          "rows of a trace that are wrong are left out, counted, and the first is told"),
      key(FIELD(workload.start), within(kind::time(), "0 s", "5256000 min"),
          "of the part of a trace that is kept, from its first request"),
      key(FIELD(workload.end),
          or_word(within(kind::time(), "1 us", "5256000 min"), "none", Time(0)),
          "of that part: requests from this time on are left out"),
      key(FIELD(workload.max_context),
          or_word(within(count(), "1", "100000000"), "none", std::uint64_t{0}),
          "longest prompt of a trace, in tokens"),
      key(FIELD(workload.long_prompts), choice(kLongPromptsNames),
          "prompts of a trace that are longer than max_context"),
      key(FIELD_AT("workload.session_gap", workload.reading.session_gap),
          within(kind::time(), "0 s", "14400 min"),
          "between the starts of a trace's sessions, where it does not record them"),
      key(FIELD(workload.rate_scale), scale, "of a trace: 2 halves every gap"),
      key(FIELD(workload.length_scale), scale, "of a trace: multiplies prompt and output lengths"),
      key(FIELD(workload.context), or_none(lengths()),
          "tokens of a session's first prompt; of a trace: its median is rescaled to this"),
      key(FIELD(workload.output), or_none(lengths()),
          "output tokens; of a trace: replaces its own"),
      mix_key(),
      key(FIELD(workload.requests),
          or_word(within(count(), "1", "1000000000"), "all", std::uint64_t{0}),
          "requests measured; all of them only of a trace"),
      key(FIELD(workload.warmup), within(count(), "0", "1000000000"),
          "requests before them that are not reported"),
      key(FIELD(workload.batch_size), within(count<std::uint32_t>(), "1", "4096"),
          "requests prefilled together; their KV is one transfer"),
  };
  const std::vector<Key<Scenario>> sessions = session_keys<Scenario>(
      "workload.sessions.", [](auto& scenario) -> auto& { return scenario.workload.sessions; });
  keys.insert(keys.end(), sessions.begin(), sessions.end());
  return keys;
}

}  // namespace splitbench
