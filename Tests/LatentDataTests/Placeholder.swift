import Testing

@testable import LatentData
