#include "codec/predicted/vector_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/predicted/vector_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void add_four(float* HWY_RESTRICT to, const std::array<const float*, kRowsAtOnce>& rows,
              const std::array<float, kRowsAtOnce>& factors, std::size_t count) {
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, factors[0]), b = hn::Set(d, factors[1]), c = hn::Set(d, factors[2]),
             e = hn::Set(d, factors[3]);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto first = hn::MulAdd(b, hn::LoadU(d, rows[1] + i),
                                  hn::MulAdd(a, hn::LoadU(d, rows[0] + i), hn::LoadU(d, to + i)));
    const auto second =
        hn::MulAdd(e, hn::LoadU(d, rows[3] + i), hn::Mul(c, hn::LoadU(d, rows[2] + i)));
    hn::StoreU(hn::Add(first, second), d, to + i);
  }
  for (; i < count; ++i)
    for (std::size_t row = 0; row < kRowsAtOnce; ++row) to[i] += factors[row] * rows[row][i];
}

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(add_four);

}  // namespace

void add_rows(float* to, const std::array<const float*, kRowsAtOnce>& rows,
              const std::array<float, kRowsAtOnce>& factors, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(add_four)(to, rows, factors, count);
}

}  // namespace splitbench
#endif
