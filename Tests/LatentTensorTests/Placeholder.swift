import Testing

@testable import LatentTensor
