import Testing

@testable import LatentAutodiff
