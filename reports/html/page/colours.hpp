#pragma once
#include <string>
#include <string_view>

namespace splitbench::page {

/// A colour on light and on dark paper, as "#rrggbb" or "#rgb".
struct Colour {
  std::string light, dark;
};

/// Returns a colour by the name of its custom property in page.css: "arm-raw". One that is not
/// there is black, and white on dark paper.
Colour colour(std::string_view name);

}  // namespace splitbench::page
