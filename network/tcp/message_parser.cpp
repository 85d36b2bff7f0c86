#include "network/tcp/message_parser.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <utility>

namespace splitbench {

MessageParser::MessageParser(Handlers handlers) : handlers_(std::move(handlers)) {}

std::span<std::byte> MessageParser::wanted() {
  if (header_filled_ < kMessageHeaderBytes) return std::span(header_bytes_).subspan(header_filled_);
  if (!duplicate_) return payload_.last(payload_left_);
  constexpr std::size_t kScratchBytes = 64 << 10;
  scratch_.resize(kScratchBytes);
  return std::span(scratch_).first(std::min(payload_left_, kScratchBytes));
}

void MessageParser::filled(std::size_t bytes) {
  if (header_filled_ < kMessageHeaderBytes) {
    header_filled_ += bytes;
    assert(header_filled_ <= kMessageHeaderBytes);
    if (header_filled_ < kMessageHeaderBytes)
      return check_start(std::span(header_bytes_).first(header_filled_));
    begin();
  } else {
    assert(bytes <= payload_left_);
    payload_left_ -= bytes;
  }
  if (payload_left_ == 0) end();
}

MessageParser::Payload MessageParser::payload() const {
  if (header_filled_ < kMessageHeaderBytes || duplicate_) return {};
  return {.bytes = payload_, .left = payload_left_, .hashed = header_.hashed};
}

void MessageParser::filled_payload(std::uint64_t hash) {
  assert(payload().left > 0);
  payload_left_ = 0;
  end(hash);
}

void MessageParser::begin() {
  header_ = decode_header(header_bytes_);
  if (session_ && header_.session != *session_)
    throw ProtocolError(
        fmt::format("message of session {} in session {}", header_.session, *session_));
  if (header_.sequence > expected_)
    throw ProtocolError(
        fmt::format("message {} came where {} was expected", header_.sequence, expected_));
  duplicate_ = header_.sequence < expected_;
  payload_left_ = header_.payload_bytes;
  if (duplicate_) {
    if (handlers_.duplicate) handlers_.duplicate(header_);
    return;
  }
  payload_ = handlers_.place(header_);
  assert(payload_.size() == header_.payload_bytes);
}

void MessageParser::end() {
  if (std::exchange(duplicate_, false))
    header_filled_ = 0;
  else
    end(header_.hashed ? payload_hash(payload_) : 0);
}

void MessageParser::end(std::uint64_t hash) {
  header_filled_ = 0;
  if (header_.hashed && hash != header_.payload_hash)
    throw ProtocolError(fmt::format("payload of {}, job {}, index {}, does not match its hash",
                                    name(header_.type), header_.job, header_.index));
  ++expected_;
  handlers_.message(header_, payload_);
}

}  // namespace splitbench
