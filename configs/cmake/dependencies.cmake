# Everything comes from the distribution's packages (./dev installs them); nothing is vendored or downloaded.
# Archives are preferred, so that one file can be copied to a GPU host and run there.
set(Boost_USE_STATIC_LIBS ON)
find_package(Threads REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)

find_library(YAML_CPP_LIBRARY NAMES libyaml-cpp.a yaml-cpp REQUIRED)
find_path(YAML_CPP_INCLUDE yaml-cpp/yaml.h REQUIRED)
add_library(yaml_cpp INTERFACE)
target_include_directories(yaml_cpp SYSTEM INTERFACE ${YAML_CPP_INCLUDE})
target_link_libraries(yaml_cpp INTERFACE ${YAML_CPP_LIBRARY})

find_path(ASIO_INCLUDE asio.hpp REQUIRED)
add_library(asio INTERFACE)
target_include_directories(asio SYSTEM INTERFACE ${ASIO_INCLUDE})
target_compile_definitions(asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_SEPARATE_COMPILATION
  ASIO_DISABLE_STD_ALIGNED_ALLOC)  # otherwise sources disagree on it, depending on the order of their includes
target_link_libraries(asio INTERFACE Threads::Threads)

find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
add_library(xxhash INTERFACE)
target_include_directories(xxhash SYSTEM INTERFACE ${XXHASH_INCLUDE})
target_compile_definitions(xxhash INTERFACE XXH_INLINE_ALL)

find_library(SODIUM_LIBRARY NAMES libsodium.a sodium REQUIRED)
find_path(SODIUM_INCLUDE sodium.h REQUIRED)
add_library(sodium INTERFACE)
target_include_directories(sodium SYSTEM INTERFACE ${SODIUM_INCLUDE})
target_link_libraries(sodium INTERFACE ${SODIUM_LIBRARY} Threads::Threads)

# Debian has no archives of these: such a library then lies beside the programs, which look for it there.
set(CMAKE_BUILD_RPATH "$ORIGIN;$ORIGIN/..")
set(CMAKE_INSTALL_RPATH "$ORIGIN")
function(find_archive_or_shared target name header)
  string(TOUPPER ${target} upper)
  find_library(${upper}_LIBRARY NAMES lib${name}.a ${name} REQUIRED)
  find_path(${upper}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${${upper}_INCLUDE})
  target_link_libraries(${target} INTERFACE ${${upper}_LIBRARY})
  if(NOT ${upper}_LIBRARY MATCHES "\\.a$")
    file(REAL_PATH ${${upper}_LIBRARY} file)
    string(REGEX MATCH "lib${name}\\.so\\.[0-9]+" asked_for ${file})
    configure_file(${file} ${PROJECT_BINARY_DIR}/${asked_for} COPYONLY)
  endif()
endfunction()
find_archive_or_shared(highway hwy hwy/highway.h)
find_archive_or_shared(simdjson simdjson simdjson.h)
find_archive_or_shared(fmt fmt fmt/format.h)  # header-only it is half of a compile

find_file(CHART_JS_FILE chart.min.js HINTS /usr/share/javascript/chart.js)
if(NOT CHART_JS_FILE)
  message(FATAL_ERROR "chart.min.js, which draws the charts of report.html, is missing: install libjs-chart.js")
endif()

# libarchive is loaded when an archive is opened: only its headers are needed here.
find_path(ARCHIVE_INCLUDE archive.h REQUIRED)
add_library(libarchive_headers INTERFACE)
target_include_directories(libarchive_headers SYSTEM INTERFACE ${ARCHIVE_INCLUDE})
target_link_libraries(libarchive_headers INTERFACE ${CMAKE_DL_LIBS})

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header counts by its sources; without this sloppiness ccache caches nothing that uses one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()

add_link_options(-static-libstdc++ -static-libgcc)
