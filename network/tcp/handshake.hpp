#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "network/tcp/message.hpp"

namespace splitbench {

/// The secret of one run, which its processes know and nobody else does; a new one is drawn for
/// each run. It can be read by hex() alone, and its memory is wiped when it is destroyed.
class Secret {
 public:
  static constexpr std::size_t kBytes = 32;
  static constexpr std::size_t kDigits = 2 * kBytes;  ///< length of the text that hex() returns
  static constexpr std::size_t kProofBytes = 32;

  /// Returns a new random secret. Throws std::runtime_error if there is no source of random
  /// numbers.
  static Secret make();
  /// Returns the secret that hex() wrote. Throws std::invalid_argument, without the text, for
  /// anything but 64 hexadecimal digits.
  static Secret from_hex(std::string_view);
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;

  /// Returns kDigits hexadecimal digits, for the standard input of a child process.
  std::string hex() const;

  /// Returns the HMAC-SHA512-256 of these words, kProofBytes long: only a process that knows the
  /// secret can make it.
  std::string proof(std::string_view words) const;
  /// Returns whether this is the proof of these words. Takes as long for a wrong proof as for the
  /// right one.
  bool proves(std::string_view proof, std::string_view words) const;

 private:
  Secret() = default;
  std::array<unsigned char, kBytes> bytes_{};
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

/// A number that never comes again, so that nothing sent in one handshake is of use in another.
using Nonce = std::array<char, 32>;
/// Returns a new random nonce. Throws std::runtime_error if there is no source of random numbers.
Nonce make_nonce();

struct HandshakeMessage {
  MessageType type;
  std::string payload;
};

/// The mutual authentication of two processes of one run, without I/O; drawn in
/// network/PROTOCOL.md. Each proves to the other that it knows the run's secret, and sends nothing
/// that reveals it. A caller that does not know the secret receives the acceptor's nonce and no
/// more; an acceptor that does not know it receives the caller's hello, with the introduction in
/// the clear. Not thread-safe.
class Handshake {
 public:
  /// Returns the reason to reject a caller that introduces itself so, or an empty string.
  using Admission = std::function<std::string(const std::string& introduction)>;

  static constexpr std::size_t kMaxPayloadBytes = 4096;
  static constexpr std::size_t kMaxIntroductionBytes =
      kMaxPayloadBytes - sizeof(Nonce) - Secret::kProofBytes;

  /// Returns the side that called. Throws std::length_error for an introduction above
  /// kMaxIntroductionBytes.
  static Handshake caller(const Secret&, std::string introduction, Nonce = make_nonce());
  /// Returns the side that accepted, which asks the admission about an authenticated caller.
  static Handshake acceptor(const Secret&, Admission, Nonce = make_nonce());

  /// Returns the message that this side sends before it has received any: the acceptor's challenge.
  std::optional<HandshakeMessage> start() const;
  /// Returns the answer to a message, if there is one. Throws ProtocolError if the remote end does
  /// not belong to the run, refuses this side, or sends a message out of turn: the connection is
  /// then to be closed without an answer.
  std::optional<HandshakeMessage> receive(MessageType, std::string_view payload);

  bool done() const { return stage_ == Stage::done; }
  /// Returns why the acceptor has refused an authenticated caller, as its answer says; else empty.
  const std::string& refusal() const { return refusal_; }
  /// Returns the caller's introduction: on the caller's side its own, on the acceptor's the one
  /// that it received, once the handshake is done.
  const std::string& introduction() const { return introduction_; }

 private:
  enum class Stage { awaits_challenge, awaits_hello, awaits_welcome, done, refused };

  Handshake(const Secret&, Stage, Nonce);
  HandshakeMessage make_hello(std::string_view challenge);
  HandshakeMessage answer_hello(std::string_view hello);
  void read_welcome(std::string_view proof) const;
  void read_refusal(std::string_view payload) const;

  Secret secret_;
  Stage stage_;
  Nonce own_;
  Nonce remote_{};
  Admission admission_;
  std::string introduction_;
  std::string refusal_;
};

}  // namespace splitbench
