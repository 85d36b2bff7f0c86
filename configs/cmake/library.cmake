# splitbench_library(NAME [DEPENDS ...] [BENCHES ...] [WITHOUT ...]) makes one library of the current folder's *.cpp,
# NAME_test of its *_test.cpp, and NAME_bench of the files that are named as benches (label bench). *.cu in cuda/ are
# added when CUDA is on, *_stub.cpp in cuda/ when it is off. Files WITHOUT whose libraries it is built are left out.
add_library(splitbench_flags INTERFACE)
target_include_directories(splitbench_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(splitbench_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
                               -Wno-missing-field-initializers
                               -Wno-stringop-overflow>)

set(PRECOMPILED ${PROJECT_SOURCE_DIR}/configs/cmake/precompiled.hpp)

include(GoogleTest)

function(splitbench_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;BENCHES;WITHOUT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|main|_fuzz)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  foreach(other IN LISTS ARG_BENCHES ARG_WITHOUT)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${other})
  endforeach()
  if(SPLITBENCH_CUDA)
    file(GLOB device_sources CONFIGURE_DEPENDS cuda/*.cu)
  else()
    file(GLOB device_sources CONFIGURE_DEPENDS cuda/*_stub.cpp)
  endif()
  foreach(other IN LISTS ARG_WITHOUT)
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
    target_compile_options(${name}_test PRIVATE -O1)  # what they test is optimized, they need not be
    gtest_discover_tests(${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60)
  endif()
  if(ARG_BENCHES)
    add_executable(${name}_bench ${ARG_BENCHES})
    target_link_libraries(${name}_bench PRIVATE ${name} GTest::gtest GTest::gtest_main)
    add_test(NAME ${name}_bench COMMAND ${name}_bench WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name}_bench PROPERTIES LABELS bench RUN_SERIAL TRUE)
  endif()
endfunction()
