#pragma once

namespace splitbench {

// The functions of <cmath> whose last bit differs between libraries, made of + - * / and powers of
// two in a fixed order: the same bits on every machine, within a few units in the last place of the
// true value. IEEE arithmetic rounds each operation alike as long as the compiler contracts none
// of them, which CMakeLists.txt forbids for this folder.

double natural_log(double x);      ///< of a finite x above 0
double exponential_of(double x);   ///< e^x
double power(double x, double y);  ///< x^y of a finite x above 0
double gamma_function(double x);   ///< of x from 1 to 100; within 1e-12 of its value

}  // namespace splitbench
