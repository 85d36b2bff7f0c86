# splitbench_library(NAME [DEPENDS ...] [WITHOUT ...]) makes one library of the *.cpp in the current folder
# and its rooms, NAME_test of their *_test.cpp, and NAME_bench of their *_bench.cpp (label bench).
# *.cu in folders named cuda are added when CUDA is on, their *_stub.cpp when it is off. The files after WITHOUT, whose
# libraries are missing, are left out. A room is a sub-folder without a CMakeLists.txt of its own.
add_library(splitbench_flags INTERFACE)
target_include_directories(splitbench_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(splitbench_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
                               -Wno-missing-field-initializers
                               -Wno-stringop-overflow>)

# Most of a compile is the headers, which all sources of a folder share. Off, a change of one source compiles faster.
option(CMAKE_UNITY_BUILD "Compile the sources of a folder as one unit" ON)

set(PRECOMPILED ${PROJECT_SOURCE_DIR}/configs/cmake/precompiled.hpp)

# Tests need less optimization than the code that they test; at -O1 GCC 12 believes that std::string overflows.
set(TEST_OPTIONS -O1 -Wno-array-bounds)

# The headers of all tests, compiled once for all of them.
include(GoogleTest)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cpp CONTENT "")
add_library(test_headers OBJECT ${PROJECT_BINARY_DIR}/test_headers.cpp)
target_link_libraries(test_headers PRIVATE splitbench_flags Threads::Threads GTest::gtest GTest::gmock)
target_compile_options(test_headers PRIVATE ${TEST_OPTIONS})
target_precompile_headers(test_headers PRIVATE ${PRECOMPILED} <gmock/gmock.h> <gtest/gtest.h>)

# rooms_files(OUT PATTERN...) lists the files of the current folder and its rooms.
function(rooms_files out)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${ARGN})
  file(GLOB_RECURSE others CONFIGURE_DEPENDS CMakeLists.txt)
  list(REMOVE_ITEM others ${CMAKE_CURRENT_SOURCE_DIR}/CMakeLists.txt)
  foreach(other IN LISTS others)
    cmake_path(GET other PARENT_PATH folder)
    list(FILTER found EXCLUDE REGEX "^${folder}/")
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# unite(TARGET SOURCE...) makes one unit of the target's sources in each folder. Generated sources and those with the
# property SKIP_UNITY_BUILD_INCLUSION stay alone.
function(unite target)
  foreach(source IN LISTS ARGN)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" room)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${room})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

function(splitbench_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;WITHOUT" ${ARGN})
  rooms_files(sources *.cpp)
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|/main|_stub)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  if(SPLITBENCH_CUDA)
    rooms_files(device_sources *.cu)
  else()
    rooms_files(device_sources *_stub.cpp)
  endif()
  foreach(other IN LISTS ARG_WITHOUT)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${other})
    list(REMOVE_ITEM device_sources ${CMAKE_CURRENT_SOURCE_DIR}/${other})
  endforeach()

  add_library(${name} STATIC ${sources} ${device_sources})
  target_link_libraries(${name} PUBLIC splitbench_flags ${ARG_DEPENDS})
  list(LENGTH sources count)
  if(count GREATER 10)  # else it costs more than it saves
    target_precompile_headers(${name} PRIVATE ${PRECOMPILED})
  endif()
  unite(${name} ${sources})
  if(SPLITBENCH_CUDA AND device_sources)
    target_link_libraries(${name} PUBLIC CUDA::cudart_static)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest GTest::gmock GTest::gtest_main)
    if(NOT SPLITBENCH_FUZZ)  # its libraries hand on options that the headers were not compiled with
      target_precompile_headers(${name}_test REUSE_FROM test_headers)
    endif()
    unite(${name}_test ${tests})
    target_compile_options(${name}_test PRIVATE ${TEST_OPTIONS})
    gtest_discover_tests(${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60)
  endif()
  if(benches)
    add_executable(${name}_bench ${benches})
    set_target_properties(${name}_bench PROPERTIES UNITY_BUILD OFF)
    target_link_libraries(${name}_bench PRIVATE ${name} GTest::gtest GTest::gtest_main)
    add_test(NAME ${name}_bench COMMAND ${name}_bench WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name}_bench PROPERTIES LABELS bench RUN_SERIAL TRUE)
  endif()
endfunction()
