#include "sim/cli/png.hpp"

#ifdef SPLITBENCH_RSVG
#include <cmath>
#include <librsvg/rsvg.h>
#include <memory>
#include <stdexcept>
#else
#include "workloads/input_error.hpp"
#endif

namespace splitbench {

#ifdef SPLITBENCH_RSVG
namespace {

constexpr double kPngWidth = 1400;

template <auto kRelease>
struct Release {
  void operator()(auto* resource) const { kRelease(resource); }
};
using Handle = std::unique_ptr<RsvgHandle, Release<g_object_unref>>;
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Release<cairo_destroy>>;

[[noreturn]] void fail(GError* error) {
  const std::string why = error == nullptr ? "unknown" : error->message;
  g_clear_error(&error);
  throw std::runtime_error("draw a PNG: " + why);
}

Handle read(const std::string& svg) {
  GError* error = nullptr;
  Handle handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
  if (!handle) fail(error);
  return handle;
}

/// Returns the rectangle of a PNG in which the drawing keeps its proportions.
RsvgRectangle sheet_of(const Handle& handle) {
  gboolean has_width = FALSE, has_height = FALSE, has_view_box = FALSE;
  RsvgLength width, height;
  RsvgRectangle box{};
  rsvg_handle_get_intrinsic_dimensions(handle.get(), &has_width, &width, &has_height, &height,
                                       &has_view_box, &box);
  return {
      .x = 0, .y = 0, .width = kPngWidth, .height = std::round(kPngWidth * box.height / box.width)};
}

cairo_status_t append(void* png, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string to_png(const std::string& svg) {
  const Handle handle = read(svg);
  const RsvgRectangle sheet = sheet_of(handle);
  const Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(sheet.width), static_cast<int>(sheet.height)));
  const Context context(cairo_create(surface.get()));
  GError* error = nullptr;
  if (!rsvg_handle_render_document(handle.get(), context.get(), &sheet, &error)) fail(error);
  std::string png;
  if (cairo_surface_write_to_png_stream(surface.get(), append, &png) != CAIRO_STATUS_SUCCESS)
    fail(nullptr);
  return png;
}

#else

std::string to_png(const std::string&) {
  throw InputError(
      "--format png: this program was built without librsvg, expected one built where "
      "librsvg2-dev is installed, or --format svg and a converter such as rsvg-convert");
}

#endif

}  // namespace splitbench
