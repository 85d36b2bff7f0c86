#include "workers/process/control.hpp"

#include <fmt/format.h>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>

#include "workers/process/value_json.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {

SPLITBENCH_JSON_FIELDS(WorkerSetup, index, prefill_workers, decode_workers, pipeline, hardware,
                       compute, compute_scale, kv_copies, backend, codecs, arms, kv, drift,
                       wire_bytes_per_s, seed, kv_bytes, link_descriptor, staging_descriptor,
                       listen, transport_kind, transport, cores, heartbeat_timeout)
SPLITBENCH_JSON_FIELDS(Connect, decode, address, port, session, memory)
SPLITBENCH_JSON_FIELDS(ProbeOrder, tokens, speeds, arm, paces)
SPLITBENCH_JSON_FIELDS(Drop, job)
SPLITBENCH_JSON_FIELDS(InjectFault, fault, remote, duration)
SPLITBENCH_JSON_FIELDS(Ready, port, memory)
SPLITBENCH_JSON_FIELDS(FlowUp, prefill, decode, session, congestion_control)
SPLITBENCH_JSON_FIELDS(FlowLost, prefill, decode, session, why)
SPLITBENCH_JSON_FIELDS(Duplicate, prefill, decode)
SPLITBENCH_JSON_FIELDS(Probe, codec, clock_error, speeds)
SPLITBENCH_JSON_FIELDS(Failed, why)
SPLITBENCH_JSON_FIELDS(PrefillBegan, job, at)
SPLITBENCH_JSON_FIELDS(PrefillComputed, job)
SPLITBENCH_JSON_FIELDS(PrefillReleased, job, spans, chunk_bytes, escapes, stored_bytes,
                       codebook_changes, digests)
SPLITBENCH_JSON_FIELDS(Installed, job, at, spans, lateness)
SPLITBENCH_JSON_FIELDS(Finished, job, request, first_step, tokens)
SPLITBENCH_JSON_FIELDS(Verified, job, same, took)
SPLITBENCH_JSON_FIELDS(Dropped, job, by_prefill)
SPLITBENCH_JSON_FIELDS(Refused, job, why)

inline void to_json(nlohmann::json& j, const MeasuredSpeeds& speeds) {
  j = speeds.hardware;
}
inline void from_json(const nlohmann::json& j, MeasuredSpeeds& speeds) {
  speeds.hardware = j.get<HardwareProfile>();
}

namespace {

/// The name of a message, its "type" on the wire.
template <class Message>
struct Named {
  std::string_view name;
};

constexpr std::tuple kNames{Named<WorkerSetup>{"setup"},
                            Named<Connect>{"connect"},
                            Named<ProbeOrder>{"probe"},
                            Named<MeasuredSpeeds>{"speeds"},
                            Named<Job>{"job"},
                            Named<Drop>{"drop"},
                            Named<InjectFault>{"inject_fault"},
                            Named<Renew>{"renew"},
                            Named<Ping>{"ping"},
                            Named<Stop>{"stop"},
                            Named<Ready>{"ready"},
                            Named<FlowUp>{"flow_up"},
                            Named<FlowLost>{"flow_lost"},
                            Named<Duplicate>{"duplicate"},
                            Named<Probe>{"probed"},
                            Named<Alive>{"alive"},
                            Named<Pong>{"pong"},
                            Named<Failed>{"failed"},
                            Named<PrefillBegan>{"prefill_began"},
                            Named<PrefillComputed>{"prefill_computed"},
                            Named<PrefillReleased>{"prefill_released"},
                            Named<Installed>{"installed"},
                            Named<Finished>{"finished"},
                            Named<Verified>{"verified"},
                            Named<Dropped>{"dropped"},
                            Named<Refused>{"refused"}};

template <class Message>
constexpr std::string_view name_of_message(const Message&) {
  return std::get<Named<Message>>(kNames).name;
}

template <class Message>
nlohmann::json json_of(const Message& message) {
  if constexpr (std::is_empty_v<Message>)
    return nlohmann::json::object();
  else
    return message;
}

template <class Message>
Message message_of(const nlohmann::json& json) {
  if constexpr (std::is_empty_v<Message>)
    return {};
  else
    return json.get<Message>();
}

/// Returns the message of that name, or nothing if no message has it.
std::optional<ControlMessage> message_named(std::string_view name, const nlohmann::json& json) {
  std::optional<ControlMessage> found;
  const auto try_as = [&]<class Message>(const Named<Message>& row) {
    if (row.name == name) found = message_of<Message>(json);
  };
  std::apply([&](const auto&... rows) { (try_as(rows), ...); }, kNames);
  return found;
}

}  // namespace

std::string control_text(const ControlMessage& message) {
  return std::visit(
      [](const auto& sent) {
        nlohmann::json json = json_of(sent);
        json["type"] = name_of_message(sent);
        return json.dump();
      },
      message);
}

ControlMessage read_control(std::string_view text) {
  // The text of a worker of this run, whose length is bounded: spans of a long job are many values.
  const auto json = try_parse_foreign_json(text, text.size()).value_or(nullptr);
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
    throw ProtocolError("a control message is not a JSON object with a type");
  const auto type = json["type"].get<std::string>();
  try {
    if (auto message = message_named(type, json)) return *std::move(message);
  } catch (const nlohmann::json::exception& error) {
    throw ProtocolError(fmt::format("control message '{}' is malformed: {}", type, error.what()));
  }
  throw ProtocolError(fmt::format("there is no control message '{}'", type));
}

ProtocolError unexpected(const ControlMessage& message) {
  const std::string_view name =
      std::visit([](const auto& received) { return name_of_message(received); }, message);
  return ProtocolError(fmt::format("control message '{}' was not expected here", name));
}

ConnectionFault::Kind connection_fault(FaultKind fault) {
  switch (fault) {
    case FaultKind::cut:
      return ConnectionFault::Kind::cut;
    case FaultKind::corrupt:
      return ConnectionFault::Kind::corrupt;
    case FaultKind::delay:
      return ConnectionFault::Kind::delay;
    case FaultKind::duplicate:
      return ConnectionFault::Kind::duplicate;
    case FaultKind::stop_reading:
      return ConnectionFault::Kind::stop_reading;
    default:
      throw std::invalid_argument("not a fault of a flow");
  }
}

}  // namespace splitbench
