#pragma once
#include <cstdint>
#include <random>
#include <string_view>

namespace splitbench {

// The functions of <cmath> whose last bit differs between libraries, made of + - * / and powers of
// two in a fixed order: the same bits on every machine, within a few units in the last place of the
// true value. IEEE arithmetic rounds each operation alike as long as the compiler contracts none
// of them, which CMakeLists.txt forbids for this folder.

double natural_log(double x);      ///< of a finite x above 0
double exponential_of(double x);   ///< e^x
double power(double x, double y);  ///< x^y of a finite x above 0
double gamma_function(double x);   ///< of x from 1 to 100; within 1e-12 of its value

/// One stream of random numbers, the same to the bit on every compiler and machine: the standard
/// fixes the engine and its seeding, and the transforms are our own, of the functions above.
/// Streams of one seed and different purposes are independent, so that a draw more for one purpose
/// moves nothing of another.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose);

  double uniform();                          ///< above 0 and below 1
  std::uint64_t below(std::uint64_t count);  ///< from 0 to count - 1
  bool chance(double probability);           ///< draws nothing of a probability of 0

  double exponential();          ///< of mean 1
  double normal();               ///< of mean 0 and deviation 1
  double gamma(double shape);    ///< of scale 1, so of mean `shape`
  double weibull(double shape);  ///< of scale 1
  double pareto(double alpha);   ///< from 1 upwards
  /// A rank from 1 to `ranks`: rank k with a probability in proportion to k^-exponent.
  std::uint64_t zipf(std::uint64_t ranks, double exponent);

 private:
  double symmetric() { return 2 * uniform() - 1; }

  std::mt19937_64 engine_;
};

/// Numbers of mean 0 and deviation 1, several times as quick as Random's and as alike on every
/// machine: most of them cost one draw of the engine and one product.
class Gaussian {
 public:
  explicit Gaussian(std::uint64_t seed) : engine_(seed) {}

  double operator()();
  double uniform();  ///< above 0 and below 1
  std::uint64_t below(std::uint64_t count);

 private:
  std::mt19937_64 engine_;
};

}  // namespace splitbench
