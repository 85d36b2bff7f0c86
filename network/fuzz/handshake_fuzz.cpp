#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "network/fuzz/claim.hpp"
#include "network/tcp/handshake.hpp"

namespace splitbench {
namespace {

constexpr unsigned kTwoSides = 1;   ///< two real sides, damage in between; else arbitrary messages
constexpr unsigned kCaller = 2;     ///< arbitrary messages go to the caller; else to the acceptor
constexpr unsigned kRepair = 0x80;  ///< flag in a message's type: its proof is made valid

/// Reads the parts of an input, from its beginning; zeros behind its end.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  unsigned number() { return empty() ? 0 : static_cast<unsigned char>(text(1)[0]); }
  std::string text(std::size_t size) {
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view bytes_;
};

const Secret kSecret =
    Secret::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const std::string kOwn(sizeof(Nonce), 'o');
const std::string kIntroduction = "a caller";

Nonce nonce(const std::string& text) {
  Nonce nonce{};
  std::ranges::copy(text, nonce.begin());
  return nonce;
}

std::string judged(const std::string& introduction) {
  return introduction.starts_with("n") ? introduction : "";
}

/// One side of a handshake, which checks what PROTOCOL.md says about each message that it receives.
class Side {
 public:
  explicit Side(bool caller)
      : caller_(caller),
        handshake_(caller ? Handshake::caller(kSecret, kIntroduction, nonce(kOwn))
                          : Handshake::acceptor(
                                kSecret,
                                [this](const std::string& introduction) {
                                  claim(right_, "nobody is judged who has proved nothing");
                                  return judged(introduction);
                                },
                                nonce(kOwn))) {}

  /// Receives a message. Returns false if the side refused it, which ends the handshake.
  bool hear(MessageType type, std::string payload, bool repair) {
    const std::string kind(name(type));
    const std::size_t at = type == MessageType::hello ? sizeof(Nonce) : 0;
    right_ = payload.size() >= at + Secret::kProofBytes;
    if (right_) {
      const std::string remote = at > 0 ? payload.substr(0, at) : remote_;
      const std::string said = payload.substr(at + Secret::kProofBytes);
      const std::string proof = kSecret.proof(kind + kOwn + remote + said);
      if (repair) payload.replace(at, proof.size(), proof);
      right_ = payload.substr(at, proof.size()) == proof;
    }
    const bool was_done = handshake_.done();
    try {
      check(type, payload, handshake_.receive(type, payload));
      return true;
    } catch (const ProtocolError&) {
      claim(handshake_.done() == was_done, "who is refused is not let in");
      return false;
    }
  }

 private:
  void check(MessageType type, const std::string& payload,
             const std::optional<HandshakeMessage>& answer) {
    claim(!answer || answer->payload.size() <= Handshake::kMaxPayloadBytes, "answers are short");
    if (caller_ && type == MessageType::challenge) {
      claim(answer->type == MessageType::hello && !handshake_.done(), "a challenge wants a hello");
      remote_ = payload;
      return;
    }
    claim(right_, "nothing but a challenge is taken without a proof");
    if (caller_) {
      claim(type == MessageType::welcome && payload.size() == Secret::kProofBytes &&
                handshake_.done() && !answer && !remote_.empty(),
            "a caller is in when it is welcome");
      return;
    }
    const std::string introduction = payload.substr(sizeof(Nonce) + Secret::kProofBytes);
    claim(type == MessageType::hello && handshake_.introduction() == introduction,
          "an acceptor knows who called");
    const bool refused = !judged(introduction).empty();
    claim(handshake_.done() == !refused, "who is judged well is in");
    claim(answer->type == (refused ? MessageType::refuse : MessageType::welcome),
          "the authenticated are told");
  }

  bool caller_;
  bool right_ = false;
  std::string remote_;
  Handshake handshake_;
};

void check_messages(bool caller, Input input) {
  Side side(caller);
  bool goes_on = true;
  while (goes_on && !input.empty()) {
    const unsigned type = input.number();
    const std::size_t size = input.number() + 256 * (input.number() % 16);
    goes_on = side.hear(static_cast<MessageType>(type & ~kRepair), input.text(size),
                        (type & kRepair) != 0);
  }
}

/// Returns the message, with a byte changed if its number is `meant`.
HandshakeMessage on_the_way(HandshakeMessage message, unsigned number, unsigned meant,
                            std::size_t at, unsigned change) {
  if (number != meant) return message;
  char& byte = message.payload[at % message.payload.size()];
  byte = static_cast<char>(byte ^ static_cast<char>(change));
  return message;
}

void check_two_sides(Input input) {
  const unsigned damaged = input.number() % 4;  // 3: none
  const std::size_t at = input.number() + 256 * input.number();
  const unsigned change = input.number();
  const std::string introduction = input.text(Handshake::kMaxIntroductionBytes);
  Handshake caller = Handshake::caller(kSecret, introduction, nonce(kOwn));
  Handshake acceptor = Handshake::acceptor(kSecret, judged, Nonce{});
  const bool whole = damaged == 3 || change == 0;
  std::string refusal;
  try {
    const auto challenge = on_the_way(*acceptor.start(), 0, damaged, at, change);
    const auto hello =
        on_the_way(*caller.receive(challenge.type, challenge.payload), 1, damaged, at, change);
    const auto answer =
        on_the_way(*acceptor.receive(hello.type, hello.payload), 2, damaged, at, change);
    caller.receive(answer.type, answer.payload);
  } catch (const ProtocolError& error) {
    refusal = error.what();
  }
  const std::string judgement =
      judged(introduction).substr(0, Handshake::kMaxPayloadBytes - Secret::kProofBytes);
  claim(caller.done() == (whole && judgement.empty()), "a caller is in where nothing was changed");
  if (whole && !judgement.empty())
    claim(refusal == "the remote end refuses: " +
                         judgement.substr(0, judgement.find('\0')),  // as what() ends
          "the refused are told why");
  if (!whole && damaged < 2) claim(!acceptor.done(), "a changed hello or challenge lets nobody in");
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::Input input({reinterpret_cast<const char*>(bytes), size});
  const unsigned flags = input.number();
  if (flags & splitbench::kTwoSides)
    splitbench::check_two_sides(input);
  else
    splitbench::check_messages((flags & splitbench::kCaller) != 0, input);
  return 0;
}
