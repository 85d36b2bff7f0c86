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

/// The remote end sent something that does not follow network/PROTOCOL.md.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class MessageType : std::uint8_t {
  control = 1,    ///< payload: one JSON object; the only type on an open control connection
  challenge = 2,  ///< first message of every connection, sent by the side that accepted it
  hello = 3,      ///< sent by the side that called: who it is, and the proof that it may call
  welcome = 4,    ///< proof that the side that accepted the connection belongs to the run, too
  refuse = 5,     ///< reason why an authenticated caller is rejected
  begin = 6,      ///< a job's transfer starts; payload: its manifest
  chunk = 7,      ///< payload: bytes of the job's KV, as the arm sends them
  end = 8,        ///< every chunk was sent; payload: the digests of the raw KV
  cancel = 9,     ///< the rest of the job's chunks will not come
  credit = 10,    ///< number of slots that the receiver has granted
  applied = 11,   ///< the job's KV is installed and, unless verify is off, verified
  ping = 12,      ///< this side is alive and has nothing else to send
};

/// Returns the name of the type in network/PROTOCOL.md; "unknown" for any other number.
std::string_view name(MessageType);

/// The header of every message. It takes kMessageHeaderBytes on the wire, laid out in
/// network/PROTOCOL.md.
struct MessageHeader {
  MessageType type = MessageType::control;
  std::uint32_t payload_bytes = 0;  ///< set by Connection, as are hash, session and sequence
  std::uint32_t index = 0;          ///< chunk: its number in the job
  std::uint64_t payload_hash = 0;   ///< XXH3-64 of the payload when `hashed`, else 0
  bool hashed = false;
  std::uint64_t job = 0;
  /// The meaning depends on the type. chunk: its number in the link's flow; cancel: number of
  /// chunks that the flow had offered so far; credit: number of slots granted since the session
  /// began, a sum that never falls.
  std::uint64_t link_chunk = 0;
  /// The time when a chunk stood in the sender's staging memory, on CLOCK_MONOTONIC.
  std::chrono::nanoseconds ready{0};
  std::uint64_t session = 0;   ///< session of the connection, named in its handshake; 0 before
  std::uint32_t sequence = 0;  ///< number of the message in its connection and direction, from 0

  bool operator==(const MessageHeader&) const = default;
};

inline constexpr std::uint8_t kProtocolVersion = 2;
inline constexpr std::size_t kMessageHeaderBytes = 64;
inline constexpr std::uint64_t kMaxPayloadBytes = std::uint64_t{1} << 30;

/// Returns the header as it goes over the wire, checksum included.
std::array<std::byte, kMessageHeaderBytes> encode_header(const MessageHeader&);

/// Throws ProtocolError if the first bytes of a header, five of them or more, show another protocol
/// or another version. A newer version may have another header, so nothing after the version is
/// looked at.
void check_start(std::span<const std::byte>);

/// Returns the decoded header. Throws ProtocolError for another magic or version, a wrong checksum,
/// an unknown type or flag, a payload above kMaxPayloadBytes, or a hash without its flag: nothing
/// of a refused header is to be used.
MessageHeader decode_header(std::span<const std::byte, kMessageHeaderBytes>);

/// Returns the XXH3-64 hash of these bytes, as it is in MessageHeader::payload_hash.
std::uint64_t payload_hash(std::span<const std::byte>);

/// The hash of a payload that comes in pieces. Not thread-safe.
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

/// Writes the hash, and the checksum that follows from it, into an encoded header that is flagged
/// to have one.
void put_payload_hash(std::span<std::byte, kMessageHeaderBytes>, std::uint64_t hash);

/// Turns a stream of bytes into messages, without I/O: it names the memory where the next bytes
/// belong, so that payloads are read straight to their place. The result does not depend on how the
/// stream is cut into pieces. Not thread-safe.
class MessageParser {
 public:
  struct Handlers {
    /// Returns the memory for the payload of an announced message: exactly header.payload_bytes,
    /// valid until `message` is called with it. May throw ProtocolError, as may the other handlers.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// Called when the payload is in its place and matches its hash, if it has one.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Optional: called when a message comes again; its payload is about to be discarded.
    std::function<void(const MessageHeader&)> duplicate;
  };

  explicit MessageParser(Handlers);

  /// Returns the memory where the next bytes belong; never empty, valid until the next call of
  /// another function.
  std::span<std::byte> wanted();
  /// Notes that the first `bytes` of wanted() have been filled. Runs handlers; throws
  /// ProtocolError, after which the parser is not to be used.
  void filled(std::size_t bytes);

  /// A payload on its way to its place; its header has come.
  struct Payload {
    std::span<std::byte> bytes;
    std::size_t left = 0;  ///< bytes still to come, the last ones of `bytes`
    bool hashed = false;
  };
  /// Returns the payload that is due; an empty one between payloads, and for a duplicate, which has
  /// no place.
  Payload payload() const;
  /// Notes that all that was left of that payload has come; `hash` is the hash of the whole
  /// payload, if it has one. Runs handlers and throws as filled() does.
  void filled_payload(std::uint64_t hash);

  /// Returns whether no message has come in part.
  bool idle() const { return header_filled_ == 0; }
  /// Requires this session of every later header, so that nothing of an earlier session is taken.
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
  bool duplicate_ = false;          // the payload that is due is discarded
  std::vector<std::byte> scratch_;  // takes discarded payloads; a slot is not spent on them
  std::optional<std::uint64_t> session_;
  std::uint32_t expected_ = 0;
};

}  // namespace splitbench
