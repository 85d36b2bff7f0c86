#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/words.hpp"

namespace splitbench {
namespace {

/// Returns the kind of a transport: its name or a synonym, which is never written.
Kind<TransportKind> transport() {
  kind::Choices<TransportKind> choices;
  for (const TransportTraits& each : kTransports)
    choices.emplace_back(std::string(each.name), each.kind);
  Kind<TransportKind> transport = kind::choice(choices);
  transport.parse = [by_name = transport.parse](std::string_view text) {
    for (const TransportTraits& each : kTransports)
      if (!each.synonym.empty() && each.synonym == text) return each.kind;
    return by_name(text);
  };
  return transport;
}

/// Returns whether a fault needs connections that can be cut or disturbed, or processes that can be
/// replaced.
bool is_of_worker_or_flow(const FaultSpec& fault) {
  return fault.kind != FaultKind::cancel && fault.kind != FaultKind::pool_full &&
         fault.kind != FaultKind::coordinator;
}

}  // namespace

Key<Scenario> transport_key() {
  return make_key<Scenario>(
      FIELD(transport), transport(),
      "of a real run: sockets, or on one host and only with on_fault "
      "fail-fast, shared host memory or the receiver's device memory; auto: "
      "shm on GPUs, or peer if the link is unlimited, the GPUs reach each other "
      "and no arm is a baseline; on the CPU tcp if sockets carry the rate");
}

std::string transports_with(bool (*holds)(const TransportTraits&)) {
  std::vector<std::string> names;
  for (const TransportTraits& each : kTransports)
    if (holds(each)) names.emplace_back(each.name);
  return one_of(names);
}

void check_transport(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  if (settings.is_faulty("transport")) return;
  const TransportTraits& transport = traits_of(scenario.transport);
  const auto refuse = [&](bool wrong, std::string_view key, const std::string& why) {
    if (!wrong || settings.is_faulty(key)) return;
    diagnostics.add(settings.place_of(key), fmt::format("transport '{}' {}", transport.name, why));
  };
  if (!transport.recovers) {
    const auto others = transports_with([](const TransportTraits& t) { return t.recovers; });
    refuse(scenario.on_fault == OnFault::retry, "on_fault",
           "cannot go on after a fault; expected on_fault: fail-fast, or transport: " + others);
    refuse(std::ranges::any_of(scenario.faults, is_of_worker_or_flow), "faults",
           "has no faults of workers and flows; expected none, or transport: " + others);
  }
  if (!transport.leaves_host) {
    const auto others = transports_with([](const TransportTraits& t) { return t.leaves_host; });
    refuse(!scenario.listen.starts_with("127."), "listen",
           "stays on one host; expected a loopback address, or transport: " + others);
  }
  if (transport.payload == Payload::lent) {
    refuse(scenario.transport_options.shaping == Shaping::sender, "link.shaping",
           "is shaped by the receiver; expected link.shaping: receiver");
    refuse(scenario.transport_options.streams > 1, "link.streams",
           "puts no payload into streams; expected link.streams: 1");
  }
  if (transport.device_memory)
    refuse(scenario.backend == BackendKind::cpu, "backend",
           "is between GPUs; expected backend: cuda or auto");
}

}  // namespace splitbench
