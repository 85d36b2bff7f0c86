#include <gtest/gtest.h>
#include <ostream>
#include <stdexcept>
#include <type_traits>

#include "network/tcp/handshake.hpp"

namespace splitbench {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(SecretTest, EachRunHasItsOwn) {
  EXPECT_NE(Secret::make().hex(), Secret::make().hex());
}

TEST(SecretTest, TravelsAsHexadecimalDigits) {
  const std::string digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  EXPECT_EQ(Secret::from_hex(digits).hex(), digits);
}

TEST(SecretTest, RefusesOtherTextWithoutRepeatingIt) {
  const std::string digits = Secret::make().hex();
  for (const std::string& text :
       {std::string(), digits.substr(1), digits + "0", digits + "00", digits.substr(1) + "g"}) {
    try {
      Secret::from_hex(text);
      FAIL() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_STREQ(error.what(), "a run's secret is 64 hexadecimal digits");
    }
  }
}

TEST(SecretTest, ProvesItsWordsAndNoOthers) {
  const Secret secret = Secret::make();
  const std::string proof = secret.proof("words");
  EXPECT_TRUE(secret.proves(proof, "words"));
  EXPECT_FALSE(secret.proves(proof, "other words"));
  EXPECT_FALSE(Secret::make().proves(proof, "words"));
  EXPECT_FALSE(secret.proves(proof.substr(1), "words"));
  EXPECT_FALSE(secret.proves("", "words"));
}

TEST(SecretTest, IsNotPrintedByAccident) {
  EXPECT_FALSE(Printable<Secret>);
}

}  // namespace
}  // namespace splitbench
