import Testing

@testable import LatentModels
