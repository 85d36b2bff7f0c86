#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Texts that are the same in all forms of a report for people. They have no line ends, except that
/// of end_line().

/// Returns a heading that says what was run: "quickstart · llama-3.2-1b · 1 Gbit/s, 100 µs · cpu ·
/// real time · seed 1".
std::string heading_text(const ReportMeta& meta);

/// Returns "valid" or "NOT VALID".
std::string validity_text(const ReportMeta& meta);

/// Returns a line of a table, without the spaces at its end and with a line end.
std::string end_line(std::string text);

/// The texts on something that went wrong: when, what, and its outcome; and what was seen of it, in
/// a worker's words, which may be empty.
struct IncidentText {
  std::string what;
  std::string seen;
};
/// Returns the texts on each incident of the report.
std::vector<IncidentText> incident_texts(const Report& report);

/// Returns the seeds of a report as headings name them: "seed 1", "seeds 1 to 5", "seeds 1, 7, 9".
std::string seeds_text(const ReportMeta& meta);

/// Returns a sentence on how well the noise of the figures is known. Needs a repeat.
std::string noise_text(const ReportMeta& meta);

/// Returns which arms go by figures that nobody has measured, or an empty text if none does.
std::string declared_text(const ReportMeta&);

/// Returns lines on what ± means, which arms are declared, how the bytes were verified and how they
/// were transported. `compared` says that arms are shown beside a raw one.
std::vector<std::string> legend_texts(const ReportMeta& meta, bool compared);

/// Returns a sentence on something that went wrong: in which run and when, what, and its outcome.
/// It leaves out what a worker saw of it.
std::string incident_text(const RunIncident& of_run);

}  // namespace splitbench
