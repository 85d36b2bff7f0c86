#pragma once
#include <cstdint>
#include <random>
#include <string_view>

namespace splitbench {

// The functions of <cmath> whose last bit differs between libraries are made here of + - * / and
// powers of two in a fixed order: the same bits on every machine, within a few units in the last
// place of the true value. IEEE arithmetic rounds each operation alike as long as the compiler
// contracts none of them, which CMakeLists.txt forbids for this folder.

double natural_log(double x);      ///< logarithm of a finite x above 0
double exponential_of(double x);   ///< e^x
double power(double x, double y);  ///< x^y for a finite x above 0
double gamma_function(double x);   ///< gamma of x from 1 to 100; within 1e-12 of its value

/// A stream of random numbers, the same to the bit on every compiler and machine: the standard
/// fixes the engine and its seeding, and the transforms are our own, made of the functions above.
/// Streams of one seed and different purposes are independent, so that one draw more for one
/// purpose changes nothing for another. Not thread-safe.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose);

  double uniform();                          ///< uniform, above 0 and below 1
  std::uint64_t below(std::uint64_t count);  ///< uniform, 0 to count - 1
  bool chance(double probability);  ///< true with that probability; draws nothing if it is 0

  double exponential();          ///< mean 1
  double normal();               ///< mean 0 and deviation 1
  double gamma(double shape);    ///< scale 1, so mean `shape`
  double weibull(double shape);  ///< scale 1
  double pareto(double alpha);   ///< 1 or more
  /// Returns a rank from 1 to `ranks`: rank k with a probability in proportion to k^-exponent.
  std::uint64_t zipf(std::uint64_t ranks, double exponent);

 private:
  double symmetric() { return 2 * uniform() - 1; }

  std::mt19937_64 engine_;
};

/// A stream of normal numbers of mean 0 and deviation 1, several times as fast as Random's and as
/// much the same on every machine: most of them cost one draw of the engine and one product. Not
/// thread-safe.
class Gaussian {
 public:
  explicit Gaussian(std::uint64_t seed) : engine_(seed) {}

  /// Returns the next number.
  double operator()();
  double uniform();  ///< uniform, above 0 and below 1
  std::uint64_t below(std::uint64_t count);

 private:
  std::mt19937_64 engine_;
};

}  // namespace splitbench
