#include "workers/tcp_transport.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "workers/control.hpp"

namespace splitbench {

TcpSender::TcpSender(EventLoop& loop, SharedLink& link, FlowId flow, std::uint32_t credits,
                     SlotMemory slots)
    : loop_(loop),
      link_(link),
      flow_(flow),
      all_credits_(credits),
      credits_(credits),
      slots_(std::move(slots)) {}

void TcpSender::start(std::shared_ptr<Connection> connection, const std::string& secret,
                      std::function<void(const std::string&)> lost) {
  connection_ = std::move(connection);
  connection_->start({.place =
                          [](const MessageHeader& header) {
                            if (header.payload_bytes > 0)
                              throw ProtocolError("an answer to a sender has a payload");
                            return std::span<std::byte>();
                          },
                      .message = [this](const MessageHeader& header, auto) { receive(header); },
                      .closed = std::move(lost)});
  connection_->send({.type = MessageType::hello, .index = flow_.sender}, secret);
}

void TcpSender::receive(const MessageHeader& header) {
  if (header.type == MessageType::credit && credits_ < all_credits_) {
    ++credits_;
    on_credit();
  } else if (header.type == MessageType::applied) {
    on_applied(header.job);
  } else {
    connection_->close(
        fmt::format("a decode worker sent message type {}", static_cast<int>(header.type)));
  }
}

void TcpSender::begin(const Job& job) {
  connection_->send({.type = MessageType::begin, .job = job.id}, nlohmann::json(job).dump());
}

void TcpSender::send(const Job& job, std::uint32_t index, std::uint32_t slot,
                     std::uint64_t payload_bytes, Time packed, std::function<void()> departed) {
  assert(credits_ > 0);
  --credits_;
  const std::uint64_t link_chunk = link_.offer_now(flow_, payload_bytes + kMessageHeaderBytes);
  connection_->send(
      {.type = MessageType::chunk,
       .index = index,
       .job = job.id,
       .link_chunk = link_chunk,
       .ready = packed},
      slots_(slot).first(payload_bytes),
      [this, link_chunk, departed = std::move(departed)] { when_departed(link_chunk, departed); });
}

void TcpSender::when_departed(std::uint64_t link_chunk, std::function<void()> departed) {
  const Time now =
      loop_.now();  // before the link is asked: what is past by then cannot move any more
  const Time end = link_.delivery(flow_, link_chunk).end;
  if (end <= now) return departed();
  loop_.at(end, [this, link_chunk, departed = std::move(departed)] {
    when_departed(link_chunk, departed);  // other flows may have moved the moment
  });
}

void TcpSender::end(const Job& job, std::vector<std::uint64_t> digests) {
  const auto* bytes = reinterpret_cast<const char*>(digests.data());
  std::string payload(bytes, bytes + digests.size() * sizeof(std::uint64_t));
  connection_->send({.type = MessageType::end, .job = job.id}, std::move(payload));
}

namespace {

/// Whether a job's manifest is one, and from the sender that it came from.
bool is_manifest(const nlohmann::json& json, std::uint64_t id, std::uint32_t sender) {
  try {
    const Job job = json.get<Job>();
    return job.id == id && job.prefill_worker == sender && job.tokens() > 0;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

TcpReceiver::TcpReceiver(EventLoop& loop, SharedLink& link, std::uint32_t receiver,
                         std::uint32_t senders, StagingPlan staging, SlotMemory slots,
                         std::string secret)
    : loop_(loop),
      link_(link),
      receiver_(receiver),
      staging_(staging),
      slots_(std::move(slots)),
      secret_(std::move(secret)),
      peers_(senders) {
  const std::uint32_t each = staging.credits_per_sender(senders);
  for (std::uint32_t sender = 0; sender < senders; ++sender)
    for (std::uint32_t i = 0; i < each; ++i) peers_[sender].free_slots.push_back(sender * each + i);
}

void TcpReceiver::accept(std::shared_ptr<Connection> connection) {
  auto hello = std::make_shared<std::string>(secret_.size(), '\0');
  auto sender = std::make_shared<std::optional<std::uint32_t>>();
  auto* raw = connection.get();  // the handlers live in the connection
  connection->start(
      {.place = [this, hello, sender](const MessageHeader& header) -> std::span<std::byte> {
         if (*sender) return place(peers_[**sender], header);
         if (header.type != MessageType::hello || header.payload_bytes != hello->size() ||
             header.index >= peers_.size() || peers_[header.index].connection)
           throw ProtocolError("a connection did not begin with a proper hello");
         return std::as_writable_bytes(std::span(*hello));
       },
       .message =
           [this, hello, sender, raw](const MessageHeader& header, std::span<std::byte> payload) {
             if (*sender) return receive(**sender, header, payload);
             if (*hello != secret_) return raw->close("a connection did not know the run's secret");
             *sender = header.index;
             peers_[header.index].connection = raw->shared_from_this();
           },
       .closed =
           [this, sender](const std::string& reason) {
             if (!*sender) return;  // a stranger
             peers_[**sender].connection.reset();
             on_lost(**sender, reason);
           }});
}

std::span<std::byte> TcpReceiver::place(Peer& peer, const MessageHeader& header) {
  if (header.type == MessageType::chunk) {
    if (peer.free_slots.empty()) throw ProtocolError("a sender sent a chunk without a credit");
    if (header.payload_bytes > staging_.slot_bytes)
      throw ProtocolError(
          fmt::format("a chunk of {} bytes is larger than a slot", header.payload_bytes));
    peer.incoming_slot = peer.free_slots.back();
    peer.free_slots.pop_back();
    return slots_(peer.incoming_slot).first(header.payload_bytes);
  }
  constexpr std::uint64_t kMaxText = 16 << 20;
  if (header.type != MessageType::begin && header.type != MessageType::end)
    throw ProtocolError(
        fmt::format("a prefill worker sent message type {}", static_cast<int>(header.type)));
  if (header.payload_bytes > kMaxText) throw ProtocolError("a manifest is too long");
  peer.incoming_text.assign(header.payload_bytes, '\0');
  return std::as_writable_bytes(std::span(peer.incoming_text));
}

void TcpReceiver::receive(std::uint32_t sender, const MessageHeader& header,
                          std::span<std::byte> payload) {
  Peer& peer = peers_[sender];
  if (header.type == MessageType::begin) {
    const auto manifest = nlohmann::json::parse(peer.incoming_text, nullptr, false);
    if (!is_manifest(manifest, header.job, sender) || jobs_.contains(header.job))
      return peer.connection->close(fmt::format("job {} did not begin properly", header.job));
    return on_begin(jobs_.emplace(header.job, manifest.get<Job>()).first->second);
  }
  const auto job = jobs_.find(header.job);
  if (job == jobs_.end())
    return peer.connection->close(fmt::format("job {} never began", header.job));
  if (header.type == MessageType::end) {
    std::vector<std::uint64_t> digests(payload.size() / sizeof(std::uint64_t));
    const auto bytes = std::as_writable_bytes(std::span(digests));
    std::ranges::copy(payload.first(bytes.size()), bytes.begin());
    return on_end(job->second, std::move(digests));
  }
  peer.waiting.push_back({.job = header.job,
                          .link_chunk = header.link_chunk,
                          .chunk = {.index = header.index,
                                    .slot = peer.incoming_slot,
                                    .payload_bytes = header.payload_bytes,
                                    .wire = {},
                                    .packed = header.ready}});
  if (peer.waiting.size() == 1) look(sender);
}

void TcpReceiver::look(std::uint32_t sender) {
  constexpr Time kLongestWait{5'000'000};  // another flow's offer may bring the moment forward
  Peer& peer = peers_[sender];
  while (!peer.waiting.empty()) {
    Waiting& head = peer.waiting.front();
    const Time now =
        loop_.now();  // before the link is asked: what is past by then cannot move any more
    head.chunk.wire = link_.delivery({sender, receiver_}, head.link_chunk);
    if (head.chunk.wire.arrival > now) {
      loop_.at(std::min(head.chunk.wire.arrival, now + kLongestWait),
               [this, sender] { look(sender); });
      return;
    }
    const Waiting arrived = head;
    peer.waiting.pop_front();
    on_chunk(jobs_.at(arrived.job), arrived.chunk);
  }
}

void TcpReceiver::release(std::uint32_t prefill_worker, std::uint32_t slot) {
  Peer& peer = peers_[prefill_worker];
  peer.free_slots.push_back(slot);
  if (peer.connection) peer.connection->send({.type = MessageType::credit});
}

void TcpReceiver::applied(const Job& job) {
  Peer& peer = peers_[job.prefill_worker];
  if (peer.connection) peer.connection->send({.type = MessageType::applied, .job = job.id});
  jobs_.erase(job.id);
}

}  // namespace splitbench
