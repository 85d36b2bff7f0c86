#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace splitbench {

/// What the peer sent does not follow network/PROTOCOL.md.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class MessageType : std::uint8_t {
  control = 1,    ///< payload: one JSON object; the only type on an open control connection
  challenge = 2,  ///< first on every connection, from the side that accepted it
  hello = 3,      ///< from the side that called: who it is, and the proof that it may call
  welcome = 4,    ///< the proof that the side that accepted it belongs to the run too
  refuse = 5,     ///< why an authenticated caller is not taken
  begin = 6,      ///< a job's transfer starts; payload: its manifest
  chunk = 7,      ///< payload: bytes of the job's KV, as the arm sends them
  end = 8,        ///< every chunk was sent; payload: the digests of the raw KV
  cancel = 9,     ///< the rest of the job's chunks will not come
  credit = 10,    ///< how many slots the receiver has granted
  applied = 11,   ///< the job's KV is installed and, unless verify is off, verified
  ping = 12,      ///< this side lives, and has nothing else to say
};

/// As network/PROTOCOL.md calls it.
std::string_view name(MessageType);

/// The header of every message; 64 bytes on the wire, laid out in network/PROTOCOL.md.
struct MessageHeader {
  MessageType type = MessageType::control;
  std::uint32_t payload_bytes = 0;  ///< filled by Connection, as are hash, session and sequence
  std::uint32_t index = 0;          ///< chunk: its number in the job
  std::uint64_t payload_hash = 0;   ///< XXH3-64 of the payload when `hashed`, else 0
  bool hashed = false;
  std::uint64_t job = 0;
  /// chunk: its number in the link's flow; cancel: chunks that the flow had offered so far; credit:
  /// slots granted since the session began, a sum that never falls.
  std::uint64_t link_chunk = 0;
  std::chrono::nanoseconds ready{0};  ///< chunk: when it stood in the sender's staging memory
  std::uint64_t session = 0;          ///< of the connection, named in its handshake; 0 before
  std::uint32_t sequence = 0;         ///< of the message in its connection and direction, from 0

  bool operator==(const MessageHeader&) const = default;
};

inline constexpr std::uint8_t kProtocolVersion = 2;
inline constexpr std::size_t kMessageHeaderBytes = 64;
inline constexpr std::uint64_t kMaxPayloadBytes = std::uint64_t{1} << 30;

std::array<std::byte, kMessageHeaderBytes> encode_header(const MessageHeader&);

/// Throws ProtocolError where the first bytes of a header, five of them or more, show that another
/// protocol or another version is spoken. A newer version may have another header: nothing behind
/// its version says anything.
void check_start(std::span<const std::byte>);

/// Throws ProtocolError for another magic or version, a wrong checksum, an unknown type or flag, a
/// payload above kMaxPayloadBytes, or a hash without its flag: nothing of a refused header is to be
/// used.
MessageHeader decode_header(std::span<const std::byte, kMessageHeaderBytes>);

/// What payload_hash is of these bytes.
std::uint64_t payload_hash(std::span<const std::byte>);

/// The same of a payload that comes in pieces.
class PayloadHash {
 public:
  PayloadHash();
  ~PayloadHash();

  void add(std::span<const std::byte>);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes the hash into an encoded header that is flagged to have one.
void put_payload_hash(std::span<std::byte, kMessageHeaderBytes>, std::uint64_t hash);

/// Bytes in, messages out, without I/O: it says where the next bytes belong, so that payloads are
/// read straight to where they shall lie. However a stream is cut into pieces, the same happens.
class MessageParser {
 public:
  struct Handlers {
    /// Where the payload of an announced message shall go; exactly header.payload_bytes of it.
    /// May throw ProtocolError, as may the others.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// The payload lies there, and matches its hash if it has one.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Optional: a message came again. Its payload is about to be thrown away.
    std::function<void(const MessageHeader&)> duplicate;
  };

  explicit MessageParser(Handlers);

  /// Where the next bytes belong; never empty.
  std::span<std::byte> wanted();
  /// That many of them have come. Runs handlers; throws ProtocolError, after which the parser is
  /// not to be used.
  void filled(std::size_t bytes);

  /// A payload on its way to its place, the first bytes of which have come.
  struct Payload {
    std::span<std::byte> bytes;
    std::size_t left = 0;
    bool hashed = false;
  };
  /// None between payloads, and none of a duplicate, which has no place.
  Payload payload() const;
  /// All that was left of that payload has come, and this is the hash of the whole, if it has one.
  /// As filled().
  void filled_payload(std::uint64_t hash);

  /// Nothing of a message has come that has not come whole.
  bool idle() const { return header_filled_ == 0; }
  /// From now on headers must carry this session: nothing of an earlier one is taken.
  void expect_session(std::uint64_t session) { session_ = session; }

 private:
  void begin();
  void end();
  void end(std::uint64_t hash);

  Handlers handlers_;
  std::array<std::byte, kMessageHeaderBytes> header_bytes_;
  std::size_t header_filled_ = 0;
  MessageHeader header_;
  std::span<std::byte> payload_;
  std::size_t payload_left_ = 0;
  bool duplicate_ = false;          // what comes is thrown away
  std::vector<std::byte> scratch_;  // where to; a slot is not spent on it
  std::optional<std::uint64_t> session_;
  std::uint32_t expected_ = 0;
};

}  // namespace splitbench
