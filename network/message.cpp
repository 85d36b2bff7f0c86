#include "network/message.hpp"

#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <xxhash.h>

namespace splitbench {
namespace {

constexpr std::uint32_t kMagic = 0x42505353;  // "SSPB"
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumAt = 44;
static_assert(std::endian::native == std::endian::little,
              "fields are copied as they lie in memory");

template <class T>
void put(std::array<std::byte, kMessageHeaderBytes>& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<const std::byte, kMessageHeaderBytes> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t checksum(std::span<const std::byte, kMessageHeaderBytes> bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), kChecksumAt));
}

}  // namespace

std::array<std::byte, kMessageHeaderBytes> encode_header(const MessageHeader& header) {
  std::array<std::byte, kMessageHeaderBytes> bytes{};
  put(bytes, 0, kMagic);
  put(bytes, 4, kVersion);
  put(bytes, 5, header.type);
  put(bytes, 8, header.payload_bytes);
  put(bytes, 16, header.job);
  put(bytes, 24, header.link_chunk);
  put(bytes, 32, std::int64_t{header.ready.count()});
  put(bytes, 40, header.index);
  put(bytes, kChecksumAt, checksum(bytes));
  return bytes;
}

MessageHeader decode_header(std::span<const std::byte, kMessageHeaderBytes> bytes) {
  if (const auto magic = get<std::uint32_t>(bytes, 0); magic != kMagic)
    throw ProtocolError(fmt::format("message begins with {:08x}, not with {:08x}", magic, kMagic));
  if (get<std::uint32_t>(bytes, kChecksumAt) != checksum(bytes))
    throw ProtocolError("message header does not match its checksum");
  if (const auto version = get<std::uint8_t>(bytes, 4); version != kVersion)
    throw ProtocolError(
        fmt::format("message of version {}, this side speaks {}", version, kVersion));
  const auto type = get<std::uint8_t>(bytes, 5);
  if (type < 1 || type > 7) throw ProtocolError(fmt::format("unknown message type {}", type));
  if (get<std::uint16_t>(bytes, 6) != 0) throw ProtocolError("reserved bits of a message are set");

  const MessageHeader header{.type = static_cast<MessageType>(type),
                             .index = get<std::uint32_t>(bytes, 40),
                             .payload_bytes = get<std::uint64_t>(bytes, 8),
                             .job = get<std::uint64_t>(bytes, 16),
                             .link_chunk = get<std::uint64_t>(bytes, 24),
                             .ready = std::chrono::nanoseconds(get<std::int64_t>(bytes, 32))};
  if (header.payload_bytes > kMaxPayloadBytes)
    throw ProtocolError(fmt::format("payload of {} bytes, at most {} are taken",
                                    header.payload_bytes, kMaxPayloadBytes));
  return header;
}

}  // namespace splitbench
