#include "workers/transport/flow_receiver.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>
#include <utility>

#include "workers/transport/introduction.hpp"
#include "workers/transport/job_json.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kMaxText = 16 << 20;  // longest manifest, and longest list of digests

/// Returns whether the JSON is a manifest of job `id` from this sender.
bool is_manifest(const nlohmann::json& json, std::uint64_t id, std::uint32_t sender) {
  try {
    const Job job = json.get<Job>();
    return job.id == id && job.prefill_worker == sender && job.kv_tokens() > 0;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

/// One connection, whose handlers own this, and the message that is being read from it.
struct FlowReceiver::Caller {
  Connection* connection = nullptr;
  bool known = false;
  std::uint32_t sender = 0;
  Landing chunk;
  std::string text;
};

FlowReceiver::FlowReceiver(asio::io_context& io, EventLoop& loop, SharedLink& link,
                           std::uint32_t receiver, std::uint32_t senders, FlowOptions options,
                           SlotMemory slots)
    : loop_(loop),
      link_(link),
      receiver_(receiver),
      options_(std::move(options)),
      slots_(std::move(slots)),
      moved_forward_(io, dup(link.wakeup_descriptor(receiver))) {
  for (std::uint32_t sender = 0; sender < senders; ++sender)
    senders_.emplace_back().slots = make_receiver_slots(options_, sender, slots_);
  watch_link();
}

FlowReceiver::~FlowReceiver() {
  for (const SenderState& state : senders_)
    for (const auto& stream : state.streams)
      if (stream) stream->close("its receiver ends");
}

void FlowReceiver::watch_link() {
  moved_forward_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this](std::error_code error) {
                              if (error) return;
                              std::uint64_t times = 0;
                              if (read(moved_forward_.native_handle(), &times, sizeof times) > 0)
                                for (std::uint32_t sender = 0; sender < senders_.size(); ++sender)
                                  look(sender);
                              watch_link();
                            });
}

std::shared_ptr<Connection> FlowReceiver::accept(asio::ip::tcp::socket socket) {
  const auto caller = std::make_shared<Caller>();
  auto connection = std::make_shared<Connection>(std::move(socket), options_.connection());
  caller->connection = connection.get();
  connection->answer(
      options_.secret,
      [this, caller](const std::string& introduction) {
        return why_rejected(*caller, introduction);
      },
      {.opened = [this, caller](const std::string& said) { admit(*caller, said); },
       .place = [this, caller](const MessageHeader& header) { return place(*caller, header); },
       .message = [this, caller](
                      const MessageHeader& header,
                      std::span<std::byte> payload) { receive(*caller, header, payload); },
       .duplicate =
           [this, caller](const MessageHeader&) {
             if (on_duplicate) on_duplicate(caller->sender);
           },
       .closed =
           [this, caller](const std::string& why) {
             if (caller->chunk.slot)
               release(caller->sender, *std::exchange(caller->chunk.slot, {}));
             if (caller->known)
               lose(caller->sender, caller->connection->session(), why);
             else if (on_rejected)
               on_rejected(caller->connection->remote_address(), why);
           }});
  return connection;
}

std::string FlowReceiver::why_rejected(const Caller& caller, const std::string& text) {
  const auto introduction = read_introduction(text);
  if (!introduction)
    return "this is a decode worker, and the remote end does not introduce itself as a prefill "
           "worker";
  const Introduction& said = *introduction;
  if (std::string other = difference_of_terms(options_.terms, said.terms); !other.empty())
    return other;
  if (said.worker >= senders_.size())
    return fmt::format("there is no prefill worker {}", said.worker);
  const SenderState& state = senders_[said.worker];
  const std::uint64_t session = caller.connection->session();
  const std::uint32_t streams = options_.transport.streams;
  const bool known = session == state.session && !state.lost;
  if (session < state.session || (session == state.session && state.lost))
    return fmt::format("session {} is over, session {} was seen", session, state.session);
  if (said.streams != streams || said.stream >= streams || (known && state.streams[said.stream]))
    return fmt::format("stream {} of {} is not one of {} that are missing", said.stream,
                       said.streams, streams);
  return {};
}

void FlowReceiver::admit(Caller& caller, const std::string& text) {
  const Introduction said = *read_introduction(text);
  SenderState& state = senders_[said.worker];
  const std::uint64_t session = caller.connection->session();
  if (session > state.session) {
    if (!state.lost) lose(said.worker, state.session, "its sender began another session");
    state.session = session;
    state.lost = false;
    state.streams.assign(said.streams, nullptr);
    state.granted = 0;
    state.next = said.first_chunk;
  }
  caller.known = true;
  caller.sender = said.worker;
  state.streams[said.stream] = caller.connection->shared_from_this();
  if (said.stream == 0) grant_all(state);
}

std::span<std::byte> FlowReceiver::place(Caller& caller, const MessageHeader& header) {
  if (header.type == MessageType::chunk)
    return senders_[caller.sender].slots->place(header, caller.chunk);
  if (header.type != MessageType::begin && header.type != MessageType::end &&
      header.type != MessageType::cancel)
    throw ProtocolError(
        fmt::format("a prefill worker sent message type {}", static_cast<int>(header.type)));
  if (header.payload_bytes > kMaxText) throw ProtocolError("a manifest is too long");
  caller.text.assign(header.payload_bytes, '\0');
  return std::as_writable_bytes(std::span(caller.text));
}

void FlowReceiver::receive(Caller& caller, const MessageHeader& header,
                           std::span<std::byte> payload) {
  SenderState& state = senders_[caller.sender];
  if (state.lost || caller.connection->session() != state.session) return;  // it is about to close
  if (header.type == MessageType::chunk) return take_chunk(caller, header);
  if (header.type == MessageType::begin) {
    const auto manifest = try_parse_foreign_json(caller.text).value_or(nullptr);
    if (!is_manifest(manifest, header.job, caller.sender) || !state.jobs.insert(header.job).second)
      throw ProtocolError(fmt::format("job {} did not begin properly", header.job));
    on_begin(manifest.get<Job>());
    return look(caller.sender);  // another stream may have brought a chunk of the job already
  }
  if (!state.jobs.contains(header.job)) {
    if (header.type == MessageType::cancel) return;  // it crossed the answer that the job is over
    throw ProtocolError(fmt::format("job {} never began", header.job));
  }
  if (header.type == MessageType::cancel) {
    state.cancelled.push_back({header.job, header.link_chunk});
    return look(caller.sender);
  }
  std::vector<std::uint64_t> digests(payload.size() / sizeof(std::uint64_t));
  const auto bytes = std::as_writable_bytes(std::span(digests));
  std::ranges::copy(payload.first(bytes.size()), bytes.begin());
  on_end(header.job, std::move(digests));
}

void FlowReceiver::take_chunk(Caller& caller, const MessageHeader& header) {
  SenderState& state = senders_[caller.sender];
  const std::uint32_t payload_bytes = state.slots->landed(header, caller.chunk);
  const Waiting waiting{.job = header.job,
                        .chunk = {.index = header.index,
                                  .slot = *caller.chunk.slot,
                                  .payload_bytes = payload_bytes,
                                  .wire = {},
                                  .packed = header.ready,
                                  .landed = gated() ? loop_.now() : Time{0}}};
  const bool expected = header.link_chunk >= state.next &&
                        header.link_chunk < link_.offered({caller.sender, receiver_}) &&
                        state.waiting.emplace(header.link_chunk, waiting).second;
  if (!expected)
    throw ProtocolError(fmt::format("chunk {} of the flow was not to be expected, after {}",
                                    header.link_chunk, state.next));
  caller.chunk.slot.reset();
  if (header.link_chunk == state.next) look(caller.sender);
}

void FlowReceiver::look(std::uint32_t sender) {
  while (hand_on(sender)) {
  }
  SenderState& state = senders_[sender];
  std::erase_if(state.cancelled, [&](const Cancelled& c) {
    if (c.chunks > state.next) return false;
    state.jobs.erase(c.job);
    return true;
  });
}

bool FlowReceiver::hand_on(std::uint32_t sender) {
  SenderState& state = senders_[sender];
  const auto head = state.waiting.begin();
  if (state.lost || head == state.waiting.end() || head->first != state.next) return false;
  if (!state.jobs.contains(head->second.job)) {
    if (state.streams.size() > 1) return false;  // its manifest is still on the first stream
    lose(sender, state.session, fmt::format("job {} never began", head->second.job));
    return false;
  }
  const Time now =
      loop_.now();  // read before the link is asked: moments that are past then no longer change
  Arrived& chunk = head->second.chunk;
  chunk.wire = link_.delivery({sender, receiver_}, head->first);
  if (gated() && chunk.wire.arrival > now) {
    look_at(sender, chunk.wire.arrival);
    return false;
  }
  const Waiting arrived = head->second;
  state.waiting.erase(head);
  ++state.next;
  on_chunk(sender, arrived.job, arrived.chunk);
  return true;
}

void FlowReceiver::look_at(std::uint32_t sender, Time moment) {
  if (senders_[sender].next_look <= moment) return;  // an earlier look is due, which asks again
  senders_[sender].next_look = moment;
  loop_.at(moment, [this, sender, moment] {
    SenderState& state = senders_[sender];
    if (state.next_look != moment) return;
    state.next_look = Time::max();
    look(sender);
  });
}

void FlowReceiver::lose(std::uint32_t sender, std::uint64_t session, const std::string& why) {
  SenderState& state = senders_[sender];
  if (session != state.session || std::exchange(state.lost, true)) return;
  for (const auto& stream : std::exchange(state.streams, {}))
    if (stream) stream->close(why);
  for (const auto& [number, waiting] : std::exchange(state.waiting, {}))
    state.slots->give_back(waiting.chunk.slot);
  state.jobs.clear();
  state.cancelled.clear();
  if (on_lost) on_lost(sender, session, why);
}

void FlowReceiver::inject(std::uint32_t sender, ConnectionFault fault) {
  for (const auto& stream : senders_[sender].streams)
    if (stream) stream->inject(fault);
}

void FlowReceiver::grant_all(SenderState& state) {
  const auto credits = state.slots->first_credits();
  if (!credits) return;  // granted when the last borrowed buffer is released
  state.granted = *credits;
  state.streams.front()->send({.type = MessageType::credit, .link_chunk = state.granted});
}

std::span<std::byte> FlowReceiver::received(std::uint32_t, std::uint32_t slot) {
  return slots_(slot);
}

void FlowReceiver::release(std::uint32_t prefill_worker, std::uint32_t slot) {
  SenderState& state = senders_[prefill_worker];
  state.slots->give_back(slot);
  if (state.lost || !state.streams.front()) return;
  if (state.granted == 0) return grant_all(state);
  state.streams.front()->send({.type = MessageType::credit,
                               .index = state.slots->credit_index(slot),
                               .link_chunk = ++state.granted});
}

void FlowReceiver::applied(const Job& job) {
  SenderState& state = senders_[job.prefill_worker];
  if (state.jobs.erase(job.id) > 0)
    state.streams.front()->send({.type = MessageType::applied, .job = job.id});
}

}  // namespace splitbench
