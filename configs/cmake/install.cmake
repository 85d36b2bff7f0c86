# cmake --install build --prefix P --component codec
# installs the codec for other programs, in C and C++: headers, one archive, and the CMake package splitbench-codec
# with the target splitbench::codec.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(SPLITBENCH_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/splitbench-codec)
set_target_properties(codec PROPERTIES OUTPUT_NAME splitbench-codec)
install(TARGETS codec ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT codec)

# The headers include each other by paths from the repository's root, so they are installed with these paths.
install(FILES codec/splitzip.h TYPE INCLUDE COMPONENT codec)
foreach(header codebook codebook_file codec digest element errors exponent_statistics frame
               frame_file frame_layout predicted_format ranked_format
               cuda/codec_task cuda/cuda_codec cuda/device cuda/device_sample)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES codec/${header}.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/splitbench/codec/${folder}
          COMPONENT codec)
endforeach()

# The libraries that a user of the archive has to link; everything else that it needs is headers, compiled into it.
get_target_property(SPLITBENCH_CODEC_LINKS codec LINK_LIBRARIES)
set(SPLITBENCH_NEEDS_HIGHWAY OFF)
if(SPLITBENCH_CODEC_LINKS MATCHES "hwy|highway")
  set(SPLITBENCH_NEEDS_HIGHWAY ON)
endif()

configure_package_config_file(configs/cmake/splitbench-codec-config.cmake.in
  ${PROJECT_BINARY_DIR}/splitbench-codec-config.cmake
  INSTALL_DESTINATION ${SPLITBENCH_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/splitbench-codec-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/splitbench-codec-config.cmake
              ${PROJECT_BINARY_DIR}/splitbench-codec-config-version.cmake
        DESTINATION ${SPLITBENCH_PACKAGE_DIR} COMPONENT codec)

# The test builds such a program with this build's flags, so that archives with sanitizers link as well.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
add_test(NAME codec.install_test
         COMMAND Python3::Interpreter -B ${PROJECT_SOURCE_DIR}/codec/install_test.py --verbose)
set(INSTALL_TEST_ENVIRONMENT
  SPLITBENCH_BUILD=${PROJECT_BINARY_DIR} SPLITBENCH_VERSION=${PROJECT_VERSION}
  CMAKE=${CMAKE_COMMAND} CMAKE_GENERATOR=${CMAKE_GENERATOR}
  CXX=${CMAKE_CXX_COMPILER} CXXFLAGS=${CMAKE_CXX_FLAGS} CFLAGS=${CMAKE_CXX_FLAGS})
set_tests_properties(codec.install_test PROPERTIES TIMEOUT 120 ENVIRONMENT "${INSTALL_TEST_ENVIRONMENT}")
