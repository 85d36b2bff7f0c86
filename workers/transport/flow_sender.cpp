#include "workers/transport/flow_sender.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <utility>

#include "workers/transport/introduction.hpp"
#include "workers/transport/job_json.hpp"

namespace splitbench {

FlowSender::FlowSender(asio::io_context& io, EventLoop& loop, SharedLink& link, FlowId flow,
                       FlowOptions options, SlotMemory slots)
    : io_(io),
      loop_(loop),
      link_(link),
      flow_(flow),
      options_(std::move(options)),
      all_credits_(options_.credits),
      slots_(make_sender_slots(options_, loop, std::move(slots))) {}

FlowSender::~FlowSender() {
  for (const auto& stream : streams_)
    if (stream) stream->close("its sender ends");
}

void FlowSender::connect(const asio::ip::tcp::endpoint& target, std::uint64_t session) {
  if (!lost_) lose(session_, "a new session begins");
  target_ = target;
  session_ = session;
  lost_ = up_ = false;
  opened_ = 0;
  granted_ = sent_ = 0;
  awaited_.clear();
  streams_.assign(options_.transport.streams, nullptr);
  link_.abandon_now(flow_);  // an end of the flow may have died without closing it
  for (std::uint32_t stream = 0; stream < streams_.size(); ++stream) call(stream, {});
}

void FlowSender::call(std::uint32_t stream, const CallAttempts& attempts) {
  auto socket = std::make_shared<asio::ip::tcp::socket>(io_, target_.protocol());
  prefer_cubic(socket->native_handle());
  socket->async_connect(
      target_, [this, socket, stream, attempts, session = session_](std::error_code error) {
        if (session != session_ || lost_) return;
        if (error) return lose(session, attempts.first_reason("connect: " + error.message()));
        open(stream, attempts, std::move(*socket));
      });
  loop_.after(options_.silence, [weak = std::weak_ptr(socket)] {
    if (const auto late = weak.lock()) late->close();
  });
}

void FlowSender::open(std::uint32_t stream, const CallAttempts& attempts,
                      asio::ip::tcp::socket socket) {
  auto& connection = streams_[stream];
  ConnectionOptions options = options_.connection();
  options.pacing = options_.pacing;
  connection = std::make_shared<Connection>(std::move(socket), options);
  const Introduction introduction{.worker = flow_.sender,
                                  .stream = stream,
                                  .streams = static_cast<std::uint32_t>(streams_.size()),
                                  .first_chunk = link_.offered(flow_),
                                  .terms = options_.terms};
  const auto session = session_;
  connection->call(options_.secret, session, to_text(introduction),
                   {.opened =
                        [this, session](const std::string&) {
                          if (session == session_ && ++opened_ == streams_.size()) opened();
                        },
                    .place =
                        [](const MessageHeader& header) {
                          if (header.payload_bytes > 0)
                            throw ProtocolError("an answer to a sender has a payload");
                          return std::span<std::byte>();
                        },
                    .message =
                        [this, session](const MessageHeader& header, auto) {
                          if (session == session_ && !lost_) receive(header);
                        },
                    .duplicate = {},
                    .closed =
                        [this, session, stream, attempts](const std::string& why) {
                          if (session == session_ && !lost_) closed(stream, attempts, why);
                        }});
}

void FlowSender::closed(std::uint32_t stream, CallAttempts attempts, const std::string& why) {
  if (!streams_[stream]->was_turned_away()) return lose(session_, why);
  const auto pause = attempts.turned_away(why);
  if (!pause) return lose(session_, attempts.first_reason(why));
  loop_.after(*pause, [this, session = session_, stream, attempts] {
    if (session == session_ && !lost_) call(stream, attempts);
  });
}

void FlowSender::opened() {
  if (granted_ == 0 || lost_) return;  // called again with the receiver's first grant
  up_ = true;
  first_grant_ = granted_;
  watch_credits(session_);
  on_up(session_);
  on_credit();
}

void FlowSender::receive(const MessageHeader& header) {
  if (header.type == MessageType::credit) {
    take_credit(header);
    if (up_)
      on_credit();
    else if (opened_ == streams_.size())
      opened();
  } else if (header.type == MessageType::applied) {
    on_applied(header.job);
  } else {
    throw ProtocolError(
        fmt::format("a decode worker sent message type {}", static_cast<int>(header.type)));
  }
}

void FlowSender::take_credit(const MessageHeader& header) {
  const std::uint64_t granted = header.link_chunk;
  const bool possible = granted >= granted_ && granted <= sent_ + all_credits_;
  if (!possible || !slots_->take_credit(granted_, header))
    throw ProtocolError(
        fmt::format("credits of {} after {}, with {} chunks sent", granted, granted_, sent_));
  granted_ = granted;
}

void FlowSender::lose(std::uint64_t session, const std::string& why) {
  if (session != session_ || std::exchange(lost_, true)) return;
  up_ = false;
  for (const auto& stream : std::exchange(streams_, {}))
    if (stream) stream->close(why);
  link_.abandon_now(flow_);
  for (const auto& [chunk, slot] : std::exchange(departures_, {})) on_departed(slot);
  on_lost(session, why);
}

void FlowSender::inject(ConnectionFault fault) {
  if (up_) streams_.front()->inject(fault);
}

Destination FlowSender::destination(std::uint32_t slot) {
  return {.slot = slots_->memory(slot), .pool = pool_};
}

void FlowSender::begin(const Job& job) {
  if (up_)
    streams_.front()->send({.type = MessageType::begin, .job = job.id}, nlohmann::json(job).dump());
}

void FlowSender::send(const Job& job, std::uint32_t index, std::uint32_t slot,
                      std::uint64_t payload_bytes, Time packed) {
  assert(credits() > 0);
  ++sent_;
  const std::uint64_t link_chunk = link_.offer_now(flow_, payload_bytes + kMessageHeaderBytes);
  departures_.emplace(link_chunk, slot);
  awaited_.push_back({.credits = first_grant_ + sent_, .link_chunk = link_chunk});
  const MessageHeader header{.type = MessageType::chunk,
                             .index = index,
                             .job = job.id,
                             .link_chunk = link_chunk,
                             .ready = packed};
  const std::uint32_t number = slots_->take_out(slot);
  if (options_.transport.shaping == Shaping::receiver) return write(header, number, payload_bytes);
  hold(header, number, payload_bytes);
}

void FlowSender::hold(const MessageHeader& header, std::uint32_t number,
                      std::uint64_t payload_bytes) {
  const Time now = loop_.now();
  const Time arrival = link_.delivery(flow_, header.link_chunk).arrival;
  if (arrival <= now) return write(header, number, payload_bytes);
  loop_.at(arrival, [this, session = session_, header, number, payload_bytes] {
    if (session == session_ && up_) hold(header, number, payload_bytes);
  });
}

void FlowSender::write(const MessageHeader& header, std::uint32_t number,
                       std::uint64_t payload_bytes) {
  const auto least = std::ranges::min_element(
      streams_, {}, [](const auto& stream) { return stream->queued_bytes(); });
  slots_->write(**least, header, number, payload_bytes,
                [this, session = session_, chunk = header.link_chunk] {
                  if (session == session_ && !lost_) look(chunk);
                });
}

void FlowSender::look(std::uint64_t link_chunk) {
  const Time now =
      loop_.now();  // read before the link is asked: moments that are past then no longer change
  const Time end = link_.delivery(flow_, link_chunk).end;
  if (end > now) {
    loop_.at(end, [this, session = session_, link_chunk] {
      if (session == session_ && !lost_) look(link_chunk);  // other flows may have moved the end
    });
    return;
  }
  on_departed(departures_.extract(link_chunk).mapped());
}

void FlowSender::watch_credits(std::uint64_t session) {
  if (session != session_ || lost_) return;
  while (!awaited_.empty() && awaited_.front().credits <= granted_) awaited_.pop_front();
  if (!awaited_.empty()) {
    const Time arrival = link_.delivery(flow_, awaited_.front().link_chunk).arrival;
    if (arrival < loop_.now() - options_.silence)
      return lose(session, fmt::format("the remote end has not taken a chunk for {} s",
                                       std::chrono::duration<double>(options_.silence).count()));
  }
  loop_.after(options_.silence / 8, [this, session] { watch_credits(session); });
}

void FlowSender::end(const Job& job, std::vector<std::uint64_t> digests) {
  if (!up_) return;
  const auto* bytes = reinterpret_cast<const char*>(digests.data());
  std::string payload(bytes, bytes + digests.size() * sizeof(std::uint64_t));
  streams_.front()->send({.type = MessageType::end, .job = job.id}, std::move(payload));
}

void FlowSender::cancel(const Job& job) {
  if (up_)
    streams_.front()->send(
        {.type = MessageType::cancel, .job = job.id, .link_chunk = link_.offered(flow_)});
}

}  // namespace splitbench
