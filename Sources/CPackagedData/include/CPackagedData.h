// First and one-past-last byte of each packaged data set (see packaged.S).
#pragma once

extern const unsigned char packaged_digits[], packaged_digits_end[];
extern const unsigned char packaged_faithful[], packaged_faithful_end[];
extern const unsigned char packaged_iris[], packaged_iris_end[];
extern const unsigned char packaged_usarrests[], packaged_usarrests_end[];
