#include "sim/cli/png.hpp"

#include <cmath>
#include <cstdint>
#include <dlfcn.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr double kPngWidth = 1400;

// What is used of librsvg, cairo and GLib, as their headers declare it.
struct RsvgHandle;
struct CairoSurface;
struct CairoContext;
struct GlibError {
  std::uint32_t domain;
  int code;
  char* message;
};
struct RsvgLength {
  double length;
  int unit;
};
struct RsvgRectangle {
  double x, y, width, height;
};
constexpr int kRgb24 = 1, kSuccess = 0;
using Write = int (*)(void* closure, const unsigned char* bytes, unsigned int count);

/// The functions of librsvg and of what it stands on, loaded when the first PNG is drawn, so that
/// the program starts where there is none.
class Rsvg {
 public:
  /// Throws InputError if the library is not installed, or lacks a function.
  Rsvg() : library_(dlopen(kFile, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr)
      throw InputError(
          fmt::format("--format png: {} is not installed, expected the package librsvg2-2, or "
                      "--format svg and another converter",
                      kFile));
    find(read, "rsvg_handle_new_from_data");
    find(dimensions, "rsvg_handle_get_intrinsic_dimensions");
    find(render, "rsvg_handle_render_document");
    find(release, "g_object_unref");
    find(make_surface, "cairo_image_surface_create");
    find(destroy_surface, "cairo_surface_destroy");
    find(make_context, "cairo_create");
    find(destroy_context, "cairo_destroy");
    find(set_colour, "cairo_set_source_rgb");
    find(paint, "cairo_paint");
    find(write_png, "cairo_surface_write_to_png_stream");
  }

  RsvgHandle* (*read)(const unsigned char* data, std::size_t bytes, GlibError**);
  void (*dimensions)(RsvgHandle*, int* has_width, RsvgLength* width, int* has_height,
                     RsvgLength* height, int* has_view_box, RsvgRectangle* view_box);
  int (*render)(RsvgHandle*, CairoContext*, const RsvgRectangle*, GlibError**);
  void (*release)(void*);
  CairoSurface* (*make_surface)(int format, int width, int height);
  void (*destroy_surface)(CairoSurface*);
  CairoContext* (*make_context)(CairoSurface*);
  void (*destroy_context)(CairoContext*);
  void (*set_colour)(CairoContext*, double red, double green, double blue);
  void (*paint)(CairoContext*);
  int (*write_png)(CairoSurface*, Write, void* closure);

 private:
  static constexpr const char* kFile = "librsvg-2.so.2";

  /// Finds a function in the library or in those that it has loaded.
  template <class Function>
  void find(Function& function, const char* name) {
    void* const found = dlsym(library_, name);
    if (found == nullptr)
      throw InputError(
          fmt::format("--format png: {} has no {}, expected a later one, or --format "
                      "svg",
                      kFile, name));
    function = reinterpret_cast<Function>(found);
  }

  void* library_;  // stays loaded
};

[[noreturn]] void fail(const GlibError* error) {
  throw std::runtime_error(
      fmt::format("draw a PNG: {}", error == nullptr ? "unknown" : error->message));
}

/// Returns the rectangle of a PNG in which the drawing keeps its proportions.
RsvgRectangle sheet_of(const Rsvg& rsvg, RsvgHandle* drawing) {
  int has_width = 0, has_height = 0, has_view_box = 0;
  RsvgLength width{}, height{};
  RsvgRectangle box{};
  rsvg.dimensions(drawing, &has_width, &width, &has_height, &height, &has_view_box, &box);
  return {
      .x = 0, .y = 0, .width = kPngWidth, .height = std::round(kPngWidth * box.height / box.width)};
}

int append(void* png, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), count);
  return kSuccess;
}

}  // namespace

std::string to_png(const std::string& svg) {
  const Rsvg rsvg;
  GlibError* error = nullptr;
  const std::unique_ptr<RsvgHandle, void (*)(void*)> drawing(
      rsvg.read(reinterpret_cast<const unsigned char*>(svg.data()), svg.size(), &error),
      rsvg.release);
  if (!drawing) fail(error);
  const RsvgRectangle sheet = sheet_of(rsvg, drawing.get());
  const std::unique_ptr<CairoSurface, void (*)(CairoSurface*)> surface(
      rsvg.make_surface(kRgb24, static_cast<int>(sheet.width), static_cast<int>(sheet.height)),
      rsvg.destroy_surface);
  const std::unique_ptr<CairoContext, void (*)(CairoContext*)> context(
      rsvg.make_context(surface.get()), rsvg.destroy_context);
  rsvg.set_colour(context.get(), 1, 1, 1);  // the drawing may leave part of a row free
  rsvg.paint(context.get());
  if (rsvg.render(drawing.get(), context.get(), &sheet, &error) == 0) fail(error);
  std::string png;
  if (rsvg.write_png(surface.get(), append, &png) != kSuccess) fail(nullptr);
  return png;
}

}  // namespace splitbench
