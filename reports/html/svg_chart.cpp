#include "reports/html/svg_chart.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "reports/html/markup.hpp"
#include "reports/html/page/colours.hpp"
#include "reports/html/svg_axis.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

using html::Attributes, html::element, html::Html, html::line;
using svg::DrawnAxis;

using Json = nlohmann::ordered_json;

// Lengths are in a unit of which the drawing is kWidth wide: text is then 11 pixels high on a
// phone.
constexpr double kWidth = 560;
constexpr double kPlotHeight = 280;
constexpr double kMargin = 16;
constexpr double kText = 15;
constexpr double kCharacter = 0.56 * kText;  // width of a character, on average
constexpr double kLine = 22;                 // height of a line of text
constexpr double kSwatch = 12;
constexpr double kBar = 14, kStackedBar = 26, kBarGap = 14;
constexpr std::size_t kFewPoints = 24;  // more are not marked one by one

std::string number(double value) {
  return fmt::format("{:.1f}", value);
}

double text_width(const std::string& text) {
  return kCharacter * static_cast<double>(width_of(text));
}

std::string titled(const std::string& title, const std::string& unit) {
  return unit.empty() ? title : title.empty() ? unit : title + ", " + unit;
}

/// A drawing that grows downwards: elements, and the colours that they have.
class Drawing {
 public:
  void text(double x, double y, const std::string& text, const char* anchor = "start",
            const char* colour = "muted") {
    add("text",
        {{"x", number(x)},
         {"y", number(y)},
         {"text-anchor", anchor},
         {"class", fill(colour)},
         {"fill", page::colour(colour).light}},
        text);
  }

  void heading(double x, double y, const std::string& words) {
    add("text",
        {{"x", number(x)},
         {"y", number(y)},
         {"font-weight", "600"},
         {"class", fill("ink")},
         {"fill", page::colour("ink").light}},
        words);
  }

  void rectangle(double x, double y, double width, double height, const std::string& colour,
                 const Html& hint = {}) {
    add("rect",
        {{"x", number(x)},
         {"y", number(y)},
         {"width", number(std::max(0.0, width))},
         {"height", number(height)},
         {"class", fill(colour)},
         {"fill", page::colour(colour).light}},
        hint.empty() ? Html() : element("title", hint));
  }

  void path(const std::string& path, const std::string& colour, double width, bool dashed) {
    Attributes attributes = {{"d", path},
                             {"fill", "none"},
                             {"class", stroke(colour)},
                             {"stroke", page::colour(colour).light},
                             {"stroke-width", number(width)},
                             {"stroke-linejoin", "round"}};
    if (dashed) attributes.push_back({"stroke-dasharray", "7 5"});
    add("path", attributes, "");
  }

  void shape(const std::string& path, const std::string& colour, double opacity) {
    add("path",
        {{"d", path},
         {"fill-opacity", fmt::format("{:.2f}", opacity)},
         {"class", fill(colour)},
         {"fill", page::colour(colour).light}},
        "");
  }

  void dot(double x, double y, const std::string& colour, const Html& hint) {
    add("circle",
        {{"cx", number(x)},
         {"cy", number(y)},
         {"r", "3.5"},
         {"class", fill(colour)},
         {"fill", page::colour(colour).light}},
        element("title", hint));
  }

  /// Returns the file with the drawing on paper of this height.
  std::string file(double height, std::string_view title) const {
    const page::Colour paper = page::colour("paper");
    std::string dark = fmt::format(".paper{{fill:{}}}", paper.dark);
    for (const std::string& name : filled_)
      dark += fmt::format(".{}{{fill:{}}}", class_of("fill", name), page::colour(name).dark);
    for (const std::string& name : stroked_)
      dark += fmt::format(".{}{{stroke:{}}}", class_of("stroke", name), page::colour(name).dark);
    const Html sheet = element(
        "rect", {{"width", "100%"}, {"height", "100%"}, {"class", "paper"}, {"fill", paper.light}},
        "");
    // The rules are made of colours alone, in which no character means anything to XML.
    const Html style =
        element("style", fmt::format("@media (prefers-color-scheme: dark){{{}}}", dark));
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
           html::block("svg",
                       {{"xmlns", "http://www.w3.org/2000/svg"},
                        {"viewBox", fmt::format("0 0 {} {:.0f}", kWidth, height)},
                        {"role", "img"},
                        {"font-family", "system-ui, sans-serif"},
                        {"font-size", number(kText)}},
                       line("title", title) + style + sheet + elements_)
               .markup();
  }

 private:
  void add(html::Name name, const Attributes& attributes, const Html& content) {
    elements_ += line(name, attributes, content);
  }

  static std::string class_of(std::string_view kind, const std::string& colour) {
    return fmt::format("{}-{}", kind, colour);
  }
  std::string fill(const std::string& colour) {
    filled_.insert(colour);
    return class_of("fill", colour);
  }
  std::string stroke(const std::string& colour) {
    stroked_.insert(colour);
    return class_of("stroke", colour);
  }

  Html elements_;
  std::set<std::string> filled_, stroked_;
};

/// Returns a text in lines that fit the drawing, as far as its words allow.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.empty() && text_width(lines.back() + " " + word) <= kWidth - 2 * kMargin)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

/// Writes title, note and legend; returns the place below them.
double draw_head(Drawing& drawing, const Json& chart, std::string_view title) {
  double y = kMargin + kText;
  drawing.heading(kMargin, y, std::string(title));
  for (const std::string& note : lines_of(chart.value("note", "")))
    drawing.text(kMargin, y += kLine, note);
  double x = kMargin;
  y += kLine;
  for (const Json& series : chart.at("series")) {
    const std::string name = series.at("name");
    const double width = kSwatch + 6 + text_width(name) + kMargin;
    if (x > kMargin && x + width > kWidth) {
      x = kMargin;
      y += kLine;
    }
    drawing.rectangle(x, y - kSwatch + 1, kSwatch, kSwatch, series.at("colour"));
    drawing.text(x + kSwatch + 6, y, name, "start", "ink");
    x += width;
  }
  return y + kMargin;
}

// Lines.

struct Place {
  double x = 0, y = 0;  // values
};

/// Returns a line's points that its axes have a place for.
std::vector<Place> points_of(const Json& series, const DrawnAxis& x, const DrawnAxis& y) {
  std::vector<Place> points;
  for (const Json& point : series.at("points")) {
    const Place place{point[0].get<double>(), point[1].get<double>()};
    if ((!x.log || place.x > 0) && (!y.log || place.y > 0)) points.push_back(place);
  }
  return points;
}

std::vector<double> values_of(const Json& chart, std::size_t coordinate) {
  std::vector<double> values;
  for (const Json& series : chart.at("series"))
    for (const Json& point : series.at("points")) values.push_back(point[coordinate].get<double>());
  return values;
}

DrawnAxis axis_of(const Json& chart, const char* name, std::size_t coordinate) {
  const Json& axis = chart.at(name);
  const std::string scale = axis.at("scale");
  const std::vector<double> values = values_of(chart, coordinate);
  const bool log = scale == "either" && chart.value("log", false);
  if (scale == "percentile") return svg::percentile_axis(values);
  if (axis.contains("labels")) return svg::labelled_axis(axis, log);
  return svg::round_axis(values, {.log = log, .from_zero = coordinate == 1});
}

/// Returns a path through points; a stepped one keeps a value until the next point.
std::string path_of(const std::vector<Place>& points, const DrawnAxis& x, const DrawnAxis& y,
                    bool stepped) {
  std::string path;
  double last = 0;
  for (const Place& point : points) {
    const double px = x.place(point.x), py = y.place(point.y);
    if (!path.empty() && stepped) path += fmt::format("L{:.1f} {:.1f}", px, last);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", px, py);
    last = py;
  }
  return path;
}

void draw_series(Drawing& drawing, const Json& chart, const Json& series, const DrawnAxis& x,
                 const DrawnAxis& y) {
  const std::vector<Place> points = points_of(series, x, y);
  if (points.empty()) return;
  const std::string colour = series.at("colour"), name = series.at("name");
  const bool stepped = chart.at("stepped"), area = series.value("area", false);
  const std::string path = path_of(points, x, y, stepped);
  if (stepped || area)
    drawing.shape(fmt::format("{}L{:.1f} {:.1f}L{:.1f} {:.1f}Z", path, x.place(points.back().x),
                              y.begin, x.place(points.front().x), y.begin),
                  colour, 0.16);
  drawing.path(path, colour, area ? 1 : 2, colour == "arm-bypass" || colour == "best");
  if (stepped || area || points.size() > kFewPoints) return;
  for (const Place& point : points)
    drawing.dot(
        x.place(point.x), y.place(point.y), colour,
        fmt::format("{}: {} at {}", name, svg::number_text(point.y), svg::number_text(point.x)));
}

/// Draws the ticks of the x axis that have room, and its title.
void draw_x_axis(Drawing& drawing, const DrawnAxis& x, double bottom, const std::string& title) {
  double free_from = 0;
  for (const svg::Tick& tick : x.ticks) {
    const double at = x.place(tick.value), half = text_width(tick.text) / 2;
    if (at - half < free_from) continue;
    free_from = at + half + kCharacter;
    drawing.path(fmt::format("M{:.1f} {:.1f}v5", at, bottom), "line", 1, false);
    drawing.text(at, bottom + kLine, tick.text, "middle");
  }
  drawing.text((x.begin + x.end) / 2, bottom + 2 * kLine, title, "middle");
}

void draw_y_axis(Drawing& drawing, const DrawnAxis& y, const DrawnAxis& x) {
  for (const svg::Tick& tick : y.ticks) {
    const double at = y.place(tick.value);
    drawing.path(fmt::format("M{:.1f} {:.1f}H{:.1f}", x.begin, at, x.end), "line", 1, false);
    drawing.text(x.begin - 8, at + kText / 3, tick.text, "end");
  }
}

/// Draws a triangle at the foot of each marked place, in the colour of its line.
void draw_marks(Drawing& drawing, const Json& chart, const DrawnAxis& x, double bottom) {
  if (!chart.contains("marks")) return;
  for (const Json& mark : chart.at("marks"))
    drawing.shape(
        fmt::format("M{:.1f} {:.1f}l-5 10h10Z", x.place(mark[0].get<double>()), bottom - 10),
        mark[1].get<std::string>(), 1);
}

std::string lines_svg(const Json& chart, std::string_view title) {
  Drawing drawing;
  const double top = draw_head(drawing, chart, title), bottom = top + kPlotHeight;
  DrawnAxis x = axis_of(chart, "x", 0), y = axis_of(chart, "y", 1);
  double labels = 0;
  for (const svg::Tick& tick : y.ticks) labels = std::max(labels, text_width(tick.text));
  y.begin = bottom;
  y.end = top + kText / 2;
  x.begin = kMargin + labels + 8;
  x.end = kWidth - 2 * kMargin;
  draw_y_axis(drawing, y, x);
  draw_x_axis(drawing, x, bottom, titled(chart.at("x").at("title"), chart.at("x").at("unit")));
  for (const Json& series : chart.at("series")) draw_series(drawing, chart, series, x, y);
  draw_marks(drawing, chart, x, bottom);
  return drawing.file(bottom + 2 * kLine + kMargin, title);
}

// Bars.

double longest_bar(const Json& chart) {
  const bool stacked = chart.at("stacked");
  double longest = 0;
  for (std::size_t i = 0; i < chart.at("labels").size(); ++i) {
    double total = 0;
    for (const Json& series : chart.at("series")) {
      const double value = series.at("values")[i];
      total = stacked ? total + value : std::max(total, value);
    }
    longest = std::max(longest, total);
  }
  return longest;
}

/// Draws the bars of one label from `y` on; returns how high they are.
double draw_bars(Drawing& drawing, const Json& chart, std::size_t label, const DrawnAxis& x,
                 double y) {
  const bool stacked = chart.at("stacked");
  const double thick = stacked ? kStackedBar : kBar;
  double from = 0, down = 0;
  const auto write = [&](double value) {
    if (value > 0)
      drawing.text(x.place(value) + 6, y + down + thick / 2 + kText / 3, svg::number_text(value));
  };
  for (const Json& series : chart.at("series")) {
    const double value = series.at("values")[label];
    drawing.rectangle(
        x.place(from), y + down, x.place(from + value) - x.place(from), thick, series.at("colour"),
        fmt::format("{}: {}", series.at("name").get<std::string>(), svg::number_text(value)));
    if (stacked) {
      from += value;
    } else {
      write(value);
      down += thick;
    }
  }
  if (stacked) write(from);
  return stacked ? thick : down;
}

std::string bars_svg(const Json& chart, std::string_view title) {
  Drawing drawing;
  const double top = draw_head(drawing, chart, title);
  const Json& labels = chart.at("labels");
  double widest = 0;
  for (const Json& label : labels) widest = std::max(widest, text_width(label.get<std::string>()));
  DrawnAxis x = svg::round_axis({longest_bar(chart)}, {.from_zero = true});
  x.begin = kMargin + widest + 8;
  x.end = kWidth - 4 * kMargin;
  double y = top;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double height = draw_bars(drawing, chart, i, x, y);
    drawing.text(x.begin - 8, y + height / 2 + kText / 3, labels[i].get<std::string>(), "end",
                 "ink");
    y += height + kBarGap;
  }
  draw_x_axis(drawing, x, y, chart.at("unit").get<std::string>());
  return drawing.file(y + 2 * kLine + kMargin, title);
}

}  // namespace

std::string to_svg(const Json& chart, std::string_view title) {
  return chart.at("kind") == "bars" ? bars_svg(chart, title) : lines_svg(chart, title);
}

}  // namespace splitbench
