#pragma once
#include <string>

namespace splitbench {

/// Returns an SVG file of the program's own as a PNG of 1400 pixels of width. Throws InputError
/// that says what to do if librsvg is not installed, and std::runtime_error if the drawing fails.
std::string to_png(const std::string& svg);

}  // namespace splitbench
