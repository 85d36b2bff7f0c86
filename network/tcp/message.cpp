#include "network/tcp/message.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <fmt/format.h>
#include <utility>
#include <xxhash.h>

namespace splitbench {

namespace {

using HeaderBytes = std::array<std::byte, kMessageHeaderBytes>;

constexpr std::uint32_t kMagic = 0x42505353;  // "SSPB"
constexpr std::uint16_t kHashed = 1;
static_assert(std::endian::native == std::endian::little,
              "fields are copied as they lie in memory");

// The offsets of the fields; drawn in PROTOCOL.md.
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 5;
constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kPayloadBytesAt = 8;
constexpr std::size_t kIndexAt = 12;
constexpr std::size_t kSessionAt = 16;
constexpr std::size_t kJobAt = 24;
constexpr std::size_t kLinkChunkAt = 32;
constexpr std::size_t kReadyAt = 40;
constexpr std::size_t kPayloadHashAt = 48;
constexpr std::size_t kSequenceAt = 56;
constexpr std::size_t kChecksumAt = 60;

template <class T>
void put(std::span<std::byte> bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t checksum(std::span<const std::byte, kMessageHeaderBytes> bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), kChecksumAt));
}

}  // namespace

std::string_view name(MessageType type) {
  constexpr std::string_view kNames[] = {"unknown", "control", "challenge", "hello", "welcome",
                                         "refuse",  "begin",   "chunk",     "end",   "cancel",
                                         "credit",  "applied", "ping"};
  const auto number = static_cast<std::size_t>(type);
  return kNames[number < std::size(kNames) ? number : 0];
}

std::uint64_t payload_hash(std::span<const std::byte> payload) {
  return XXH3_64bits(payload.data(), payload.size());
}

struct PayloadHash::State {
  XXH3_state_t xxh3;
};

PayloadHash::PayloadHash() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->xxh3);
}

PayloadHash::~PayloadHash() = default;

void PayloadHash::add(std::span<const std::byte> piece) {
  XXH3_64bits_update(&state_->xxh3, piece.data(), piece.size());
}

std::uint64_t PayloadHash::value() const {
  return XXH3_64bits_digest(&state_->xxh3);
}

void put_payload_hash(std::span<std::byte, kMessageHeaderBytes> header, std::uint64_t hash) {
  put(header, kPayloadHashAt, hash);
  put(header, kChecksumAt, checksum(header));
}

HeaderBytes encode_header(const MessageHeader& header) {
  HeaderBytes bytes{};
  put(bytes, kMagicAt, kMagic);
  put(bytes, kVersionAt, kProtocolVersion);
  put(bytes, kTypeAt, header.type);
  put(bytes, kFlagsAt, header.hashed ? kHashed : std::uint16_t{0});
  put(bytes, kPayloadBytesAt, header.payload_bytes);
  put(bytes, kIndexAt, header.index);
  put(bytes, kSessionAt, header.session);
  put(bytes, kJobAt, header.job);
  put(bytes, kLinkChunkAt, header.link_chunk);
  put(bytes, kReadyAt, std::int64_t{header.ready.count()});
  put(bytes, kPayloadHashAt, header.payload_hash);
  put(bytes, kSequenceAt, header.sequence);
  put(bytes, kChecksumAt, checksum(bytes));
  return bytes;
}

void check_start(std::span<const std::byte> bytes) {
  if (bytes.size() <= kVersionAt) return;
  if (const auto magic = get<std::uint32_t>(bytes, kMagicAt); magic != kMagic)
    throw ProtocolError(fmt::format("message begins with {:08x}, not with {:08x}", magic, kMagic));
  if (const auto version = get<std::uint8_t>(bytes, kVersionAt); version != kProtocolVersion)
    throw ProtocolError(
        fmt::format("the remote end speaks version {} of the protocol, this side {}", version,
                    kProtocolVersion));
}

MessageHeader decode_header(std::span<const std::byte, kMessageHeaderBytes> bytes) {
  check_start(bytes);
  if (get<std::uint32_t>(bytes, kChecksumAt) != checksum(bytes))
    throw ProtocolError("message header does not match its checksum");
  const auto type = get<std::uint8_t>(bytes, kTypeAt);
  if (type < 1 || type > static_cast<std::uint8_t>(MessageType::ping))
    throw ProtocolError(fmt::format("unknown message type {}", type));
  const auto flags = get<std::uint16_t>(bytes, kFlagsAt);
  if ((flags & ~kHashed) != 0)
    throw ProtocolError(fmt::format("unknown message flags {:#x}", flags));

  const MessageHeader header{.type = static_cast<MessageType>(type),
                             .payload_bytes = get<std::uint32_t>(bytes, kPayloadBytesAt),
                             .index = get<std::uint32_t>(bytes, kIndexAt),
                             .payload_hash = get<std::uint64_t>(bytes, kPayloadHashAt),
                             .hashed = flags == kHashed,
                             .job = get<std::uint64_t>(bytes, kJobAt),
                             .link_chunk = get<std::uint64_t>(bytes, kLinkChunkAt),
                             .ready = std::chrono::nanoseconds(get<std::int64_t>(bytes, kReadyAt)),
                             .session = get<std::uint64_t>(bytes, kSessionAt),
                             .sequence = get<std::uint32_t>(bytes, kSequenceAt)};
  if (header.payload_bytes > kMaxPayloadBytes)
    throw ProtocolError(fmt::format("payload of {} bytes, at most {} are taken",
                                    header.payload_bytes, kMaxPayloadBytes));
  if (!header.hashed && header.payload_hash != 0)
    throw ProtocolError("message header has a payload hash without its flag");
  return header;
}

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
