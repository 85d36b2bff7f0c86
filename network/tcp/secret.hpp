#pragma once
#include <array>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

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

}  // namespace splitbench
