#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// What the forms of a report that people read say in the same words, without line ends.

/// "quickstart · llama-3.2-1b · 1 Gbit/s, 100 µs · cpu · real time · seed 1": what was run.
std::string heading_text(const ReportMeta& meta);

/// "valid" or "NOT VALID".
std::string validity_text(const ReportMeta& meta);

/// A line of a table: without the spaces at its end, and with a line end.
std::string end_line(std::string text);

/// For each thing that went wrong: when, what, and what became of it; then what was seen, if
/// anything was.
struct IncidentText {
  std::string what;
  std::string seen;
};
std::vector<IncidentText> incident_texts(const Report& report);

/// What ± means, how the bytes were verified and how they went. `compared`: arms stand beside a raw
/// one.
std::vector<std::string> legend_texts(const ReportMeta& meta, bool compared);

/// One sentence on something that went wrong: in which run and when, what, and what became of it.
/// What was seen of it, in a worker's words, is not in it.
std::string incident_text(const RunIncident& of_run);

}  // namespace splitbench
