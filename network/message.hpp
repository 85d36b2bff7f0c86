#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace splitbench {

/// What the peer sent does not follow network/PROTOCOL.md.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class MessageType : std::uint8_t {
  control = 1,  ///< payload: one JSON object; the only type on a control connection
  hello = 2,    ///< first on a data connection: who is calling; payload: the run's secret
  begin = 3,    ///< a job's transfer starts; payload: its manifest
  chunk = 4,    ///< payload: bytes of the job's KV, as the arm sends them
  end = 5,      ///< every chunk was sent; payload: the digests of the raw KV
  credit = 6,   ///< the receiver has freed a slot
  applied = 7,  ///< the job's KV is installed and, unless verify is off, verified
};

/// The header of every message; 48 bytes on the wire, laid out in network/PROTOCOL.md.
struct MessageHeader {
  MessageType type = MessageType::control;
  std::uint32_t index = 0;  ///< chunk: its number in the job; hello: the sender's number
  std::uint64_t payload_bytes = 0;
  std::uint64_t job = 0;
  std::uint64_t link_chunk = 0;       ///< chunk: its number in the link's flow
  std::chrono::nanoseconds ready{0};  ///< chunk: when it stood in the sender's staging memory

  bool operator==(const MessageHeader&) const = default;
};

inline constexpr std::size_t kMessageHeaderBytes = 48;
inline constexpr std::uint64_t kMaxPayloadBytes = std::uint64_t{1} << 30;

std::array<std::byte, kMessageHeaderBytes> encode_header(const MessageHeader&);

/// Throws ProtocolError for an unknown magic, version or type, a wrong checksum, or a payload above
/// kMaxPayloadBytes: nothing of a refused header is to be used.
MessageHeader decode_header(std::span<const std::byte, kMessageHeaderBytes>);

}  // namespace splitbench
