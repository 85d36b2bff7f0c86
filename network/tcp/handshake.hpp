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

/// What the processes of one run know and nobody else does; it is drawn anew for each run. It
/// leaves by hex() alone, and is wiped from memory behind itself.
class Secret {
 public:
  static constexpr std::size_t kBytes = 32;
  static constexpr std::size_t kProofBytes = 32;

  static Secret make();
  /// Throws std::invalid_argument, without the text, for other than 64 hexadecimal digits.
  static Secret from_hex(std::string_view);
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;

  /// For the environment of a child process.
  std::string hex() const;

  /// Who knows the secret, and nobody else, can say this of these words: HMAC-SHA512-256.
  std::string proof(std::string_view words) const;
  /// Takes as long for a wrong proof as for the right one.
  bool proves(std::string_view proof, std::string_view words) const;

 private:
  Secret() = default;
  std::array<unsigned char, kBytes> bytes_{};
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

/// A number that never comes again, so that nothing said in one handshake is of use in another.
using Nonce = std::array<char, 32>;
Nonce make_nonce();

struct HandshakeMessage {
  MessageType type;
  std::string payload;
};

/// How two processes of one run find out that they are, without I/O; drawn in network/PROTOCOL.md.
/// Each proves to the other that it knows the run's secret, and says nothing that would tell it.
/// Whoever does not know it hears the acceptor's nonce and no more.
class Handshake {
 public:
  /// What is wrong with a caller that introduces itself so; nothing if it is empty.
  using Judge = std::function<std::string(const std::string& introduction)>;

  static constexpr std::size_t kMaxPayloadBytes = 4096;
  static constexpr std::size_t kMaxIntroductionBytes =
      kMaxPayloadBytes - sizeof(Nonce) - Secret::kProofBytes;

  /// Throws std::length_error for an introduction above kMaxIntroductionBytes.
  static Handshake caller(const Secret&, std::string introduction, Nonce = make_nonce());
  static Handshake acceptor(const Secret&, Judge, Nonce = make_nonce());

  /// What this side says before it has heard anything: the acceptor's challenge.
  std::optional<HandshakeMessage> start() const;
  /// What to answer, if anything. Throws ProtocolError where the peer is not one of the run,
  /// refuses this side, or says something at the wrong time: then it is to be left without a word.
  std::optional<HandshakeMessage> receive(MessageType, std::string_view payload);

  bool done() const { return stage_ == Stage::done; }
  /// Why the acceptor has refused an authenticated caller, which its answer says; else empty.
  const std::string& refusal() const { return refusal_; }
  /// The caller's: the peer's to an acceptor, once it is done; its own to a caller.
  const std::string& introduction() const { return introduction_; }

 private:
  enum class Stage { awaits_challenge, awaits_hello, awaits_welcome, done, refused };

  Handshake(const Secret&, Stage, Nonce);
  HandshakeMessage say_hello(std::string_view challenge);
  HandshakeMessage judge(std::string_view hello);
  void hear_welcome(std::string_view proof) const;
  void hear_refusal(std::string_view payload) const;

  Secret secret_;
  Stage stage_;
  Nonce own_;
  Nonce peers_{};
  Judge judge_;
  std::string introduction_;
  std::string refusal_;
};

}  // namespace splitbench
