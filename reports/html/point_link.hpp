#pragma once
#include <string>
#include <string_view>

namespace splitbench::html {

/// `content`, as a link to the page of a sweep's point where `folder` is one of a sweep's own, and
/// nothing but the content where it is anything else.
std::string point_link(std::string_view folder, std::string_view content);

}  // namespace splitbench::html
