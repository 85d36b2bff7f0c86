#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"

namespace splitbench {
namespace {

Kind<TransportKind> transport() {
  kind::Choices<TransportKind> choices;
  for (const TransportKind each : {TransportKind::tcp, TransportKind::shm, TransportKind::peer})
    choices.emplace_back(std::string(name_of(each)), each);
  return kind::choice(choices);
}

/// What needs connections that can be lost or bent, or processes that can be replaced.
bool strikes_worker_or_flow(const FaultSpec& fault) {
  return fault.kind != FaultKind::cancel && fault.kind != FaultKind::pool_full &&
         fault.kind != FaultKind::coordinator;
}

}  // namespace

Key<Scenario> transport_key() {
  return make_key<Scenario>(FIELD(transport), transport(),
                            "of a real run: sockets, or on one host and only with on_fault "
                            "fail-fast, shared host memory or the receiver's device memory");
}

void check_transport(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  if (scenario.transport == TransportKind::tcp || settings.is_faulty("transport")) return;
  const auto refuse = [&](bool wrong, std::string_view key, const std::string& why) {
    if (!wrong || settings.is_faulty(key)) return;
    diagnostics.add(settings.place_of(key),
                    fmt::format("transport '{}' {}", name_of(scenario.transport), why));
  };
  refuse(scenario.on_fault == OnFault::retry, "on_fault",
         "cannot go on after a fault; expected on_fault: fail-fast, or transport: tcp");
  refuse(std::ranges::any_of(scenario.faults, strikes_worker_or_flow), "faults",
         "has no faults of workers and flows; expected none, or transport: tcp");
  refuse(!scenario.listen.starts_with("127."), "listen",
         "stays on one host; expected a loopback address, or transport: tcp");
  refuse(scenario.transport_options.shaping == Shaping::sender, "link.shaping",
         "is shaped by the receiver; expected link.shaping: receiver");
  refuse(scenario.transport_options.streams > 1, "link.streams",
         "puts no payload into streams; expected link.streams: 1");
  refuse(scenario.transport == TransportKind::peer && scenario.backend == BackendKind::cpu,
         "backend", "is between GPUs; expected backend: cuda or auto");
}

}  // namespace splitbench
