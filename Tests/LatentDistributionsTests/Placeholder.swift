import Testing

@testable import LatentDistributions
