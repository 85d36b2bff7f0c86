#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the report as a page for people: one file that needs nothing else and requests nothing
/// over the network. Answer, tables and heat maps are in it as text; charts are drawn by its
/// script. A page of a sweep links to those of its points, which lie beside it. The same report
/// gives the same bytes, and every string of it is escaped.
std::string to_html(const Report& report);

}  // namespace splitbench
