#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "configs/keys/keys.hpp"
#include "configs/keys/presets.hpp"

namespace splitbench {
namespace {

Kind<std::uint64_t> link_rate() {
  return kind::or_word(kind::within(kind::bandwidth(), "1 kbit/s", "100 Tbit/s"), "unlimited",
                       kUnlimited);
}

const std::vector<Key<RateChange>>& rate_change_keys() {
  static const std::vector<Key<RateChange>> keys = {
      make_key<RateChange>(
          "at", [](auto& change) -> auto& { return change.at; },
          kind::within(kind::time(), "0 s", "1440 min"), "from the start of a run", Need::required),
      make_key<RateChange>(
          "rate", [](auto& change) -> auto& { return change.bandwidth; }, link_rate(),
          "from then on", Need::required)};
  return keys;
}

void read_schedule(Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
  std::vector<RateChange> rates;
  for (const YAML::Node& node : entry.node) {
    const std::size_t before = diagnostics.count();
    const RateChange change = read_element(rate_change_keys(), entry, node, diagnostics);
    if (diagnostics.count() > before) continue;
    if (rates.empty() && change.at.count() != 0)
      diagnostics.add(entry.place_of(node),
                      "the first rate holds from the start; expected at: 0 s");
    if (!rates.empty() && change.at <= rates.back().at)
      diagnostics.add(entry.place_of(node),
                      fmt::format("'{}' is not after '{}'; expected times that ascend",
                                  format_time(change.at), format_time(rates.back().at)));
    rates.push_back(change);
  }
  if (entry.node.size() == 0) throw InputError("no rate; expected one or more of {at, rate}");
  if (entry.node.size() > kMaxRateChanges + 1)
    throw InputError(
        fmt::format("{} rates; expected at most {}", entry.node.size(), kMaxRateChanges + 1));
  if (rates.empty()) return;
  scenario.link.bandwidth = rates.front().bandwidth;
  scenario.link.schedule.assign(rates.begin() + 1, rates.end());
}

Key<Scenario> bandwidth_key() {
  const std::string takes = link_rate().takes + ", or a list of {at, rate}";
  return {"link.bandwidth",
          takes,
          "of each NIC, in each direction; not needed where link.preset names one",
          Need::required,
          [takes](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            scenario.link.schedule.clear();
            if (entry.node.IsSequence()) return read_schedule(scenario, entry, diagnostics);
            scenario.link.bandwidth = link_rate().parse(scalar(entry, takes));
          },
          [](const Scenario& scenario) {
            const LinkSpec& link = scenario.link;
            if (link.schedule.empty()) return link_rate().format(link.bandwidth);
            std::string rates =
                fmt::format("{{at: 0 s, rate: {}}}", link_rate().format(link.bandwidth));
            for (const RateChange& change : link.schedule)
              rates += fmt::format(", {{at: {}, rate: {}}}", format_time(change.at),
                                   link_rate().format(change.bandwidth));
            return '[' + rates + ']';
          },
          link_rate().unit};
}

/// Makes the key of limits: none, one rate for every worker, or one for each.
Key<Scenario> limits_key(std::string path, std::vector<std::uint64_t> LinkSpec::*field,
                         std::string meaning) {
  const std::string takes = link_rate().takes + ", or a list of one for each worker, or none";
  return {std::move(path),
          takes,
          std::move(meaning),
          Need::optional,
          [=](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            std::vector<std::uint64_t>& limits = scenario.link.*field;
            limits.clear();
            if (entry.node.IsSequence()) {
              limits = read_elements(link_rate(), entry, diagnostics);
            } else if (const std::string_view text = scalar(entry, takes); text != "none") {
              limits = {link_rate().parse(text)};
            }
          },
          [=](const Scenario& scenario) -> std::string {
            const std::vector<std::uint64_t>& limits = scenario.link.*field;
            if (limits.empty()) return "none";
            std::vector<std::string> texts;
            std::ranges::transform(limits, std::back_inserter(texts), link_rate().format);
            if (limits.size() == 1) return texts.front();
            return fmt::format("[{}]", fmt::join(texts, ", "));
          },
          link_rate().unit};
}

}  // namespace

std::vector<Key<Scenario>> link_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<Scenario>(std::move(parts)...); };
  const auto option = [](auto name, auto member, auto kind, auto meaning) {
    return make_key<Scenario>(
        name, [=](auto& scenario) -> auto& { return scenario.transport_options.*member; }, kind,
        meaning);
  };
  const auto delay = within(kind::time(), "0 s", "10 s");
  return {
      bandwidth_key(),
      key(FIELD_AT("link.nics", nics),
          or_word(within(count<std::uint32_t>(), "1", "1024"), "auto", std::uint32_t{0}),
          "NICs of a worker, each of that bandwidth; auto: one for each rank"),
      preset_key("link.preset", link_preset_names(),
                 "a kind of network, which sets the keys of link that are not set"),
      limits_key("link.egress", &LinkSpec::egress,
                 "more limits, of prefill workers' NICs outwards"),
      limits_key("link.ingress", &LinkSpec::ingress,
                 "more limits, of decode workers' NICs inwards"),
      key(FIELD(link.spine),
          or_word(within(bandwidth(), "1 kbit/s", "100 Tbit/s"), "none", std::uint64_t{0}),
          "that all flows share"),
      key(FIELD(link.efficiency), within(factor(), "0.01", "1"),
          "share of every rate above that the wire delivers"),
      key(FIELD(link.latency), delay, "one way"),
      key(FIELD(link.jitter), delay,
          "largest addition to a chunk's latency, uniform from 0; with ranks the same for all "
          "shards"),
      key(FIELD(link.discipline),
          choice<Discipline>({{"fair", Discipline::fair}, {"fifo", Discipline::fifo}}),
          "flows share a NIC, or their chunks cross it one after the other"),
      option("link.streams", &TransportOptions::streams,
             or_word(within(count<std::uint32_t>(), "1", "64"), "auto", std::uint32_t{0}),
             "TCP connections that a transfer is striped over; auto: as many as a trial shows to "
             "carry the rate"),
      option("link.payload_hash", &TransportOptions::payload_hash,
             choice<bool>({{"on", true}, {"off", false}}), "checksum of every chunk's payload"),
      option("link.shaping", &TransportOptions::shaping,
             choice<Shaping>({{"receiver", Shaping::receiver}, {"sender", Shaping::sender}}),
             "who holds a chunk back until the link delivers it"),
  };
}

void check_link(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const auto check_limits = [&](std::string_view key, std::string_view workers, std::size_t count) {
    const Entry* entry = settings.find(key);
    if (!entry || settings.is_faulty(key) || settings.is_faulty(workers)) return;
    if (entry->node.IsSequence() && entry->node.size() != count)
      diagnostics.add(entry->value,
                      fmt::format("{} {} for {} {}; expected one for each", entry->node.size(),
                                  entry->node.size() == 1 ? "rate" : "rates", workers, count));
  };
  check_limits("link.egress", "workers.prefill", scenario.workers.prefill);
  check_limits("link.ingress", "workers.decode", scenario.workers.decode);
}

}  // namespace splitbench
