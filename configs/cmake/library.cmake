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

set(PRECOMPILED ${PROJECT_SOURCE_DIR}/configs/cmake/precompiled.hpp)

include(GoogleTest)

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
  target_precompile_headers(${name} PRIVATE ${PRECOMPILED})
  if(SPLITBENCH_CUDA AND device_sources)
    target_link_libraries(${name} PUBLIC CUDA::cudart_static)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest GTest::gmock GTest::gtest_main)
    target_precompile_headers(${name}_test PRIVATE ${PRECOMPILED} <gmock/gmock.h> <gtest/gtest.h>)
    # Tests need less optimization than the code that they test; at -O1 GCC 12 believes that std::string overflows.
    target_compile_options(${name}_test PRIVATE -O1 -Wno-array-bounds)
    gtest_discover_tests(${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60)
  endif()
  if(benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE ${name} GTest::gtest GTest::gtest_main)
    add_test(NAME ${name}_bench COMMAND ${name}_bench WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name}_bench PROPERTIES LABELS bench RUN_SERIAL TRUE)
  endif()
endfunction()
